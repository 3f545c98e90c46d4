// What applications ask of a DynamoDB's tables and their time to live.
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { type ApiFixture, failure, key } from './dynamodb-api-fixture.ts';

/** Declares the tests. */
export function tablesApi(api: ApiFixture): void {
  const { TableName } = api;
  test('a table is described and listed', async () => {
    const { Table } = await api.client().send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName,
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexName: 'by-room', IndexStatus: 'ACTIVE' }],
    });
    expect((await api.client().send(new ListTablesCommand({}))).TableNames).toContain(TableName);
  });

  test('a table that is there cannot be made again', async () => {
    const again = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
    expect((await failure(api.client().send(again))).name).toBe('ResourceInUseException');
  });

  test('a table that is not there', async () => {
    const described = failure(
      api.client().send(new DescribeTableCommand({ TableName: 'no-such' })),
    );
    expect((await described).name).toBe('ResourceNotFoundException');
    const written = failure(
      api.client().send(new PutItemCommand({ TableName: 'no-such', Item: key('a', 'b') })),
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
    const wait = { client: api.client(), maxWaitTime: 30, minDelay: 1 };
    await api.client().send(make);
    await waitUntilTableExists(wait, { TableName: name });
    await api.client().send(new PutItemCommand({ TableName: name, Item: { pk: { S: 'a' } } }));
    await api.client().send(new DeleteTableCommand({ TableName: name }));
    await waitUntilTableNotExists(wait, { TableName: name });
    await api.client().send(make);
    await waitUntilTableExists(wait, { TableName: name });
    expect((await api.client().send(new ScanCommand({ TableName: name }))).Count).toBe(0);
  });

  test('limits are described', async () => {
    const limits = await api.client().send(new DescribeLimitsCommand({}));
    expect(limits.TableMaxWriteCapacityUnits).toBeGreaterThan(0);
  });

  test('is off, then on, and is not switched twice', async () => {
    const describeIt = new DescribeTimeToLiveCommand({ TableName });
    const off = await api.client().send(describeIt);
    expect(off.TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
    const on = new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    const switched = await api.client().send(on);
    expect(switched.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect((await api.client().send(describeIt)).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'ttl',
    });
    const error = await failure(api.client().send(on));
    expect([error.name, error.message]).toEqual([
      'ValidationException',
      'TimeToLive is already enabled',
    ]);
  });

  test('of a table that is not there', async () => {
    const error = await failure(
      api.client().send(new DescribeTimeToLiveCommand({ TableName: 'no-such' })),
    );
    expect(error.name).toBe('ResourceNotFoundException');
  });
}
