// What applications ask of a DynamoDB's queries and indexes.
import { DeleteItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { type ApiFixture, key, type Item } from './dynamodb-api-fixture.ts';

/** Declares the tests. */
export function queriesApi(api: ApiFixture): void {
  const { TableName, fresh, put } = api;
  const query = (pk: string, more: Partial<QueryCommand['input']> = {}) =>
    api.client().send(
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
      const { Items } = await api.client().send(
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
    await api.client().send(move);
    expect([await inRoom(room), await inRoom(`${room}-2`)]).toEqual([['a'], ['b']]);
    await api.client().send(new DeleteItemCommand({ TableName, Key: key(pk, 'a') }));
    expect(await inRoom(room)).toEqual([]);
  });
}
