// Whether a function's resource policy lets API Gateway invoke it on behalf of a route or authorizer.
import type { PolicyRecord, PolicyStatement } from './function-record.ts';

/** The service that asks. */
const GATEWAY = 'apigateway.amazonaws.com';

/** Who asks: the ARN of the route or authorizer, in an account. */
export interface Caller {
  readonly sourceArn: string;
  readonly accountId: string;
}

/** Whether one of the policy's statements allows `caller`. No policy allows nobody (dg http-api-troubleshooting-lambda). */
export function allowsGateway(policy: PolicyRecord | undefined, caller: Caller): boolean {
  return policy?.Statement.some((statement) => statementAllows(statement, caller)) === true;
}

function statementAllows(statement: PolicyStatement, caller: Caller): boolean {
  return (
    principalMatches(statement.Principal) &&
    actionMatches(statement.Action) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, pattern]) => holds(operator, key, pattern, caller)),
    )
  );
}

function principalMatches(principal: PolicyStatement['Principal']): boolean {
  if (principal === '*') return true;
  return 'Service' in principal ? principal.Service === GATEWAY : principal.AWS === '*';
}

function actionMatches(action: string): boolean {
  return ['lambda:InvokeFunction', 'lambda:*', '*'].includes(action);
}

const OPERATORS: Readonly<Record<string, (value: string, pattern: string) => boolean>> = {
  ArnLike: arnLike,
  ArnEquals: arnLike,
  StringLike: like,
  StringEquals: (value, pattern) => value === pattern,
};

/** A condition that cannot be judged here does not hold. */
function holds(operator: string, key: string, pattern: string, caller: Caller): boolean {
  const value = { 'aws:sourcearn': caller.sourceArn, 'aws:sourceaccount': caller.accountId }[
    key.toLowerCase()
  ];
  return value !== undefined && OPERATORS[operator]?.(value, pattern) === true;
}

/** ARNs match part by part: the first five parts between colons for themselves, the resource as a whole. */
function arnLike(value: string, pattern: string): boolean {
  const parts = arnParts(value);
  const patterns = arnParts(pattern);
  return (
    parts.length === patterns.length &&
    parts.every((part, index) => like(part, patterns[index] ?? ''))
  );
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** `*` any text, `?` any character. Linear: after a `*` only the last choice is ever taken back. */
export function like(value: string, pattern: string): boolean {
  let at = 0;
  let index = 0;
  let star = -1;
  let mark = 0;
  while (at < value.length) {
    const char = pattern[index];
    if (char === '*') {
      star = index++;
      mark = at;
    } else if (char === '?' || char === value[at]) {
      at++;
      index++;
    } else if (star >= 0) {
      index = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[index] === '*') index++;
  return index === pattern.length;
}

/** The command that would add what is missing. */
export function addPermissionCommand(name: string, sourceArn: string): string {
  return [
    `aws lambda add-permission --function-name ${name}`,
    `--statement-id apigateway-${sourceArn.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(-80)}`,
    '--action lambda:InvokeFunction --principal apigateway.amazonaws.com',
    `--source-arn '${sourceArn}'`,
  ].join(' ');
}
