// Indexes made and deleted on a table in use, and tables that a kill has left half done.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Data, Item } from '#services/dynamodb/dynalite.ts';
import { Failure, typeOf } from '#services/dynamodb/failure.ts';
import { tablePrefix } from '#services/dynamodb/store.ts';
import { settleTables } from '#services/dynamodb/tables.ts';
import { dropEngine, openEngine, type TestEngine } from '../../support/database-engine.ts';

/** A machine under load may take its time. */
const PATIENT = { timeout: 8_000 };

const TableName = 'people';
let engine: TestEngine;

beforeEach(async () => {
  engine = await openEngine();
  await engine.call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await active();
});
afterEach(() => dropEngine(engine));

const put = (item: Item) => engine.call('PutItem', { TableName, Item: item });
const table = async (): Promise<Data> =>
  (await engine.call('DescribeTable', { TableName }))['Table'] as Data;
const active = () =>
  expect.poll(async () => (await table())['TableStatus'], PATIENT).toBe('ACTIVE');

const createIndex = (more: Data = {}) =>
  engine.call('UpdateTable', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'city', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'cities',
          KeySchema: [{ AttributeName: 'city', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
          ...more,
        },
      },
    ],
  });

async function ids(city: string): Promise<unknown[]> {
  const { Items } = await engine.call('Query', {
    TableName,
    IndexName: 'cities',
    KeyConditionExpression: 'city = :city',
    ExpressionAttributeValues: { ':city': { S: city } },
  });
  return (Items as Item[]).map(({ id }) => id?.['S']).sort();
}

async function failureOf(done: Promise<unknown>): Promise<[string, string]> {
  const error = await done.catch((reason: unknown) => reason);
  if (!(error instanceof Failure)) throw new Error('nothing failed', { cause: error });
  return [typeOf(error), error.message];
}

test('a new index has what was there, and follows what comes', async () => {
  for (let at = 0; at < 250; at++) await put({ id: { S: `p${at}` }, city: { S: `c${at % 2}` } });
  await put({ id: { S: 'nowhere' } });
  await put({ id: { S: 'number' }, city: { N: '1' } });
  const [answer] = await Promise.all([createIndex(), put({ id: { S: 'new' }, city: { S: 'c9' } })]);
  expect(answer['TableDescription']).toMatchObject({
    TableStatus: 'UPDATING',
    GlobalSecondaryIndexes: [{ IndexName: 'cities', IndexStatus: 'CREATING' }],
  });
  expect(await table()).toMatchObject({
    TableStatus: 'ACTIVE',
    GlobalSecondaryIndexes: [{ IndexName: 'cities', IndexStatus: 'ACTIVE' }],
  });
  expect(await ids('c0')).toHaveLength(125);
  expect(await ids('c9')).toEqual(['new']);
  await put({ id: { S: 'new' }, city: { S: 'c8' } });
  expect([await ids('c9'), await ids('c8')]).toEqual([[], ['new']]);
});

test('a deleted index is unknown, and empty when it is made again', async () => {
  await put({ id: { S: 'a' }, city: { S: 'x' } });
  await createIndex();
  const remove = { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'cities' } }] };
  await engine.call('UpdateTable', remove);
  expect(await failureOf(ids('x'))).toEqual([
    'ValidationException',
    'The table does not have the specified index: cities',
  ]);
  expect((await table())['AttributeDefinitions']).toEqual([
    { AttributeName: 'id', AttributeType: 'S' },
  ]);
  await engine.call('DeleteItem', { TableName, Key: { id: { S: 'a' } } });
  await createIndex();
  expect(await ids('x')).toEqual([]);
  expect(
    (await failureOf(engine.call('UpdateTable', { ...remove, TableName: 'no-such' })))[0],
  ).toBe('ResourceNotFoundException');
});

test('an index is made once, and of attributes that are defined', async () => {
  await createIndex();
  expect(await failureOf(createIndex())).toEqual([
    'ValidationException',
    'Attempting to create an index which already exists',
  ]);
  const undefinedKey = {
    IndexName: 'streets',
    KeySchema: [{ AttributeName: 'street', KeyType: 'HASH' }],
  };
  expect((await failureOf(createIndex(undefinedKey)))[0]).toBe('ValidationException');
});

test('at open, an index half made is filled and tables half deleted are gone', async () => {
  await put({ id: { S: 'a' }, city: { S: 'x' } });
  await createIndex();
  const described = await table();
  const [index] = described['GlobalSecondaryIndexes'] as Data[];
  await engine.disk.clear({ gte: 'index-', lt: 'index.' });
  await engine.disk.run((unit) => {
    const creating = { ...index, IndexStatus: 'CREATING' };
    const half = { ...described, TableStatus: 'UPDATING', GlobalSecondaryIndexes: [creating] };
    unit.put(tablePrefix + TableName, JSON.stringify(half));
    const going = { ...described, TableName: 'going', TableStatus: 'DELETING' };
    unit.put(`${tablePrefix}going`, JSON.stringify(going));
    unit.put('item-going~x', '{}');
  });
  await engine.close();
  engine = await openEngine(engine.folder);
  await settleTables(engine);
  expect(await ids('x')).toEqual(['a']);
  expect((await table())['TableStatus']).toBe('ACTIVE');
  expect(await engine.call('ListTables', {})).toEqual({ TableNames: [TableName] });
  expect(engine.disk.get('item-going~x')).toBeUndefined();
});

test('a deleted table takes its items, its indexes and its time to live with it', async () => {
  await put({ id: { S: 'a' }, city: { S: 'x' } });
  await createIndex();
  const TimeToLiveSpecification = { AttributeName: 'until', Enabled: true };
  await engine.call('UpdateTimeToLive', { TableName, TimeToLiveSpecification });
  await engine.call('TagResource', {
    ResourceArn: (await table())['TableArn'],
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  await engine.call('DeleteTable', { TableName });
  const left: string[] = [];
  for await (const entries of engine.disk.pages({})) left.push(...entries.map(([key]) => key));
  expect(left).toEqual([]);
});
