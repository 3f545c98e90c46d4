// kill -9 in the middle of writes: what was answered is there, a transaction is whole or not at all, indexes agree with items.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  paginateQuery,
  paginateScan,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stop } from '../support/backends.ts';

const TableName = 'ledger';
const ROUNDS = 3;
const WRITES_BEFORE_KILL = 60;
const CHILD = fileURLToPath(new URL('../support/dynamodb-child.ts', import.meta.url));

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-crash-'));
});
afterEach(async () => {
  if (child !== undefined) await stop(child);
  rmSync(folder, { recursive: true });
});

async function launch(): Promise<DynamoDBClient> {
  child = spawn(process.execPath, [CHILD, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return new DynamoDBClient({
    endpoint: url.toString().trim(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'crash', secretAccessKey: 'crash' },
    maxAttempts: 1,
  });
}

async function makeTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'kind', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'kinds',
          KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
  const specification = { AttributeName: 'ttl', Enabled: true };
  const input = { TableName, TimeToLiveSpecification: specification };
  await client.send(new UpdateTimeToLiveCommand(input));
}

/** Writes until the process is gone; resolves with the turns that were answered. */
async function writeUntilKilled(client: DynamoDBClient, round: number): Promise<Set<string>> {
  const answered = new Set<string>();
  const killed = once(child as ChildProcess, 'exit');
  let dead = false;
  void killed.then(() => (dead = true));
  const writer = async (lane: number): Promise<void> => {
    for (let turn = 0; !dead; turn++) {
      const id = `${round}.${lane}.${turn}`;
      try {
        await (lane % 2 === 0 ? client.send(transaction(id)) : client.send(batch(id)));
        answered.add(id);
      } catch {
        return;
      }
      if (answered.size === WRITES_BEFORE_KILL) child?.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, lane) => writer(lane)));
  await killed;
  return answered;
}

/** Two items and a counter that go together; the counter's `kind` moves in the index every time. */
function transaction(id: string): TransactWriteItemsCommand {
  const item = (half: string) => ({
    Put: { TableName, Item: { id: { S: `${id}.${half}` }, kind: { S: half } } },
  });
  const Update = {
    TableName,
    Key: { id: { S: 'counter' } },
    UpdateExpression: 'SET kind = :kind ADD n :one',
    ExpressionAttributeValues: { ':kind': { S: `counter-${id}` }, ':one': { N: '1' } },
  };
  return new TransactWriteItemsCommand({
    TransactItems: [item('left'), item('right'), { Update }],
  });
}

function batch(id: string): BatchWriteItemCommand {
  const Item = { id: { S: `${id}.single` }, kind: { S: 'single' } };
  return new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item } }] } });
}

type Item = Record<string, AttributeValue>;

async function allItems(client: DynamoDBClient): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName }))
    items.push(...(page.Items ?? []));
  return items;
}

async function ofKind(client: DynamoDBClient, kind: string): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  const input = {
    TableName,
    IndexName: 'kinds',
    KeyConditionExpression: 'kind = :kind',
    ExpressionAttributeValues: { ':kind': { S: kind } },
  };
  for await (const page of paginateQuery({ client }, input)) {
    ids.push(...(page.Items ?? []).map(({ id }) => id?.S));
  }
  return ids.sort();
}

test('three kills in the middle of writes lose nothing and tear nothing', async () => {
  let client = await launch();
  await makeTable(client);
  const answered = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const id of await writeUntilKilled(client, round)) answered.add(id);
    client.destroy();
    client = await launch();

    const items = await allItems(client);
    const ids = new Set(items.map(({ id }) => id?.S ?? ''));
    const has = (id: string): boolean => ids.has(id);
    for (const id of answered) expect(has(`${id}.left`) || has(`${id}.single`)).toBe(true);
    const lefts = [...ids].filter((id) => id.endsWith('.left'));
    const rights = [...ids].filter((id) => id.endsWith('.right'));
    expect(lefts.map((id) => id.replace('.left', '.right')).sort()).toEqual(rights.sort());
    const counter = items.find(({ id }) => id?.S === 'counter');
    expect(counter?.['n']).toEqual({ N: String(lefts.length) });

    for (const kind of ['left', 'right', 'single', counter?.['kind']?.S ?? '']) {
      const expected = items.filter((item) => item['kind']?.S === kind).map(({ id }) => id?.S);
      expect(await ofKind(client, kind)).toEqual(expected.sort());
    }
  }
  const ttl = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(ttl.TimeToLiveDescription?.AttributeName).toBe('ttl');
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'counter' } },
      UpdateExpression: 'SET alive = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    }),
  );
  client.destroy();
});
