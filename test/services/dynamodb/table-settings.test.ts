// Tables with tags, with protection against deletion, and with streams that are not there.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Data } from '#services/dynamodb/dynalite.ts';
import { dropEngine, openEngine, type TestEngine } from '../../support/database-engine.ts';

const TableName = 'settings';
let engine: TestEngine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => dropEngine(engine));

const create = async (more: Data): Promise<Data> => {
  const made = await engine.call('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...more,
  });
  await expect.poll(async () => (await table())['TableStatus'], { timeout: 8_000 }).toBe('ACTIVE');
  return made['TableDescription'] as Data;
};
const table = async (): Promise<Data> =>
  (await engine.call('DescribeTable', { TableName }))['Table'] as Data;

test('tags of a new table are listed', async () => {
  const { TableArn: ResourceArn } = await create({ Tags: [{ Key: 'team', Value: 'chat' }] });
  expect(await engine.call('ListTagsOfResource', { ResourceArn })).toEqual({
    Tags: [{ Key: 'team', Value: 'chat' }],
  });
});

test('a protected table stays until its protection is switched off', async () => {
  await create({ DeletionProtectionEnabled: true });
  expect((await table())['DeletionProtectionEnabled']).toBe(true);
  const remove = () => engine.call('DeleteTable', { TableName });
  await expect(remove()).rejects.toThrow(/currently protected against deletion/);
  await engine.call('UpdateTable', { TableName, DeletionProtectionEnabled: false });
  expect((await table())['DeletionProtectionEnabled']).toBe(false);
  await remove();
  expect(await engine.call('ListTables', {})).toEqual({ TableNames: [] });
});

test('a stream is refused, one switched off is not', async () => {
  const on = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };
  await expect(create(on)).rejects.toThrow('Streams are not available in the embedded DynamoDB');
  await create({ StreamSpecification: { StreamEnabled: false } });
  await expect(engine.call('UpdateTable', { TableName, ...on })).rejects.toThrow('Streams');
});

test('settings of another type are refused', async () => {
  await expect(create({ Tags: 'team' })).rejects.toThrow();
  await expect(create({ DeletionProtectionEnabled: 'perhaps' })).rejects.toThrow();
});

test('a table that is not there', async () => {
  const update = engine.call('UpdateTable', { TableName, DeletionProtectionEnabled: true });
  await expect(update).rejects.toThrow(/not found/);
});
