// `POST /_postern/reset` and `clock`, with `--test`: everything that users made goes, also what fills more than a page.
import { CreateApiCommand, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { CreateTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../support/chatter.ts';
import { adminClients, clientSettings } from '../support/clients.ts';
import { startNode, type TestNode } from '../support/node.ts';
import { advance, reset } from '../support/test-clock.ts';
import { zipOf } from '../support/zip.ts';

const TEMPLATE = new URL('../../examples/chat/template.yaml', import.meta.url).pathname;
const MORE_THAN_A_PAGE = 60;
let node: TestNode;

beforeAll(async () => {
  node = await startNode({ args: [TEMPLATE, '--test'] });
});
afterAll(() => node.close());

test('empties the node and closes its sockets', async () => {
  const { gateway, lambda, dynamodb } = adminClients(node);
  const socket = await openChatter(Object.values(node.ready.stacks[0]?.urls ?? {})[0] ?? '', {
    agent: node.agent,
  });
  const Code = { ZipFile: zipOf({ 'index.mjs': 'export const handler = () => 1;' }) };
  const Role = 'arn:aws:iam::000000000000:role/any';
  const settings = { Runtime: 'nodejs24.x', Handler: 'index.handler', Code } as const;
  for (let at = 0; at < MORE_THAN_A_PAGE; at++) {
    await lambda.send(new CreateFunctionCommand({ FunctionName: `f${at}`, Role, ...settings }));
  }
  await gateway.send(new CreateApiCommand({ Name: 'h', ProtocolType: 'HTTP' }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'mine',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const far = new LambdaClient({ ...clientSettings(node), region: 'ap-south-1' });
  await far.send(new CreateFunctionCommand({ FunctionName: 'far', Role, ...settings }));
  expect(await reset(node)).toBe(200);
  expect((await far.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  expect(await socket.closed).toMatchObject({ code: 1001 });
  expect((await gateway.send(new GetApisCommand({}))).Items).toEqual([]);
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([
    'postern-connections',
    'postern-resources',
  ]);
});

test.each([-1, Number.NaN, 1e12])('a clock is not moved by %d', async (by) => {
  expect(await advance(node, by)).toBe(400);
});

test('where credentials are, clock and reset are for those who have them and may', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-reset-'));
  const policy = { Statement: { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' } };
  const file = `[ops]
aws_access_key_id = AKIDTEST
aws_secret_access_key = secret
[dev]
aws_access_key_id = AKIDDEV
aws_secret_access_key = dev
policy = ${JSON.stringify(policy)}`;
  await writeFile(join(folder, 'credentials'), file);
  const closed = await startNode({
    args: ['--test'],
    env: { POSTERN_CREDENTIALS: join(folder, 'credentials') },
  });
  const ops = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };
  const dev = { accessKeyId: 'AKIDDEV', secretAccessKey: 'dev' };
  const { gateway } = adminClients(closed, ops);
  await gateway.send(new CreateApiCommand({ Name: 'h', ProtocolType: 'HTTP' }));
  expect([await reset(closed), await reset(closed, dev)]).toEqual([403, 403]);
  expect([await advance(closed, 1), await advance(closed, 1, dev)]).toEqual([403, 403]);
  expect((await gateway.send(new GetApisCommand({}))).Items).toHaveLength(1);
  expect([await advance(closed, 1, ops), await reset(closed, ops)]).toEqual([200, 200]);
  expect((await gateway.send(new GetApisCommand({}))).Items).toEqual([]);
  await closed.close();
  await rm(folder, { recursive: true });
});
