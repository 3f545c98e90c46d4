// The store's start: tables made once by many nodes, a DynamoDB that comes later; and what people see in the tables.
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import { newConnectionId } from '#shared/runtime/ids.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { DynamoDbStore, type DynamoDbStoreOptions } from '#shared/store/dynamodb.ts';
import { freePort } from '../../support/backends.ts';
import { startEmbeddedDynamoDb, type EmbeddedBackend } from '../../support/embedded-dynamodb.ts';

/** A machine under load may take its time. */
const PATIENT = { timeout: 8_000 };

let backend: EmbeddedBackend;
let client: DynamoDBClient;
const OWNER = { partition: 'test', sort: 'owner' };
let prefixes = 0;
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const stores: DynamoDbStore[] = [];

beforeAll(async () => {
  backend = await startEmbeddedDynamoDb();
  client = new DynamoDBClient({ endpoint: backend.url, region: 'us-east-1', credentials });
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.stop()));
});
afterAll(async () => {
  client.destroy();
  await backend.stop();
});

function make(options: Partial<DynamoDbStoreOptions> = {}): DynamoDbStore {
  const store = new DynamoDbStore({
    endpoint: backend.url,
    region: 'us-east-1',
    tablePrefix: `t${prefixes++}`,
    credentials,
    logger: silentLogger,
    ...options,
  });
  stores.push(store);
  return store;
}

test('a store whose table is gone is not ready', async () => {
  const tablePrefix = `t${prefixes++}`;
  const store = make({ tablePrefix });
  await store.start();
  await client.send(new DeleteTableCommand({ TableName: `${tablePrefix}-resources` }));
  const read = () => store.resources.get(OWNER);
  await expect
    .poll(async () => {
      await read().catch(() => undefined);
      return store.notReady;
    }, PATIENT)
    .toContain('ResourceNotFoundException');
  await expect(read()).rejects.toThrow(StoreUnavailableError);
});

test('nodes that start at once make the tables once; a later one finds them', async () => {
  const tablePrefix = `t${prefixes++}`;
  const nodes = Array.from({ length: 4 }, () => make({ tablePrefix }));
  expect(nodes[0]?.notReady).toBe('the store is starting');
  await Promise.all(nodes.map((store) => store.start()));
  expect(nodes.map(({ notReady }) => notReady)).toEqual(nodes.map(() => undefined));
  await make({ tablePrefix }).start();
  const described = await client.send(
    new DescribeTableCommand({ TableName: `${tablePrefix}-connections` }),
  );
  expect(described.Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual([
    'partition',
    'connectionId',
  ]);
});

test('a DynamoDB that is away at start is waited for, and the reason is told', async () => {
  const port = await freePort();
  const store = make({ endpoint: `http://127.0.0.1:${port}` });
  const started = store.start();
  await expect.poll(() => store.notReady, PATIENT).toContain(`127.0.0.1:${port}: `);
  expect(store.notReady).toContain('ECONNREFUSED');
  const late = await startEmbeddedDynamoDb({ port });
  try {
    await started;
    expect(store.notReady).toBeUndefined();
  } finally {
    await store.stop();
    await late.stop();
  }
});

test('stopping ends the wait', async () => {
  const store = make({ endpoint: `http://127.0.0.1:${await freePort()}` });
  const started = store.start();
  await expect.poll(() => store.notReady, PATIENT).toContain('ECONNREFUSED');
  await store.stop();
  await expect(started).rejects.toThrow();
});

test('a connection’s attributes can be read by people', async () => {
  const tablePrefix = `t${prefixes++}`;
  const store = make({ tablePrefix });
  await store.start();
  const id = newConnectionId('abcd');
  await store.connections.put({
    id,
    apiId: 'api',
    stageName: 'prod',
    region: 'eu-west-1',
    accountId: '123456789012',
    nodeId: 'abcd',
    connectedAt: 1_700_000_000_000,
    sourceIp: '192.0.2.1',
    userAgent: 'browser',
    domainName: 'd.example',
    authorizer: { principalId: 'ann' },
    metadata: { name: 'Ann' },
    groups: ['lobby'],
    expiresAt: 1_700_010_000,
  });
  const { Items } = await client.send(new ScanCommand({ TableName: `${tablePrefix}-connections` }));
  expect(Items).toEqual([
    {
      partition: { S: expect.stringMatching(/^abcd#[0-9a-f]$/) as string },
      connectionId: { S: id },
      apiId: { S: 'api' },
      stage: { S: 'prod' },
      region: { S: 'eu-west-1' },
      accountId: { S: '123456789012' },
      node: { S: 'abcd' },
      connectedAt: { N: '1700000000000' },
      sourceIp: { S: '192.0.2.1' },
      userAgent: { S: 'browser' },
      domainName: { S: 'd.example' },
      authorizer: { M: { principalId: { S: 'ann' } } },
      metadata: { S: '{"name":"Ann"}' },
      groups: { L: [{ S: 'lobby' }] },
      ttl: { N: '1700010000' },
    },
  ]);
});

test('a blob that is damaged is not handed out', async () => {
  const tablePrefix = `t${prefixes++}`;
  const store = make({ tablePrefix });
  await store.start();
  const hash = await store.blobs.put(randomBytes(1000), OWNER);
  const other = await store.blobs.put(randomBytes(1000), OWNER);
  const TableName = `${tablePrefix}-resources`;
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  const partOf = (blob: string) =>
    Items.find(
      ({ partition, sort }) => partition?.S === `blob#${blob}` && sort?.S?.startsWith('part'),
    );
  const { partition, sort } = partOf(hash) ?? {};
  const Item = { ...partOf(other), partition, sort } as Record<string, AttributeValue>;
  await client.send(new PutItemCommand({ TableName, Item }));
  await expect(store.blobs.get(hash)).rejects.toThrow(StoreUnavailableError);
  const noGzip = { ...Item, bytes: { B: Buffer.from('nothing') } };
  await client.send(new PutItemCommand({ TableName, Item: noGzip }));
  await expect(store.blobs.get(hash)).rejects.toThrow(/damaged/);
});

test('a node’s own copy serves without the store, and is fetched again when it is damaged', async () => {
  const blobFolder = mkdtempSync(join(tmpdir(), 'postern-blobs-'));
  try {
    const store = make({ blobFolder });
    await store.start();
    const bytes = randomBytes(5000);
    const hash = await store.blobs.put(bytes, OWNER);
    expect(readdirSync(blobFolder)).toEqual([hash]);
    writeFileSync(join(blobFolder, hash), 'damaged');
    expect((await store.blobs.get(hash))?.equals(bytes)).toBe(true);
    await store.stop();
    expect((await store.blobs.get(hash))?.equals(bytes)).toBe(true);
  } finally {
    rmSync(blobFolder, { recursive: true });
  }
});

test('a folder for copies that cannot be used costs nothing but the copies', async () => {
  const store = make({ blobFolder: join(import.meta.filename, 'below-a-file') });
  await store.start();
  const bytes = randomBytes(100);
  expect((await store.blobs.get(await store.blobs.put(bytes, OWNER)))?.equals(bytes)).toBe(true);
});

test('copies of what the store has lost are swept, and what writes left; others stay', async () => {
  const blobFolder = mkdtempSync(join(tmpdir(), 'postern-blobs-'));
  try {
    const store = make({ blobFolder });
    await store.start();
    const kept = await store.blobs.put(randomBytes(100), OWNER);
    await store.resources.commit([{ op: 'put', key: OWNER, value: { kept } }]);
    for (const name of ['0'.repeat(64), `${kept}.17-1`]) writeFileSync(join(blobFolder, name), 'x');
    await store.blobs.sweep(60_000);
    expect(readdirSync(blobFolder)).toHaveLength(3);
    await store.blobs.sweep(-60_000);
    expect(readdirSync(blobFolder)).toEqual([kept]);
  } finally {
    rmSync(blobFolder, { recursive: true });
  }
});
