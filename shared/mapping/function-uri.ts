// The forms in which an integration or authorizer names a Lambda function.
import type { FunctionRef } from '#shared/model/functions.ts';
import type { StringMap } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { fillStageVariables, maskStageVariables } from './stage-variables.ts';

/** Where a function is looked for when its name does not say. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
}

const INVOCATION =
  /^arn:aws[\w-]*:apigateway:[a-z0-9-]+:lambda:path\/\d{4}-\d{2}-\d{2}\/functions\/(.+)\/invocations$/;
const FUNCTION =
  /^(?:arn:aws[\w-]*:lambda:([a-z0-9-]+):(\d{12}):function:|(?:(\d{12}):)?function:)?([\w-]{1,140})(?::([\w$-]{1,128}))?$/;

/**
 * The function that `uri` names: an invocation URI of API Gateway or a bare function ARN, as both occur in AWS's
 * templates. `undefined` when it names none.
 */
function parseFunctionUri(uri: string, home: Home): FunctionRef | undefined {
  const [, region, account, partialAccount, name, qualifier] =
    FUNCTION.exec(INVOCATION.exec(uri)?.[1] ?? uri) ?? [];
  if (name === undefined) return undefined;
  return {
    region: region ?? home.region,
    accountId: account ?? partialAccount ?? home.accountId,
    name,
    ...(qualifier !== undefined && { qualifier }),
  };
}

/** Throws `DefinitionError` when `uri` can name no function, whatever its stage variables are. */
export function checkFunctionUri(uri: string | undefined): string {
  const anywhere = { region: 'us-east-1', accountId: '000000000000' };
  if (uri !== undefined && parseFunctionUri(maskStageVariables(uri, 'x'), anywhere) !== undefined) {
    return uri;
  }
  throw new DefinitionError(`${JSON.stringify(uri ?? '')} does not name a Lambda function`);
}

/** The function that `uri` names on a stage with `variables`; the reason as text when there is none. */
export function resolveFunctionUri(
  uri: string,
  variables: StringMap,
  home: Home,
): FunctionRef | string {
  const filled = fillStageVariables(uri, variables);
  if (filled.text === undefined) return `stage variable ${filled.missing} is not set`;
  return parseFunctionUri(filled.text, home) ?? `${filled.text} does not name a Lambda function`;
}
