// Resource policies: which statements let API Gateway in, and what happens when none does.
import { afterEach, expect, test, vi } from 'vitest';
import type { PolicyStatement } from '#services/lambda/function-record.ts';
import { allowsGateway, like } from '#services/lambda/permission.ts';
import { startLambda, type TestLambda } from '../../support/lambda.ts';

// Processes are started here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SOURCE = 'arn:aws:execute-api:eu-west-1:000000000000:abc/prod/$connect';
const ACCOUNT = '000000000000';
const GATEWAY = { Service: 'apigateway.amazonaws.com' };

function statement(given: Partial<PolicyStatement> = {}): PolicyStatement {
  return {
    Sid: 's',
    Effect: 'Allow',
    Principal: GATEWAY,
    Action: 'lambda:InvokeFunction',
    Resource: 'arn',
    ...given,
  };
}

const source = (operator: string, pattern: string): PolicyStatement =>
  statement({ Condition: { [operator]: { 'AWS:SourceArn': pattern } } });

test.each([
  ['no condition', statement(), true],
  ['any action', statement({ Action: 'lambda:*' }), true],
  ['another action', statement({ Action: 'lambda:GetFunction' }), false],
  ['everybody', statement({ Principal: '*' }), true],
  ['another service', statement({ Principal: { Service: 's3.amazonaws.com' } }), false],
  ['an account', statement({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } }), false],
  ['the ARN', source('ArnLike', SOURCE), true],
  ['ArnEquals', source('ArnEquals', SOURCE), true],
  ['StringEquals', source('StringEquals', SOURCE), true],
  ['StringEquals takes no *', source('StringEquals', `${SOURCE.slice(0, -3)}*`), false],
  ['any route', source('ArnLike', 'arn:aws:execute-api:eu-west-1:000000000000:abc/*'), true],
  [
    'any stage',
    source('ArnLike', 'arn:aws:execute-api:eu-west-1:000000000000:abc/*/$connect'),
    true,
  ],
  ['one character', source('StringLike', SOURCE.replace('abc', 'a?c')), true],
  ['any region and account', source('ArnLike', 'arn:aws:execute-api:*:*:abc/*/*'), true],
  ['a * does not pass a colon', source('ArnLike', 'arn:aws:execute-api:*:abc/*'), false],
  ['another api', source('ArnLike', 'arn:aws:execute-api:eu-west-1:000000000000:abd/*'), false],
  ['another route', source('ArnLike', SOURCE.replace('connect', 'default')), false],
  [
    'key in other letters',
    statement({ Condition: { ArnLike: { 'aws:sourcearn': SOURCE } } }),
    true,
  ],
  [
    'the account',
    statement({ Condition: { StringEquals: { 'AWS:SourceAccount': ACCOUNT } } }),
    true,
  ],
  [
    'another account',
    statement({ Condition: { StringEquals: { 'AWS:SourceAccount': '1' } } }),
    false,
  ],
  [
    'an unknown key',
    statement({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o' } } }),
    false,
  ],
  ['an unknown operator', source('ArnNotLike', SOURCE), false],
  [
    'two conditions of which one fails',
    statement({
      Condition: {
        ArnLike: { 'AWS:SourceArn': SOURCE },
        StringEquals: { 'AWS:SourceAccount': '1' },
      },
    }),
    false,
  ],
])('%s', (_what, one, expected) => {
  const policy = { RevisionId: 'r', Statement: [one] };
  expect(allowsGateway(policy, { sourceArn: SOURCE, accountId: ACCOUNT })).toBe(expected);
});

test('without a policy nobody is allowed', () => {
  expect(allowsGateway(undefined, { sourceArn: SOURCE, accountId: ACCOUNT })).toBe(false);
});

test.each([
  ['', '', true],
  ['', '*', true],
  ['a', '', false],
  ['abc', 'a*c', true],
  ['abc', '*b*', true],
  ['aXbXc', 'a*b*d', false],
  ['aaaa', '*a?', true],
  ['a*c', 'a*c', true],
])('like(%j, %j)', (value, pattern, expected) => {
  expect(like(value, pattern)).toBe(expected);
});

test('a pattern of stars is no way to stop the node', () => {
  expect(like('a'.repeat(2000), `${'*a'.repeat(1000)}b`)).toBe(false);
});

const started: TestLambda[] = [];
afterEach(async () => {
  for (const lambda of started.splice(0)) await lambda.close();
});

async function unpermitted(permissions: 'enforce' | 'warn') {
  const lambda = await startLambda({ permissions });
  started.push(lambda);
  const ref = await lambda.define({ 'index.js': 'exports.handler = async () => 1' });
  const grant = async (pattern: string): Promise<void> => {
    const stored = await lambda.service.functions.get(ref);
    if (stored === undefined) throw new Error('not there');
    const Statement = [source('ArnLike', pattern)];
    await lambda.service.functions.putPolicy(stored, { RevisionId: pattern, Statement });
    await lambda.service.registry.refresh(ref);
  };
  const warnings = () => lambda.log.filter(({ level }) => level === 'warn');
  return { lambda, ref, grant, warnings };
}

test('enforced: refused with the missing statement in the log; a new policy counts at once, without a restart', async () => {
  const { lambda, ref, grant, warnings } = await unpermitted('enforce');
  await expect(lambda.invoke(ref, {}, { sourceArn: SOURCE })).rejects.toMatchObject({
    failure: 'AccessDenied',
  });
  expect(warnings()[0]?.message).toContain(
    `aws lambda add-permission --function-name fn --statement-id apigateway-`,
  );
  expect(warnings()[0]?.message).toContain(
    `--action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '${SOURCE}'`,
  );
  expect((await lambda.invoke(ref, {})).payload.toString()).toBe('1');
  await grant('arn:aws:execute-api:*:*:abc/*');
  expect((await lambda.invoke(ref, {}, { sourceArn: SOURCE })).payload.toString()).toBe('1');
  expect(lambda.service.environments).toBe(1);
  await grant('arn:aws:execute-api:*:*:other/*');
  await expect(lambda.invoke(ref, {}, { sourceArn: SOURCE })).rejects.toMatchObject({
    failure: 'AccessDenied',
  });
});

test('warned: invoked all the same, told once for each ARN', async () => {
  const { lambda, ref, warnings } = await unpermitted('warn');
  for (let n = 0; n < 3; n++) {
    expect((await lambda.invoke(ref, {}, { sourceArn: SOURCE })).payload.toString()).toBe('1');
  }
  expect(warnings()).toHaveLength(1);
  await lambda.invoke(ref, {}, { sourceArn: `${SOURCE}2` });
  expect(warnings()).toHaveLength(2);
});
