// BatchWriteItem answers and stores alike by the short way and by dynalite's, whatever the batch.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operationModules, type Data } from '#services/dynamodb/dynalite.ts';
import { checked, inUnit } from '#services/dynamodb/engine.ts';
import { Failure, toFailure } from '#services/dynamodb/failure.ts';
import { itemPrefix, prefixRange } from '#services/dynamodb/store.ts';
import { dropEngine, openEngine, type TestEngine } from '../../support/database-engine.ts';

const { action, validation } = operationModules('BatchWriteItem');

let engines: TestEngine[];

beforeAll(async () => {
  engines = [await openEngine(), await openEngine()];
  for (const engine of engines) {
    await createTable(engine, 'plain');
    await createTable(engine, 'indexed', {
      GlobalSecondaryIndexes: [
        {
          IndexName: 'cities',
          KeySchema: [{ AttributeName: 'city', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    await engine.call('BatchWriteItem', {
      RequestItems: { plain: [put({ id: { S: 'old' }, at: { N: '1' }, city: { S: 'Ulm' } })] },
    });
  }
});
afterAll(() => Promise.all(engines.map(dropEngine)));

async function createTable(engine: TestEngine, TableName: string, more: Data = {}): Promise<void> {
  await engine.call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'N' },
      ...('GlobalSecondaryIndexes' in more ? [{ AttributeName: 'city', AttributeType: 'S' }] : []),
    ],
    KeySchema: [
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'at', KeyType: 'RANGE' },
    ],
    ...more,
  });
  const state = async (): Promise<unknown> =>
    ((await engine.call('DescribeTable', { TableName }))['Table'] as Data)['TableStatus'];
  await vi.waitFor(async () => expect(await state()).toBe('ACTIVE'), 8_000);
}

function put(item: Data): Data {
  return { PutRequest: { Item: item } };
}

function drop(key: Data): Data {
  return { DeleteRequest: { Key: key } };
}

const key = { id: { S: 'a' }, at: { N: '2' } };
const plain = (...requests: unknown[]): Data => ({ RequestItems: { plain: requests } });
const deep = (levels: number): Data =>
  levels === 0 ? { S: 'end' } : { L: [{ M: { in: deep(levels - 1) } }] };

const CASES: readonly (readonly [string, unknown])[] = [
  ['puts', plain(put(key), put({ ...key, at: { N: '3' }, name: { S: 'ä€𝄞' } }))],
  ['a put in place of an item', plain(put({ id: { S: 'old' }, at: { N: '1' } }))],
  [
    'deletes, of what is not there too',
    plain(drop({ id: { S: 'old' }, at: { N: '1' } }), drop(key)),
  ],
  ['all kinds of values', plain(put({ ...key, b: { BOOL: true }, n: { N: '-12' }, m: { M: {} } }))],
  [
    'binaries, sets and null',
    plain(put({ ...key, b: { B: 'AA==' }, s: { SS: ['x'] }, z: { NULL: true } })),
  ],
  [
    'numbers in other spellings',
    plain(put({ ...key, n: { N: '007' }, m: { N: '1e3' }, f: { N: '1.50' } })),
  ],
  ['an empty text', plain(put({ ...key, text: { S: '' } }))],
  [
    'nested values',
    plain(put({ ...key, deep: deep(1) }), put({ id: { S: 'b' }, at: { N: '0' }, deep: deep(9) })),
  ],
  [
    'two tables, one with an index',
    { RequestItems: { plain: [put(key)], indexed: [put({ ...key, city: { S: 'Ulm' } })] } },
  ],
  ['capacity asked for', { ...plain(put(key)), ReturnConsumedCapacity: 'TOTAL' }],
  ['members that are unknown', { ...plain({ ...put(key), Other: 1 }), Other: 2 }],
  ['a key twice', plain(put(key), drop(key))],
  ['a key that is missing', plain(put({ id: { S: 'a' } }))],
  ['a key of another type', plain(put({ ...key, at: { S: '2' } }))],
  ['a key with more than the key', plain(drop({ ...key, more: { S: 'x' } }))],
  ['an empty key', plain(put({ ...key, id: { S: '' } }))],
  ['a key that is too long', plain(put({ ...key, id: { S: 'x'.repeat(2049) } }))],
  ['an item that is too large', plain(put({ ...key, text: { S: 'x'.repeat(410_000) } }))],
  ['an item that is nearly too large', plain(put({ ...key, text: { S: 'ä'.repeat(150_000) } }))],
  ['two types in a value', plain(put({ ...key, x: { S: 'a', N: '1' } }))],
  ['no type in a value', plain(put({ ...key, x: {} }))],
  ['a value that is none', plain(put({ ...key, x: 'text' }))],
  ['a number that is none', plain(put({ ...key, x: { N: 'ten' } }))],
  ['a boolean that is none', plain(put({ ...key, x: { BOOL: 'perhaps' } }))],
  ['a request that is empty', plain({})],
  ['a request that is both', plain({ ...put(key), ...drop({ id: { S: 'b' }, at: { N: '1' } }) })],
  ['a put without an item', plain({ PutRequest: {} })],
  ['no requests', plain()],
  [
    '26 requests',
    plain(...Array.from({ length: 26 }, (_, at) => put({ ...key, at: { N: `${at}` } }))),
  ],
  ['a table that is not there', { RequestItems: { nowhere: [put(key)], plain: [put(key)] } }],
  ['no tables', { RequestItems: {} }],
  ['tables that are none', { RequestItems: [put(key)] }],
  ['nothing', {}],
];

/** The answer, or the error, and all items as they lie in the database. */
async function outcome(engine: TestEngine, answer: () => Promise<unknown>): Promise<unknown> {
  const told = await answer().catch((error: unknown) => {
    const { status, body } = error instanceof Failure ? error : toFailure(error);
    return { status, body };
  });
  const items: [string, string][] = [];
  for (const table of ['plain', 'indexed']) {
    for await (const page of engine.disk.pages(prefixRange(itemPrefix(table)))) items.push(...page);
  }
  return { told, items };
}

function byDynalite(engine: TestEngine, input: Data): Promise<unknown> {
  const run = async (): Promise<unknown> => {
    const data = checked(engine, input, validation);
    return engine.disk.run((unit) => inUnit(engine, unit, action, data));
  };
  return outcome(engine, run);
}

describe('like dynalite', () => {
  test.each(CASES)('%s', async (_, input) => {
    const [ours, theirs] = engines;
    if (ours === undefined || theirs === undefined) throw new Error('no engines');
    const asked = structuredClone(input) as Data;
    const found = await outcome(ours, () => ours.call('BatchWriteItem', asked));
    expect(found).toEqual(await byDynalite(theirs, structuredClone(input) as Data));
  });
});
