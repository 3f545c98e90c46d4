// Lengths of the control plane's members: each at AWS's limit and one character over it, and under the shortest.
import { expect, test } from 'vitest';
import { check, checkPatch, type Constrained } from '#services/control-plane/constraints.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';

/** AWS: apigatewayv2 API reference. Kind, member, shortest, longest. */
const LENGTHS: readonly (readonly [Constrained, string, number, number])[] = [
  ['Api', 'Name', 1, 128],
  ['Api', 'Description', 0, 1024],
  ['Api', 'Version', 1, 64],
  ['Api', 'RouteSelectionExpression', 1, 128],
  ['Route', 'OperationName', 1, 64],
  ['Route', 'Target', 1, 128],
  ['Route', 'ModelSelectionExpression', 1, 128],
  ['Integration', 'IntegrationUri', 1, 2048],
  ['Integration', 'IntegrationMethod', 1, 64],
  ['Integration', 'Description', 0, 1024],
  ['Integration', 'ConnectionId', 1, 1024],
  ['IntegrationResponse', 'IntegrationResponseKey', 1, 128],
  ['Model', 'Name', 1, 128],
  ['Model', 'ContentType', 1, 256],
  ['Model', 'Description', 0, 1024],
  ['Model', 'Schema', 0, 32_768],
  ['Authorizer', 'Name', 1, 128],
  ['Authorizer', 'AuthorizerUri', 1, 2048],
  ['Deployment', 'Description', 0, 1024],
  ['Stage', 'StageName', 1, 128],
  ['Stage', 'Description', 0, 1024],
  ['ApiMapping', 'ApiMappingKey', 0, 300],
];

const made = (kind: Constrained, input: object) => () => check(kind, input, AWS_LIMITS);
const text = (length: number): string => 'a'.repeat(length);

test.each(LENGTHS)('%s.%s has %i to %i characters', (kind, member, shortest, longest) => {
  expect(made(kind, { [member]: text(shortest) })).not.toThrow();
  expect(made(kind, { [member]: text(longest) })).not.toThrow();
  const refused = expect.objectContaining({ type: 'BadRequestException', status: 400 }) as Error;
  expect(made(kind, { [member]: text(longest + 1) })).toThrow(refused);
  if (shortest > 0) expect(made(kind, { [member]: '' })).toThrow(refused);
});

test.each<[string, Constrained, (length: number) => object, number]>([
  ['a tag’s key', 'Tags', (n) => ({ Tags: { [text(n)]: '' } }), 128],
  ['a tag’s value', 'Tags', (n) => ({ Tags: { a: text(n) } }), 1600],
  ['a stage variable’s name', 'Stage', (n) => ({ StageVariables: { [text(n)]: 'v' } }), 64],
  ['a stage variable’s value', 'Stage', (n) => ({ StageVariables: { a: text(n) } }), 512],
  [
    'a mapped value',
    'Integration',
    (n) => ({ RequestParameters: { 'integration.request.header.a': text(n) } }),
    512,
  ],
  [
    'a template',
    'IntegrationResponse',
    (n) => ({ ResponseTemplates: { $default: text(n) } }),
    32_768,
  ],
  ['a model’s name in a route', 'Route', (n) => ({ RequestModels: { $default: text(n) } }), 128],
])('%s', (_what, kind, input, longest) => {
  expect(made(kind, input(longest))).not.toThrow();
  expect(made(kind, input(longest + 1))).toThrow();
});

test('the sentence is that of other AWS services, with the member as on the wire', () => {
  expect(made('Route', { OperationName: text(65) })).toThrow(
    `1 validation error detected: Value '${text(65)}' at 'operationName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  );
});

test('in a patch an empty text removes, but not what a resource needs', () => {
  const limits = AWS_LIMITS;
  expect(() => checkPatch('Route', { OperationName: '' }, { limits })).not.toThrow();
  expect(() => checkPatch('Api', { Name: '' }, { limits, required: ['Name'] })).toThrow(
    'Invalid API name specified',
  );
});
