// The operation tables of the SDK modules as text files: update them with `vitest -u` after an SDK upgrade and read the diff.
import { expect, test } from 'vitest';
import { readModel } from '#shared/aws-api/operations.ts';
import { operationTable } from '../support/operation-table.ts';

test.each([
  ['apigateway', () => import('@aws-sdk/client-api-gateway'), 124],
  ['apigatewayv2', () => import('@aws-sdk/client-apigatewayv2'), 103],
  ['apigatewaymanagementapi', () => import('@aws-sdk/client-apigatewaymanagementapi'), 3],
  ['acm', () => import('@aws-sdk/client-acm'), 40],
  ['lambda', () => import('@aws-sdk/client-lambda'), 88],
] as const)('%s', async (service, load, count) => {
  const model = readModel(await load());
  expect(model.operations.size).toBe(count);
  await expect(operationTable(model)).toMatchFileSnapshot(`operations/${service}.txt`);
});
