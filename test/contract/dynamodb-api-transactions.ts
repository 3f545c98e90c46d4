// What applications ask of a DynamoDB's transactions.
import {
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type CancellationReason,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { type ApiFixture, failure, key } from './dynamodb-api-fixture.ts';

/** Where DynamoDB Local is known to answer otherwise than DynamoDB. Its texts differ too: patterns allow both. */
export interface KnownDifferences {
  /** An action that cannot be done is answered as a plain ValidationException, without reasons. */
  readonly validatesOutsideOfTransactions?: boolean;
}

/** Declares the tests. */
export function transactionsApi(api: ApiFixture, differences: KnownDifferences): void {
  const { TableName, fresh, put, get, transact } = api;
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
    await api.client().send(count('1'));
    await api.client().send(count('1'));
    expect((await get(key(pk, 'n')))?.['n']).toEqual({ N: '1' });
    const error = await failure(api.client().send(count('2')));
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
      const [, seen] = await Promise.allSettled([move(), api.client().send(read), move()]);
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
    const { Responses } = await api.client().send(read);
    expect(Responses).toEqual([{}, { Item: { x: { S: '1' } } }]);
  });
}
