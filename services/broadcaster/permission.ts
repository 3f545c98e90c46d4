// Whether a principal's policy lets it manage a connection (AWS guide: apigateway-websocket-control-access-iam).
import type { IncomingMessage } from 'node:http';
import { principalArn } from '#shared/authorizer/request-keys.ts';
import { verdictOf } from '#shared/aws-api/permission.ts';
import type { Principal } from '#shared/model/control.ts';
import type { Stage } from '#shared/model/stage.ts';

/** What a signed request asks for. */
export interface Managing {
  readonly principal: Principal;
  readonly stage: Stage;
  readonly method: string;
  readonly connectionId: string;
}

const ACTION = 'execute-api:ManageConnections';

/** A refusal: AWS's text for the caller, the policy's reason for the log. */
export interface Denial {
  readonly message: string;
  readonly reason: string;
}

/** Why the principal may not, `undefined` for who may. Each verb has a resource of its own. */
export function managementDenial(
  { principal, stage, method, connectionId }: Managing,
  request: IncomingMessage,
): Denial | undefined {
  // Who has no policy may do everything: no ARN, no condition keys for nothing.
  if (principal.policy === undefined) return undefined;
  const { region, accountId } = stage;
  const resource = (account: string, id: string): string =>
    `arn:aws:execute-api:${region}:${account}:${stage.apiId}/${stage.name}/${method}/@connections/${id}`;
  const { rawHeaders, socket } = request;
  const verdict = verdictOf(
    { action: ACTION, resource: resource(accountId, connectionId) },
    { principal, region, accountId, rawHeaders, remoteAddress: socket.remoteAddress },
  );
  if (verdict.allowed) return undefined;
  // As seen on AWS: the account masked, the id not told (github.com/aws/aws-cdk/issues/18410).
  const told = resource(`********${accountId.slice(-4)}`, '{connectionId}');
  const why = verdict.explicit ? ' with an explicit deny in an identity-based policy' : '';
  const user = principalArn(principal, accountId);
  return {
    message: `User: ${user} is not authorized to perform: ${ACTION} on resource: ${told}${why}`,
    reason: verdict.reason,
  };
}
