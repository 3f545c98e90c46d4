// Models through the official SDK: messages that fit reach their route, others get the Bad request body frame.
import {
  CreateDeploymentCommand,
  CreateModelCommand,
  UpdateApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../../support/chatter.ts';
import { mockApi, type MockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

let node: TestNode;
let api: MockApi;

beforeAll(async () => {
  node = await startNode();
  api = await mockApi(node, {
    models: {
      Position: { type: 'object', required: ['x'], properties: { x: { type: 'integer' } } },
      Move: {
        $schema: 'http://json-schema.org/draft-04/schema#',
        type: 'object',
        properties: {
          at: { $ref: 'https://apigateway.amazonaws.com/restapis/{apiId}/models/Position' },
        },
        required: ['at'],
      },
    },
    routes: {
      move: {
        ModelSelectionExpression: '$request.body.kind',
        RequestModels: { jump: 'Move', $default: 'Position' },
      },
      strict: {
        ModelSelectionExpression: '$request.body.kind',
        RequestModels: { jump: 'Move' },
      },
      free: { RequestModels: { $default: 'Move' } },
    },
  });
});
afterAll(() => node.close());

const FRAME =
  /^\{"message" : "Bad request body", "connectionId": "[\w-]{15}=", "messageId": "[\w-]{15}="\}$/;

test.each([
  [{ action: 'move', kind: 'jump', at: { x: 1 } }, 'move'],
  [{ action: 'move', kind: 'jump', at: { x: 'one' } }, undefined],
  [{ action: 'move', kind: 'jump' }, undefined],
  [{ action: 'move', kind: 'other', x: 4 }, 'move'],
  [{ action: 'move', x: 4.5 }, undefined],
  [{ action: 'strict', kind: 'jump', at: { x: 1 } }, 'strict'],
  [{ action: 'strict', kind: 'other', at: { x: 1 } }, undefined],
  [{ action: 'free' }, 'free'],
])('%j goes to %s', async (message, route) => {
  const client = await openChatter(api.url, { agent: node.agent });
  client.send(message);
  const answer = await client.next();
  if (route === undefined) expect(answer).toMatch(FRAME);
  else expect(answer).toBe(JSON.stringify({ route }));
  client.send({ action: 'free' });
  expect(await client.next()).toBe('{"route":"free"}');
  await client.close();
});

test('a schema that can check nothing is refused, unless the api says not to look', async () => {
  const { apiId: ApiId, gateway } = api;
  const broken = { ApiId, Name: 'Broken', Schema: '{"type":"strnig"}' };
  await expect(gateway.send(new CreateModelCommand(broken))).rejects.toMatchObject({
    name: 'BadRequestException',
    message:
      'Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]',
  });
  const $ref = `https://apigateway.amazonaws.com/restapis/${ApiId}/models/Missing`;
  const early = { ApiId, Name: 'Early', Schema: JSON.stringify({ items: { $ref } }) };
  await gateway.send(new CreateModelCommand(early));
  const failed = await gateway.send(new CreateDeploymentCommand({ ApiId }));
  expect(failed.DeploymentStatus).toBe('FAILED');
  expect(failed.DeploymentStatusMessage).toContain(`${$ref} is no model of this api`);
  await gateway.send(new UpdateApiCommand({ ApiId, DisableSchemaValidation: true }));
  const made = await gateway.send(new CreateDeploymentCommand({ ApiId }));
  expect(made.DeploymentStatus).toBe('DEPLOYED');
});
