// What applications ask of a DynamoDB's items: writes, conditions, batches.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { type ApiFixture, failure, key, type Item } from './dynamodb-api-fixture.ts';

/** Declares the tests. */
export function itemsApi(api: ApiFixture): void {
  const { TableName, fresh, put, get } = api;
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
    const { Attributes } = await api.client().send(
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
    await Promise.all(Array.from({ length: 50 }, () => api.client().send(count)));
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
    const error = await failure(api.client().send(again));
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
    const error = await failure(api.client().send(command));
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
        api
          .client()
          .send(
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
    const written = await api.client().send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) },
      }),
    );
    expect(written.UnprocessedItems).toEqual({});
    const read = await api
      .client()
      .send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: items } } }));
    expect(read.Responses?.[TableName]).toHaveLength(25);
    const [first] = items;
    const removed = new BatchWriteItemCommand({
      RequestItems: { [TableName]: [{ DeleteRequest: { Key: first } }] },
    });
    await api.client().send(removed);
    expect(await get(key(pk, '0'))).toBeUndefined();
  });

  test('a batch names each item once', async () => {
    const Item = key(fresh(), 'a');
    const twice = new BatchWriteItemCommand({
      RequestItems: { [TableName]: [{ PutRequest: { Item } }, { PutRequest: { Item } }] },
    });
    expect((await failure(api.client().send(twice))).message).toMatch(/contains duplicates/);
  });
}
