// What callers of the Lambda API need their policies to allow, operation by operation.
import { expect, test } from 'vitest';
import { lambdaPermissions } from '#services/lambda/caller-permission.ts';
import { CONTEXT } from '../../support/wire-request.ts';

const CHAT = 'arn:aws:lambda:us-east-1:000000000000:function:chat';

test.each<[string, Record<string, unknown>, string, string]>([
  ['ListFunctions', {}, 'lambda:ListFunctions', '*'],
  ['CreateFunction', { FunctionName: 'chat' }, 'lambda:CreateFunction', CHAT],
  ['GetFunction', { FunctionName: CHAT }, 'lambda:GetFunction', CHAT],
  ['GetFunction', { FunctionName: 'function:chat' }, 'lambda:GetFunction', CHAT],
  ['GetPolicy', { FunctionName: 'chat:live' }, 'lambda:GetPolicy', `${CHAT}:live`],
  ['Invoke', { FunctionName: 'chat', Qualifier: 'live' }, 'lambda:InvokeFunction', `${CHAT}:live`],
  ['InvokeAsync', { FunctionName: 'chat' }, 'lambda:InvokeFunction', CHAT],
  ['TagResource', { Resource: CHAT, Tags: {} }, 'lambda:TagResource', CHAT],
])('%s %j needs %s on %s', (operation, input, action, resource) => {
  const call = { operation, input, method: 'GET', path: '/', context: CONTEXT };
  expect(lambdaPermissions(call)).toEqual([{ action, resource }]);
});

test('who gives a function its role must be allowed to pass it', () => {
  const Role = 'arn:aws:iam::000000000000:role/desk';
  const input = { FunctionName: 'chat', Role };
  const call = { operation: 'CreateFunction', input, method: 'POST', path: '/', context: CONTEXT };
  expect(lambdaPermissions(call)[1]).toEqual({ action: 'iam:PassRole', resource: Role });
});

test('a name that is none is refused, not asked for', () => {
  const input = { FunctionName: 'no name' };
  const call = { operation: 'Invoke', input, method: 'POST', path: '/', context: CONTEXT };
  expect(() => lambdaPermissions(call)).toThrow('regular expression');
});
