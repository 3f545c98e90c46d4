// What applications ask of a DynamoDB, through the SDK: run against the embedded one, and against DynamoDB Local as its measure.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
  type AttributeValue,
  type CancellationReason,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../support/backends.ts';

type Item = Record<string, AttributeValue>;

/** Where DynamoDB Local is known to answer otherwise than DynamoDB. Its texts differ too: patterns allow both. */
export interface KnownDifferences {
  /** An action that cannot be done is answered as a plain ValidationException, without reasons. */
  readonly validatesOutsideOfTransactions?: boolean;
}

/** Declares the tests against the DynamoDB that `begin` starts. */
export function dynamoDbApiContract(
  begin: () => Promise<Backend>,
  differences: KnownDifferences = {},
): void {
  let backend: Backend;
  let client: DynamoDBClient;
  const TableName = `api-${process.pid}-${Date.now()}`;
  let keys = 0;
  /** A partition that no other test uses. */
  const fresh = (): string => `p${keys++}`;
  const key = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
  const put = (item: Item) => client.send(new PutItemCommand({ TableName, Item: item }));
  const get = async (at: Item): Promise<Item | undefined> =>
    (await client.send(new GetItemCommand({ TableName, Key: at, ConsistentRead: true }))).Item;
  const failure = async (done: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
    done.then(
      () => Promise.reject(new Error('nothing failed')),
      (error: unknown) => error as Error & Record<string, unknown>,
    );
  const transact = (...items: TransactWriteItem[]) =>
    client.send(new TransactWriteItemsCommand({ TransactItems: items }));

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

  describe('tables', () => {
    test('a table is described and listed', async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      expect(Table).toMatchObject({
        TableName,
        TableStatus: 'ACTIVE',
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        GlobalSecondaryIndexes: [{ IndexName: 'by-room', IndexStatus: 'ACTIVE' }],
      });
      expect((await client.send(new ListTablesCommand({}))).TableNames).toContain(TableName);
    });

    test('a table that is there cannot be made again', async () => {
      const again = new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      });
      expect((await failure(client.send(again))).name).toBe('ResourceInUseException');
    });

    test('a table that is not there', async () => {
      const described = failure(client.send(new DescribeTableCommand({ TableName: 'no-such' })));
      expect((await described).name).toBe('ResourceNotFoundException');
      const written = failure(
        client.send(new PutItemCommand({ TableName: 'no-such', Item: key('a', 'b') })),
      );
      expect((await written).name).toBe('ResourceNotFoundException');
    });

    test('a deleted table is gone, and a new one of its name is empty', async () => {
      const name = `${TableName}-short`;
      const make = new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      });
      const wait = { client, maxWaitTime: 30, minDelay: 1 };
      await client.send(make);
      await waitUntilTableExists(wait, { TableName: name });
      await client.send(new PutItemCommand({ TableName: name, Item: { pk: { S: 'a' } } }));
      await client.send(new DeleteTableCommand({ TableName: name }));
      await waitUntilTableNotExists(wait, { TableName: name });
      await client.send(make);
      await waitUntilTableExists(wait, { TableName: name });
      expect((await client.send(new ScanCommand({ TableName: name }))).Count).toBe(0);
    });

    test('limits are described', async () => {
      const limits = await client.send(new DescribeLimitsCommand({}));
      expect(limits.TableMaxWriteCapacityUnits).toBeGreaterThan(0);
    });
  });

  describe('items', () => {
    test('every type comes back as it was put', async () => {
      const at = key(fresh(), 'types');
      const item: Item = {
        ...at,
        string: { S: 'ä €' },
        empty: { S: '' },
        number: { N: '-12.5' },
        binary: { B: Uint8Array.of(0, 255) },
        yes: { BOOL: true },
        nothing: { NULL: true },
        list: { L: [{ S: 'a' }, { N: '1' }, { L: [] }] },
        map: { M: { inner: { M: { deep: { S: 'x' } } } } },
        strings: { SS: ['a', 'b'] },
        numbers: { NS: ['1', '2'] },
      };
      await put(item);
      expect(await get(at)).toEqual(item);
    });

    test('an update writes what its expression says and answers what was asked', async () => {
      const at = key(fresh(), 'update');
      await put({ ...at, count: { N: '1' }, tags: { SS: ['a', 'b'] }, old: { S: 'x' } });
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: at,
          UpdateExpression:
            'SET #c = #c + :one, made = if_not_exists(made, :now), #l = list_append(:empty, :list) REMOVE #o DELETE tags :b ADD amount :five',
          ExpressionAttributeNames: { '#c': 'count', '#o': 'old', '#l': 'list' },
          ExpressionAttributeValues: {
            ':one': { N: '1' },
            ':now': { S: 'now' },
            ':empty': { L: [] },
            ':list': { L: [{ S: 'l' }] },
            ':b': { SS: ['b'] },
            ':five': { N: '5' },
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
      const expected = {
        ...at,
        count: { N: '2' },
        made: { S: 'now' },
        list: { L: [{ S: 'l' }] },
        tags: { SS: ['a'] },
        amount: { N: '5' },
      };
      expect(Attributes).toEqual(expected);
      expect(await get(at)).toEqual(expected);
    });

    test('an update that counts is atomic', async () => {
      const at = key(fresh(), 'count');
      const count = new UpdateItemCommand({
        TableName,
        Key: at,
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      });
      await Promise.all(Array.from({ length: 50 }, () => client.send(count)));
      expect((await get(at))?.['n']).toEqual({ N: '50' });
    });

    test('a condition that fails, with the item that stood against it', async () => {
      const at = key(fresh(), 'condition');
      await put({ ...at, owner: { S: 'ann' } });
      const again = new PutItemCommand({
        TableName,
        Item: { ...at, owner: { S: 'bob' } },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const error = await failure(client.send(again));
      expect(error).toBeInstanceOf(ConditionalCheckFailedException);
      expect(error.message).toBe('The conditional request failed');
      expect(error['Item']).toEqual({ ...at, owner: { S: 'ann' } });
      expect((await get(at))?.['owner']).toEqual({ S: 'ann' });
    });

    test('a condition that fails without being asked for the item', async () => {
      const command = new DeleteItemCommand({
        TableName,
        Key: key(fresh(), 'none'),
        ConditionExpression: 'attribute_exists(pk)',
      });
      const error = await failure(client.send(command));
      expect(error.name).toBe('ConditionalCheckFailedException');
      expect(error['Item']).toBeUndefined();
    });

    const invalid: [string, () => Promise<unknown>, RegExp][] = [
      [
        'a key without its range',
        () => get({ pk: { S: 'a' } }),
        /does not match the schema|number of conditions on the keys/,
      ],
      [
        'a key of another type',
        () => get({ pk: { N: '1' }, sk: { S: 'a' } }),
        /schema|Type mismatch for key/,
      ],
      [
        'an item without its key',
        () => put({ pk: { S: 'a' } }),
        /Missing the key sk|One of the required keys/,
      ],
      ['an empty key', () => put(key('', 'a')), /empty string value/],
      [
        'an item of more than 400 KB',
        () => put({ ...key('a', 'b'), x: { S: 'x'.repeat(410_000) } }),
        /size has exceeded/i,
      ],
      [
        'an expression out of shape',
        () =>
          client.send(
            new DeleteItemCommand({ TableName, Key: key('a', 'b'), ConditionExpression: 'a =' }),
          ),
        /Syntax error/,
      ],
    ];
    test.each(invalid)('refuses %s', async (_, call, message) => {
      const error = await failure(call());
      expect(error.name).toBe('ValidationException');
      expect(error.message).toMatch(message);
    });

    test('batches write and read', async () => {
      const pk = fresh();
      const items = Array.from({ length: 25 }, (_, at) => key(pk, String(at)));
      const written = await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
      expect(written.UnprocessedItems).toEqual({});
      const read = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: items } } }),
      );
      expect(read.Responses?.[TableName]).toHaveLength(25);
      const [first] = items;
      const removed = new BatchWriteItemCommand({
        RequestItems: { [TableName]: [{ DeleteRequest: { Key: first } }] },
      });
      await client.send(removed);
      expect(await get(key(pk, '0'))).toBeUndefined();
    });

    test('a batch names each item once', async () => {
      const Item = key(fresh(), 'a');
      const twice = new BatchWriteItemCommand({
        RequestItems: { [TableName]: [{ PutRequest: { Item } }, { PutRequest: { Item } }] },
      });
      expect((await failure(client.send(twice))).message).toMatch(/contains duplicates/);
    });
  });

  describe('queries', () => {
    const query = (pk: string, more: Partial<QueryCommand['input']> = {}) =>
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ...more,
          ExpressionAttributeValues: { ':pk': { S: pk }, ...more.ExpressionAttributeValues },
        }),
      );
    const sorts = (items: Item[] | undefined) => (items ?? []).map(({ sk }) => sk?.S);

    test('in order, in reverse, by prefix, by range, in pages', async () => {
      const pk = fresh();
      await Promise.all(['b', 'a', 'a#1', 'a#2', 'c'].map((sk) => put(key(pk, sk))));
      expect(sorts((await query(pk)).Items)).toEqual(['a', 'a#1', 'a#2', 'b', 'c']);
      const back = await query(pk, { ScanIndexForward: false, Limit: 2 });
      expect(sorts(back.Items)).toEqual(['c', 'b']);
      const more = { ScanIndexForward: false, ExclusiveStartKey: back.LastEvaluatedKey };
      expect(sorts((await query(pk, more)).Items)).toEqual(['a#2', 'a#1', 'a']);
      const prefixed = await query(pk, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :x)',
        ExpressionAttributeValues: { ':x': { S: 'a#' } },
      });
      expect(sorts(prefixed.Items)).toEqual(['a#1', 'a#2']);
      const between = await query(pk, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :x AND :y',
        ExpressionAttributeValues: { ':x': { S: 'a#2' }, ':y': { S: 'b' } },
      });
      expect(sorts(between.Items)).toEqual(['a#2', 'b']);
    });

    test('a filter takes away after the limit has counted', async () => {
      const pk = fresh();
      await Promise.all(['1', '2', '3'].map((n) => put({ ...key(pk, n), n: { N: n } })));
      const filtered = await query(pk, {
        FilterExpression: 'n > :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
        Limit: 2,
      });
      expect(filtered).toMatchObject({ Count: 1, ScannedCount: 2 });
    });

    test('an answer ends at 1 MB', async () => {
      const pk = fresh();
      for (let at = 0; at < 4; at++)
        await put({ ...key(pk, String(at)), x: { S: 'x'.repeat(390_000) } });
      const first = await query(pk);
      expect(first.Items).toHaveLength(3);
      const rest = await query(pk, { ExclusiveStartKey: first.LastEvaluatedKey });
      expect(sorts(rest.Items)).toEqual(['3']);
    });

    test('an index follows puts, updates and deletes', async () => {
      const [pk, room] = [fresh(), `room-${fresh()}`];
      const inRoom = async (name: string) => {
        const { Items } = await client.send(
          new QueryCommand({
            TableName,
            IndexName: 'by-room',
            KeyConditionExpression: 'room = :room',
            ExpressionAttributeValues: { ':room': { S: name } },
          }),
        );
        return sorts(Items);
      };
      await put({ ...key(pk, 'a'), room: { S: room }, rank: { N: '10' } });
      await put({ ...key(pk, 'b'), room: { S: room }, rank: { N: '9' } });
      await put({ ...key(pk, 'outside'), room: { S: room } });
      expect(await inRoom(room)).toEqual(['b', 'a']);
      const move = new UpdateItemCommand({
        TableName,
        Key: key(pk, 'b'),
        UpdateExpression: 'SET room = :other',
        ExpressionAttributeValues: { ':other': { S: `${room}-2` } },
      });
      await client.send(move);
      expect([await inRoom(room), await inRoom(`${room}-2`)]).toEqual([['a'], ['b']]);
      await client.send(new DeleteItemCommand({ TableName, Key: key(pk, 'a') }));
      expect(await inRoom(room)).toEqual([]);
    });
  });

  describe('transactions', () => {
    const codes = (reasons: CancellationReason[] | undefined) => reasons?.map(({ Code }) => Code);
    const cancellation = async (done: Promise<unknown>): Promise<TransactionCanceledException> => {
      const error = await failure(done);
      expect(error).toBeInstanceOf(TransactionCanceledException);
      return error as unknown as TransactionCanceledException;
    };

    test('a put, an update, a delete and a check are one', async () => {
      const pk = fresh();
      await put({ ...key(pk, 'counted'), n: { N: '1' } });
      await put(key(pk, 'gone'));
      await put({ ...key(pk, 'checked'), open: { BOOL: true } });
      await transact(
        { Put: { TableName, Item: { ...key(pk, 'new'), x: { S: 'x' } } } },
        {
          Update: {
            TableName,
            Key: key(pk, 'counted'),
            UpdateExpression: 'ADD n :two',
            ExpressionAttributeValues: { ':two': { N: '2' } },
          },
        },
        { Delete: { TableName, Key: key(pk, 'gone') } },
        {
          ConditionCheck: {
            TableName,
            Key: key(pk, 'checked'),
            ConditionExpression: '#o = :true',
            ExpressionAttributeNames: { '#o': 'open' },
            ExpressionAttributeValues: { ':true': { BOOL: true } },
          },
        },
      );
      expect((await get(key(pk, 'new')))?.['x']).toEqual({ S: 'x' });
      expect((await get(key(pk, 'counted')))?.['n']).toEqual({ N: '3' });
      expect(await get(key(pk, 'gone'))).toBeUndefined();
    });

    test('one condition that fails undoes all; reasons come in order, with the item asked for', async () => {
      const pk = fresh();
      await put({ ...key(pk, 'there'), who: { S: 'ann' } });
      const error = await cancellation(
        transact(
          { Put: { TableName, Item: key(pk, 'new') } },
          {
            Put: {
              TableName,
              Item: key(pk, 'there'),
              ConditionExpression: 'attribute_not_exists(pk)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          {
            ConditionCheck: {
              TableName,
              Key: key(pk, 'nowhere'),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
        ),
      );
      expect(codes(error.CancellationReasons)).toEqual([
        'None',
        'ConditionalCheckFailed',
        'ConditionalCheckFailed',
      ]);
      expect(error.CancellationReasons?.[1]).toMatchObject({
        Message: 'The conditional request failed',
        Item: { ...key(pk, 'there'), who: { S: 'ann' } },
      });
      expect(error.CancellationReasons?.[2]?.Item).toBeUndefined();
      expect(error.message).toContain('[None, ConditionalCheckFailed, ConditionalCheckFailed]');
      expect(await get(key(pk, 'new'))).toBeUndefined();
    });

    test('an action that cannot be done undoes all', async () => {
      const pk = fresh();
      await put({ ...key(pk, 'text'), n: { S: 'not a number' } });
      const done = transact(
        { Put: { TableName, Item: key(pk, 'new') } },
        {
          Update: {
            TableName,
            Key: key(pk, 'text'),
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          },
        },
      );
      if (differences.validatesOutsideOfTransactions === true) {
        expect((await failure(done)).name).toBe('ValidationException');
      } else {
        const { CancellationReasons } = await cancellation(done);
        expect(codes(CancellationReasons)).toEqual(['None', 'ValidationError']);
      }
      expect(await get(key(pk, 'new'))).toBeUndefined();
    });

    const refused: [string, (pk: string) => TransactWriteItem[], string, RegExp][] = [
      [
        'two actions on one item',
        (pk) => [
          { Put: { TableName, Item: key(pk, 'a') } },
          { Delete: { TableName, Key: key(pk, 'a') } },
        ],
        'ValidationException',
        /cannot include multiple operations on one item/,
      ],
      ['no actions', () => [], 'ValidationException', /length greater than or equal to 1/],
      [
        'more than a hundred actions',
        (pk) =>
          Array.from({ length: 101 }, (_, at) => ({
            Put: { TableName, Item: key(pk, String(at)) },
          })),
        'ValidationException',
        /length less than or equal to 100/,
      ],
      [
        'two actions in one entry',
        (pk) => [
          {
            Put: { TableName, Item: key(pk, 'a') },
            Delete: { TableName, Key: key(pk, 'b') },
          },
        ],
        'ValidationException',
        /TransactItems can only contain one of Check, Put, Update or Delete/,
      ],
      [
        'a table that is not there',
        (pk) => [{ Put: { TableName: 'no-such', Item: key(pk, 'a') } }],
        'ResourceNotFoundException',
        /not found|non-existent table/,
      ],
      [
        'an expression out of shape',
        (pk) => [{ Delete: { TableName, Key: key(pk, 'a'), ConditionExpression: 'a =' } }],
        'ValidationException',
        /Syntax error/,
      ],
    ];
    test.each(refused)('refuses %s', async (_, items, name, message) => {
      const pk = fresh();
      const error = await failure(transact(...items(pk)));
      expect(error.name).toBe(name);
      expect(error.message).toMatch(message);
    });

    test('a token is done once; the same token for something else is refused', async () => {
      const pk = fresh();
      const count = (by: string) =>
        new TransactWriteItemsCommand({
          ClientRequestToken: `token-${pk}-${process.pid}`,
          TransactItems: [
            {
              Update: {
                TableName,
                Key: key(pk, 'n'),
                UpdateExpression: 'ADD n :by',
                ExpressionAttributeValues: { ':by': { N: by } },
              },
            },
          ],
        });
      await client.send(count('1'));
      await client.send(count('1'));
      expect((await get(key(pk, 'n')))?.['n']).toEqual({ N: '1' });
      const error = await failure(client.send(count('2')));
      expect(error.name).toBe('IdempotentParameterMismatchException');
    });

    test('transactions that move between two items keep their sum', async () => {
      const pk = fresh();
      await put({ ...key(pk, 'a'), n: { N: '100' } });
      await put({ ...key(pk, 'b'), n: { N: '0' } });
      const change = (sk: string, by: string): TransactWriteItem => ({
        Update: {
          TableName,
          Key: key(pk, sk),
          UpdateExpression: 'ADD n :by',
          ExpressionAttributeValues: { ':by': { N: by } },
        },
      });
      const read = new TransactGetItemsCommand({
        TransactItems: ['a', 'b'].map((sk) => ({ Get: { TableName, Key: key(pk, sk) } })),
      });
      let moved = 0;
      const move = async () => {
        await transact(change('a', '-1'), change('b', '1'));
        moved++;
      };
      const sums: number[] = [];
      for (let turn = 0; turn < 20; turn++) {
        const [, seen] = await Promise.allSettled([move(), client.send(read), move()]);
        if (seen.status !== 'fulfilled') continue;
        const values = seen.value.Responses?.map(({ Item }) => Number(Item?.['n']?.N)) ?? [];
        sums.push(values.reduce((sum, value) => sum + value, 0));
      }
      expect(new Set(sums)).toEqual(new Set([100]));
      expect((await get(key(pk, 'b')))?.['n']).toEqual({ N: String(moved) });
    });

    test('gets of one moment answer in order, with nothing for what is not there', async () => {
      const pk = fresh();
      await put({ ...key(pk, 'a'), x: { S: '1' }, y: { S: '2' } });
      const read = new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName, Key: key(pk, 'nowhere') } },
          { Get: { TableName, Key: key(pk, 'a'), ProjectionExpression: 'x' } },
        ],
      });
      const { Responses } = await client.send(read);
      expect(Responses).toEqual([{}, { Item: { x: { S: '1' } } }]);
    });
  });

  describe('time to live', () => {
    test('is off, then on, and is not switched twice', async () => {
      const describeIt = new DescribeTimeToLiveCommand({ TableName });
      const off = await client.send(describeIt);
      expect(off.TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
      const on = new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      });
      const switched = await client.send(on);
      expect(switched.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
      expect((await client.send(describeIt)).TimeToLiveDescription).toEqual({
        TimeToLiveStatus: 'ENABLED',
        AttributeName: 'ttl',
      });
      const error = await failure(client.send(on));
      expect([error.name, error.message]).toEqual([
        'ValidationException',
        'TimeToLive is already enabled',
      ]);
    });

    test('of a table that is not there', async () => {
      const error = await failure(
        client.send(new DescribeTimeToLiveCommand({ TableName: 'no-such' })),
      );
      expect(error.name).toBe('ResourceNotFoundException');
    });
  });
}
