// What the tests of a DynamoDB's API share: a table, a client, and short ways to use them.
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  waitUntilTableExists,
  type AttributeValue,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import type { Backend } from '../support/backends.ts';

/** An item, or the key of one. */
export type Item = Record<string, AttributeValue>;

/** A table with the keys `pk` and `sk` and the index `by-room` (`room`, `rank`). */
export interface ApiFixture {
  readonly TableName: string;
  /** The client; there from `beforeAll` on. */
  client(): DynamoDBClient;
  /** A partition that no other test uses. */
  readonly fresh: () => string;
  readonly put: (item: Item) => Promise<unknown>;
  readonly get: (at: Item) => Promise<Item | undefined>;
  readonly transact: (...items: TransactWriteItem[]) => Promise<unknown>;
}

/** A key of that table. */
export const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });

/** What `done` fails with. */
export function failure(done: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return done.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as Error & Record<string, unknown>,
  );
}

/** Declares what makes the table before the tests, on the DynamoDB that `begin` starts. */
export function apiFixture(begin: () => Promise<Backend>): ApiFixture {
  let backend: Backend;
  let client: DynamoDBClient;
  const TableName = `api-${process.pid}-${Date.now()}`;
  let keys = 0;

  beforeAll(async () => {
    backend = await begin();
    client = new DynamoDBClient({
      endpoint: backend.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'api', secretAccessKey: 'api' },
      maxAttempts: 1,
    });
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
          { AttributeName: 'room', AttributeType: 'S' },
          { AttributeName: 'rank', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-room',
            KeySchema: [
              { AttributeName: 'room', KeyType: 'HASH' },
              { AttributeName: 'rank', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName });
  });

  afterAll(async () => {
    client.destroy();
    await backend.stop();
  });

  return {
    TableName,
    client: () => client,
    fresh: () => `p${keys++}`,
    put: (item) => client.send(new PutItemCommand({ TableName, Item: item })),
    get: async (at) => {
      const command = new GetItemCommand({ TableName, Key: at, ConsistentRead: true });
      return (await client.send(command)).Item;
    },
    transact: (...items) => client.send(new TransactWriteItemsCommand({ TransactItems: items })),
  };
}
