// A node's DynamoDB through its admin listener, over TLS: the SDK v3, the AWS CLI, and what survives kill -9 of the node.
import {
  CreateTableCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminClients } from '../../support/clients.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const TableName = 'messages';
let data: string;
let node: TestNode;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'postern-conformance-'));
  node = await startNode({ data });
});
afterAll(async () => {
  await node.close();
  rmSync(data, { recursive: true, force: true });
});

async function aws(...args: string[]): Promise<unknown> {
  const env = {
    PATH: process.env['PATH'],
    HOME: data,
    AWS_ENDPOINT_URL: node.ready.admin,
    AWS_CA_BUNDLE: node.ready.ca,
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_DEFAULT_REGION: node.ready.region,
    AWS_PAGER: '',
  };
  const endpoint = ['--endpoint-url', node.ready.admin, '--output', 'json'];
  const { stdout } = await promisify(execFile)('aws', [...args, ...endpoint], { env });
  return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown);
}

test('the SDK makes a table, writes and reads; the CLI sees it; a killed node has it still', async () => {
  const { dynamodb } = adminClients(node);
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'room', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'room', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 20, minDelay: 1 }, { TableName });
  const item = (at: number) => ({ room: { S: 'lobby' }, at: { N: String(at) } });
  await dynamodb.send(new PutItemCommand({ TableName, Item: item(10) }));
  await dynamodb.send(
    new TransactWriteItemsCommand({
      TransactItems: [9, -1].map((at) => ({ Put: { TableName, Item: item(at) } })),
    }),
  );

  expect(await aws('dynamodb', 'list-tables')).toMatchObject({
    TableNames: expect.arrayContaining([TableName, 'postern-connections']) as unknown,
  });
  const got = await aws(
    ...['dynamodb', 'get-item', '--table-name', TableName],
    ...['--key', JSON.stringify(item(9))],
  );
  expect(got).toEqual({ Item: item(9) });
  const unknown = aws('dynamodb', 'describe-table', '--table-name', 'no-such');
  await expect(unknown).rejects.toThrow('ResourceNotFoundException');

  await node.end('SIGKILL');
  dynamodb.destroy();
  node = await startNode({ data });
  const again = adminClients(node).dynamodb;
  const { Items } = await again.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'room = :room',
      ExpressionAttributeValues: { ':room': { S: 'lobby' } },
    }),
  );
  expect(Items?.map(({ at }) => at?.N)).toEqual(['-1', '9', '10']);
  again.destroy();
});

test('a second node on the same folder is refused with exit code 2 and says why', async () => {
  await expect(startNode({ data })).rejects.toThrow(/ended with 2[^]*in use by another node/);
});
