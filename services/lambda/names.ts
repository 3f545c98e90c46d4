// Names of functions as the Lambda API takes them: plain, partial ARN or ARN, each with or without a qualifier.
import type { FunctionRef } from '#shared/model/functions.ts';
import { functionArn } from './function-record.ts';
import { functionNotFound, invalidParameter, notFound, violation } from './faults.ts';

/** AWS's own pattern for `FunctionName` (Lambda API reference, CreateFunction), as its errors quote it. */
const PATTERN_TEXT =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
const PATTERN =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-[a-z]+)+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;
const NAME_LENGTH = 64;

/** Where a request was signed for, and by which account. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Reads `FunctionName` and the qualifier beside it. Throws what AWS answers to names that cannot be. */
export function parseFunctionName(text: string, place: Place, qualifier?: string): FunctionRef {
  const [, region = place.region, accountId = place.accountId, name = '', inName] =
    PATTERN.exec(text) ?? [];
  if (name === '') {
    throw violation(
      text,
      'functionName',
      `Member must satisfy regular expression pattern: ${PATTERN_TEXT}`,
    );
  }
  if (name.length > NAME_LENGTH) {
    const rule = `Member must have length less than or equal to ${NAME_LENGTH}`;
    throw violation(text, 'functionName', rule);
  }
  if (region !== place.region) {
    throw notFound(
      `Functions from '${region}' are not reachable in this region ('${place.region}')`,
    );
  }
  if (inName !== undefined && qualifier !== undefined && inName !== qualifier) {
    throw invalidParameter(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const chosen = qualifier ?? inName;
  const ref = { region, accountId, name };
  return chosen === undefined ? ref : { ...ref, qualifier: chosen };
}

/** Throws when `ref` names anything but `$LATEST` of this account: there are no versions and aliases yet. */
export function requireLatest(ref: FunctionRef, accountId: string): void {
  const latest = ref.qualifier === undefined || ref.qualifier === '$LATEST';
  if (latest && ref.accountId === accountId) return;
  throw functionNotFound(arnOf(ref));
}

/** ARN of what was asked for. */
export function arnOf({ region, accountId, name, qualifier }: FunctionRef): string {
  const arn = functionArn(region, accountId, name);
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}
