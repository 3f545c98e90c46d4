// The embedded database keeps the node's own tables from everybody who does not show the node's token.
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedDynamoDb, type EmbeddedBackend } from '../../support/embedded-dynamodb.ts';

const OWN = 'postern-resources';
const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${OWN}`;
const KEYS = { accessKeyId: 'any', secretAccessKey: 'any' };

let backend: EmbeddedBackend;
let node: DynamoDBClient;
let guest: DynamoDBClient;

beforeAll(async () => {
  backend = await startEmbeddedDynamoDb({
    own: { names: [OWN, 'postern-connections'], token: 'of-the-node' },
  });
  const client = (credentials: typeof KEYS & { sessionToken?: string }) =>
    new DynamoDBClient({ endpoint: backend.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  node = client({ ...KEYS, sessionToken: 'of-the-node' });
  guest = client({ ...KEYS, sessionToken: 'of-somebody' });
  for (const TableName of ['orders', 'people', OWN, 'postern-connections', 'zoo']) {
    await node.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
});
afterAll(async () => {
  node.destroy();
  guest.destroy();
  await backend.stop();
});

const Item = { id: { S: '1' } };

test.each([
  ['Scan', () => guest.send(new ScanCommand({ TableName: OWN }))],
  ['PutItem', () => guest.send(new PutItemCommand({ TableName: OWN, Item }))],
  ['DescribeTable', () => guest.send(new DescribeTableCommand({ TableName: OWN }))],
  ['DeleteTable', () => guest.send(new DeleteTableCommand({ TableName: OWN }))],
  ['tags', () => guest.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))],
  [
    'a batch',
    () => guest.send(new BatchGetItemCommand({ RequestItems: { [OWN]: { Keys: [Item] } } })),
  ],
  [
    'a transaction',
    () =>
      guest.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName: OWN, Item } }] }),
      ),
  ],
])('%s is refused without the token', async (_what, call) => {
  await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('the node itself gets in, and others into their own tables', async () => {
  await node.send(new PutItemCommand({ TableName: OWN, Item }));
  expect((await node.send(new ScanCommand({ TableName: OWN }))).Count).toBe(1);
  await guest.send(new PutItemCommand({ TableName: 'orders', Item }));
  expect((await guest.send(new ScanCommand({ TableName: 'orders' }))).Count).toBe(1);
});

test('lists are full pages of the others', async () => {
  const list = async (client: DynamoDBClient, input: object) => {
    const { TableNames, LastEvaluatedTableName } = await client.send(new ListTablesCommand(input));
    return [TableNames, LastEvaluatedTableName];
  };
  expect(await list(guest, {})).toEqual([['orders', 'people', 'zoo'], undefined]);
  const two = [['orders', 'people'], 'people'];
  expect(await list(guest, { Limit: 2 })).toEqual(two);
  expect(await list(guest, { Limit: 2, ExclusiveStartTableName: 'people' })).toEqual([
    ['zoo'],
    undefined,
  ]);
  const all = ['orders', 'people', 'postern-connections', OWN, 'zoo'];
  expect(await list(node, {})).toEqual([all, undefined]);
});
