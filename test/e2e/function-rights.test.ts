// What functions may do on a node with credentials: their own data and pushes, not what only its owners may.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { adminClients } from '../support/clients.ts';
import { startNode } from '../support/node.ts';
import { createFunction } from '../support/websocket-api.ts';

const SOURCE = `
import { APIGatewayClient, GetApiKeysCommand } from '@aws-sdk/client-api-gateway';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
const attempt = (sent) => sent.then(() => 'done', (error) => error.name);
export const handler = async ({ inner }) => inner ? 'inner' : {
  keys: await attempt(new APIGatewayClient().send(new GetApiKeysCommand({ includeValues: true }))),
  functions: await attempt(new LambdaClient().send(new ListFunctionsCommand())),
  tables: await attempt(new DynamoDBClient().send(new ListTablesCommand())),
  invoke: await attempt(new LambdaClient().send(new InvokeCommand({ FunctionName: 'tries', Payload: '{"inner":true}' }))),
};`;

async function triedOn(env: Readonly<Record<string, string>>): Promise<unknown> {
  const node = await startNode({ env });
  onTestFinished(() => node.close());
  const clients = adminClients(node, { accessKeyId: 'AKIDOWNER', secretAccessKey: 'secret' });
  await createFunction(clients, 'tries', SOURCE);
  const call = new InvokeCommand({ FunctionName: 'tries', Payload: '{}' });
  const { Payload } = await clients.lambda.send(call);
  return JSON.parse(Payload?.transformToString() ?? '');
}

test('with credentials they may invoke, push and use tables', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-rights-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'credentials');
  await writeFile(file, '[owner]\naws_access_key_id = AKIDOWNER\naws_secret_access_key = secret\n');
  expect(await triedOn({ POSTERN_CREDENTIALS: file })).toEqual({
    keys: 'AccessDeniedException',
    functions: 'AccessDeniedException',
    tables: 'done',
    invoke: 'done',
  });
});

test('without, they may what everybody may', async () => {
  expect(await triedOn({})).toEqual({
    keys: 'done',
    functions: 'done',
    tables: 'done',
    invoke: 'done',
  });
});
