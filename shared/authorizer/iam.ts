// Authorization type AWS_IAM: a signed request, and the signer's policy (AWS guide: apigateway-websocket-control-access-iam).
import type { Admission, Authorizer, AuthorizerKind } from '#shared/model/authorizer.ts';
import type { Principal } from '#shared/model/control.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { AuthorizerRecord } from '#shared/model/records.ts';
import { inPhase } from '#shared/exchange/phases.ts';
import type { AuthorizerDeps } from './deps.ts';
import { requireInvoke } from './exchange-access.ts';
import { policyOf } from './policy.ts';
import { principalArn } from './request-keys.ts';

/** Needs no authorizer of the api: a record is passed over, as AWS does. */
export const iamKind: AuthorizerKind<AuthorizerRecord | undefined, undefined, AuthorizerDeps> = {
  type: 'iam',
  parse: () => undefined,
  create: (_settings, deps) => new IamAuthorizer(deps),
};

class IamAuthorizer implements Authorizer {
  readonly type = 'iam';
  readonly #deps: AuthorizerDeps;

  constructor(deps: AuthorizerDeps) {
    this.#deps = deps;
  }

  /** Whether a signature is there is told by 403, not by 401. */
  identity(): string {
    return '';
  }

  async admit(exchange: Exchange): Promise<Admission> {
    const { authenticate, clock, methodArn } = this.#deps;
    const { stage } = exchange;
    const principal = await inPhase(exchange, 'authenticate', {
      clock,
      run: () => authenticate(signedRequest(exchange), stage.region),
    });
    await inPhase(exchange, 'authorize', {
      clock,
      run: () => requireInvoke(policyOf(principal), exchange, { methodArn, principal }),
    });
    return { identity: identityOf(principal, stage.accountId) };
  }
}

function signedRequest({ request }: Exchange) {
  const { method, path, query, rawHeaders, body } = request;
  return { method, url: query === '' ? path : `${path}?${query}`, rawHeaders, body: body.bytes };
}

/** AWS's `caller` and `user` are opaque ids; here they are the principal's name, which says more (docs/parity.md). */
function identityOf(principal: Principal, accountId: string) {
  return {
    accessKey: principal.accessKeyId,
    accountId,
    caller: principal.name,
    user: principal.name,
    userArn: principalArn(principal, accountId),
  };
}
