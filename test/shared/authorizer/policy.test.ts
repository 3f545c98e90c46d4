// IAM policies: what they allow, deny and cannot judge, row by row; and documents that are none.
import { expect, test } from 'vitest';
import { compilePolicy, policyOf, type AccessRequest } from '#shared/authorizer/policy.ts';
import { PolicyFault } from '#shared/authorizer/policy-fault.ts';
import { requestKeys } from '#shared/authorizer/request-keys.ts';

const CONNECT = 'arn:aws:execute-api:eu-central-1:111122223333:k3v9wq01ab/live/$connect';

const FACTS = {
  now: Date.UTC(2026, 10, 24, 12),
  sourceIp: '203.0.113.7',
  region: 'eu-central-1',
  accountId: '111122223333',
  userAgent: 'duel-client/2.4',
  principal: { name: 'alice', accessKeyId: 'AKIDALICE' },
};

function ask(overrides: Partial<AccessRequest> = {}): AccessRequest {
  return {
    action: 'execute-api:Invoke',
    resource: CONNECT,
    keys: requestKeys(FACTS),
    ...overrides,
  };
}

const allow = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: CONNECT };
const denyAll = { ...allow, Effect: 'Deny', Action: '*', Resource: '*' };

function evaluate(Statement: unknown, Version: string | undefined = '2012-10-17') {
  return compilePolicy({ Version, Statement }).evaluate(ask());
}

test.each<[string, unknown, boolean]>([
  ['an exact statement', allow, true],
  ['a list with one', [allow], true],
  ['no statement', [], false],
  ['another action', { ...allow, Action: 'execute-api:ManageConnections' }, false],
  ['an action in another case', { ...allow, Action: 'EXECUTE-API:invoke' }, true],
  ['an action by wildcard', { ...allow, Action: 'execute-api:*' }, true],
  ['an action by question marks', { ...allow, Action: 'execute-api:Invok?' }, true],
  ['a question mark too many', { ...allow, Action: 'execute-api:Invoke?' }, false],
  ['every action', { ...allow, Action: '*' }, true],
  ['one of several actions', { ...allow, Action: ['s3:GetObject', 'execute-api:Invoke'] }, true],
  ['another stage', { ...allow, Resource: CONNECT.replace('live', 'test') }, false],
  ['a resource in another case', { ...allow, Resource: CONNECT.replace('live', 'Live') }, false],
  ['every resource', { ...allow, Resource: '*' }, true],
  ['a wildcard over colons', { ...allow, Resource: 'arn:aws:execute-api:*' }, true],
  ['a wildcard in the middle', { ...allow, Resource: 'arn:*:k3v9wq01ab/*/$connect' }, true],
  ['a wildcard that must be followed', { ...allow, Resource: 'arn:*/$disconnect' }, false],
  ['one of several resources', { ...allow, Resource: ['arn:a', CONNECT] }, true],
  ['no resource by prefix alone', { ...allow, Resource: 'arn:aws:execute-api:' }, false],
  ['NotAction of another', { Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, true],
  ['NotAction of this', { Effect: 'Allow', NotAction: 'execute-api:*', Resource: '*' }, false],
  ['NotResource of another', { Effect: 'Allow', Action: '*', NotResource: 'arn:other' }, true],
  ['NotResource of this', { Effect: 'Allow', Action: '*', NotResource: [CONNECT] }, false],
  ['a deny after an allow', [allow, denyAll], false],
  ['a deny before an allow', [denyAll, allow], false],
  ['a deny of something else', [allow, { ...denyAll, Action: 's3:*' }], true],
  ['a variable', { ...allow, Resource: '*', Action: 'execute-api:${aws:username}' }, false],
  [
    'an unknown operator of an allow',
    { ...allow, Condition: { BinaryEquals: { 'aws:SourceIp': 'x' } } },
    false,
  ],
  [
    'an unknown operator of a deny',
    [allow, { ...denyAll, Condition: { Nonsense: { 'aws:SourceIp': '10.0.0.0/8' } } }],
    false,
  ],
  [
    'an unknown operator beside a condition that does not hold',
    [
      allow,
      {
        ...denyAll,
        Condition: { Nonsense: { a: 'b' }, StringEquals: { 'aws:username': 'bob' } },
      },
    ],
    true,
  ],
])('%s', (_, statement, allowed) => {
  expect(evaluate(statement).allowed).toBe(allowed);
});

test('verdicts say why', () => {
  expect(evaluate([allow])).toEqual({
    allowed: true,
    explicit: false,
    reason: 'Statement[0] allows it',
  });
  expect(evaluate([])).toEqual({
    allowed: false,
    explicit: false,
    reason: `no statement allows execute-api:Invoke on ${CONNECT}`,
  });
  expect(evaluate([allow, denyAll])).toEqual({
    allowed: false,
    explicit: true,
    reason: 'Statement[1] denies it',
  });
  expect(evaluate([{ ...allow, Condition: { Near: { a: '1' } } }])).toEqual({
    allowed: false,
    explicit: true,
    reason: 'Statement[0] has the unknown condition operator Near',
  });
});

type Conditions = Record<string, Record<string, unknown>>;

test.each<[Conditions, boolean]>([
  [{}, true],
  [{ StringEquals: { 'aws:UserAgent': 'duel-client/2.4' } }, true],
  [{ StringEquals: { 'AWS:useragent': 'duel-client/2.4' } }, true],
  [{ StringEquals: { 'aws:UserAgent': 'duel-*' } }, false],
  [{ StringEquals: { 'aws:UserAgent': ['x', 'duel-client/2.4'] } }, true],
  [{ StringEquals: { 'aws:Referer': 'x' } }, false],
  [{ StringEqualsIfExists: { 'aws:Referer': 'x' } }, true],
  [{ StringEqualsIfExists: { 'aws:UserAgent': 'x' } }, false],
  [{ StringNotEquals: { 'aws:UserAgent': 'x' } }, true],
  [{ StringNotEquals: { 'aws:UserAgent': ['x', 'duel-client/2.4'] } }, false],
  [{ StringNotEquals: { 'aws:Referer': 'x' } }, true],
  [{ StringEqualsIgnoreCase: { 'aws:UserAgent': 'DUEL-client/2.4' } }, true],
  [{ StringNotEqualsIgnoreCase: { 'aws:UserAgent': 'DUEL-client/2.4' } }, false],
  [{ StringLike: { 'aws:UserAgent': 'duel-*/?.4' } }, true],
  [{ StringNotLike: { 'aws:UserAgent': 'duel-*' } }, false],
  [{ StringLike: { 'aws:userid': '${aws:username}' } }, true],
  [{ StringEquals: { 'aws:userid': '${aws:username}' } }, true],
  [{ StringEquals: { 'aws:userid': '${aws:referer}' } }, false],
  [{ StringEquals: { 'aws:userid': "${aws:referer, 'alice'}" } }, true],
  [{ StringEqualsIgnoreCase: { 'aws:userid': 'A${?}ice' } }, false],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:user/*' } }, true],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/${aws:username}' } }, true],
  [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:*:user/alice' } }, false],
  [{ ArnEquals: { 'aws:PrincipalArn': 'arn:*:iam::*:user/alice' } }, true],
  [{ ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/alice' } }, false],
  [{ ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/bob' } }, true],
  [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, true],
  [{ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.7'] } }, true],
  [{ IpAddress: { 'aws:SourceIp': '203.0.113.8' } }, false],
  [{ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } }, false],
  [{ IpAddress: { 'aws:UserAgent': '0.0.0.0/0' } }, false],
  [{ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, true],
  [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, false],
  [{ Bool: { 'aws:SecureTransport': 'true' } }, true],
  [{ Bool: { 'aws:SecureTransport': true } }, true],
  [{ Bool: { 'aws:SecureTransport': 'false' } }, false],
  [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, false],
  [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, true],
  [{ DateLessThan: { 'aws:CurrentTime': '2026-11-24T12:00:01Z' } }, true],
  [{ DateLessThan: { 'aws:CurrentTime': '2026-11-24T12:00:00Z' } }, false],
  [{ DateLessThanEquals: { 'aws:CurrentTime': '2026-11-24T12:00:00Z' } }, true],
  [{ DateGreaterThan: { 'aws:EpochTime': 1795521599 } }, true],
  [{ DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-24T12:00:00Z' } }, true],
  [{ DateEquals: { 'aws:CurrentTime': '1795521600' } }, true],
  [{ DateNotEquals: { 'aws:CurrentTime': '1795521600' } }, false],
  [{ NumericEquals: { 'aws:EpochTime': 1795521600 } }, true],
  [{ NumericNotEquals: { 'aws:EpochTime': '1795521600' } }, false],
  [{ NumericLessThan: { 'aws:EpochTime': '1795521600.5' } }, true],
  [{ NumericLessThanEquals: { 'aws:EpochTime': '1795521599' } }, false],
  [{ NumericGreaterThan: { 'aws:EpochTime': '-1' } }, true],
  [{ NumericGreaterThanEquals: { 'aws:EpochTime': '1795521601' } }, false],
  [{ NumericEquals: { 'aws:username': '1' } }, false],
  [{ Null: { 'aws:Referer': 'true' } }, true],
  [{ Null: { 'aws:Referer': false } }, false],
  [{ Null: { 'aws:SourceIp': 'false' } }, true],
  [{ 'ForAnyValue:StringEquals': { 'aws:username': ['alice'] } }, true],
  [{ 'ForAnyValue:StringNotEquals': { 'aws:Referer': ['x'] } }, false],
  [{ 'ForAllValues:StringEquals': { 'aws:Referer': ['x'] } }, true],
  [{ 'ForAllValues:StringEquals': { 'aws:username': ['bob'] } }, false],
  [
    { StringEquals: { 'aws:username': 'alice' }, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    false,
  ],
  [{ StringEquals: { 'aws:username': 'alice', 'aws:PrincipalAccount': '111122223333' } }, true],
])('condition %j holds: %j', (Condition, holds) => {
  expect(evaluate({ ...allow, Condition }).allowed).toBe(holds);
});

test('variables count in policies of 2012 only', () => {
  const statement = { ...allow, Condition: { StringEquals: { 'aws:userid': '${aws:username}' } } };
  expect(evaluate(statement, '2012-10-17').allowed).toBe(true);
  expect(evaluate(statement, '2008-10-17').allowed).toBe(false);
});

test('a variable in a resource is the caller’s', () => {
  const policy = compilePolicy({
    Version: '2012-10-17',
    Statement: { ...allow, Resource: 'arn:room/${aws:username}/*' },
  });
  expect(policy.evaluate(ask({ resource: 'arn:room/alice/1' })).allowed).toBe(true);
  expect(policy.evaluate(ask({ resource: 'arn:room/bob/1' })).allowed).toBe(false);
  const star = requestKeys({ ...FACTS, principal: { name: '*', accessKeyId: 'A' } });
  expect(policy.evaluate(ask({ resource: 'arn:room/bob/1', keys: star })).allowed).toBe(false);
});

test.each<[unknown, string]>([
  [null, 'the policy must be an object'],
  ['{}', 'the policy must be an object'],
  [[], 'the policy must be an object'],
  [{}, 'Statement is missing'],
  [{ Version: '2020-01-01', Statement: [] }, 'Version must be "2012-10-17"'],
  [{ Statement: [], statement: [] }, 'the policy must not have statement'],
  [{ Statement: ['x'] }, 'Statement[0] must be an object'],
  [{ Statement: [{ ...allow, Effect: 'allow' }] }, 'Statement[0].Effect must be "Allow" or "Deny"'],
  [{ Statement: [allow, { ...allow, Principal: '*' }] }, 'Statement[1] must not have Principal'],
  [{ Statement: { Effect: 'Allow', Resource: '*' } }, 'must have Action or NotAction'],
  [{ Statement: { ...allow, NotAction: 'a' } }, 'must have Action or NotAction'],
  [{ Statement: { ...allow, Resource: 5 } }, 'must have Resource or NotResource'],
  [{ Statement: { ...allow, Resource: [] } }, 'must have Resource or NotResource'],
  [{ Statement: { ...allow, Condition: [] } }, 'Statement[0].Condition must be an object'],
  [{ Statement: { ...allow, Condition: { Bool: 1 } } }, 'Statement[0].Condition.Bool must be'],
  [
    { Statement: { ...allow, Condition: { Bool: { a: {} } } } },
    'Statement[0].Condition.Bool.a has no values',
  ],
  [
    { Statement: { ...allow, Condition: { IpAddress: { 'aws:SourceIp': 'host' } } } },
    'Statement[0].Condition.IpAddress.aws:SourceIp: "host" is no address or network',
  ],
  [
    { Statement: { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } } },
    '"10.0.0.0/33" is no address or network',
  ],
  [
    { Statement: { ...allow, Condition: { DateEquals: { 'aws:CurrentTime': 'noon' } } } },
    '"noon" cannot be compared by Date operators',
  ],
  [
    { Statement: { ...allow, Condition: { NumericEquals: { 'aws:EpochTime': '1e9' } } } },
    '"1e9" cannot be compared by Numeric operators',
  ],
])('%j is no policy', (document, message) => {
  expect(() => compilePolicy(document)).toThrow(PolicyFault);
  expect(() => compilePolicy(document)).toThrow(message);
});

test('many wildcards are not tried in every combination', () => {
  const resource = `${'*a'.repeat(200)}b`;
  const policy = compilePolicy({ Statement: { ...allow, Resource: resource } });
  expect(policy.evaluate(ask({ resource: 'a'.repeat(20_000) })).allowed).toBe(false);
});

test('who has no policy may do everything; who has one is asked by it', () => {
  const principal = { name: 'alice', accessKeyId: 'AKIDALICE' };
  expect(policyOf(principal).evaluate(ask()).allowed).toBe(true);
  const limited = { ...principal, policy: { Statement: [] } };
  expect(policyOf(limited).evaluate(ask()).allowed).toBe(false);
  expect(policyOf(limited)).toBe(policyOf(limited));
  expect(() => policyOf({ ...principal, policy: 'all' })).toThrow(PolicyFault);
});
