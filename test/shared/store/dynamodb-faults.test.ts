// The store over a DynamoDB that throttles, is contended, refuses or is away: retries, clear errors, and what /readyz says.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConflictError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type { Write } from '#shared/model/store.ts';
import { newConnectionId } from '#shared/runtime/ids.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { DynamoDbStore } from '#shared/store/dynamodb.ts';
import { startFakeDynamoDb, type FakeDynamoDb, type Told } from '../../support/fake-dynamodb.ts';

let fake: FakeDynamoDb;
let store: DynamoDbStore;

beforeEach(async () => {
  fake = await startFakeDynamoDb();
  store = new DynamoDbStore({
    endpoint: fake.url,
    region: 'us-east-1',
    tablePrefix: 'faults',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    logger: silentLogger,
  });
});
afterEach(async () => {
  await store.stop();
  await fake.close();
});

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';
const write: Write = { op: 'put', key: { partition: 'p', sort: 's' }, value: 1, expect: 0 };
const operations = (): string[] => fake.asked.map(({ operation }) => operation);

function record(): ConnectionRecord {
  return {
    id: newConnectionId('node'),
    apiId: 'a',
    stageName: 's',
    region: 'us-east-1',
    accountId: '0',
    nodeId: 'node',
    connectedAt: 1,
    sourceIp: '::1',
    domainName: 'd',
    expiresAt: 1,
  };
}

function cancelled(...codes: string[]): Told {
  const body = {
    __type: `${DYNAMODB}TransactionCanceledException`,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  };
  return { status: 400, body };
}

/** Answers in turn; the last one stays. */
function inTurn(...answers: Told[]): void {
  fake.answer = () => (answers.length > 1 ? answers.shift() : answers[0]) ?? { body: {} };
}

test('a failed condition is a conflict, and is not tried again', async () => {
  inTurn(cancelled('ConditionalCheckFailed'));
  await expect(store.resources.commit([write])).rejects.toThrow(ConflictError);
  expect(operations()).toEqual(['TransactWriteItems']);
  expect(store.notReady).toBe('the store is starting');
});

test('a contended commit is tried again until it is done', async () => {
  inTurn(cancelled('TransactionConflict'), cancelled('None', 'TransactionConflict'), { body: {} });
  await store.resources.commit([write]);
  expect(operations()).toHaveLength(3);
});

test('a commit that stays contended fails in the end', async () => {
  inTurn(cancelled('TransactionConflict'));
  await expect(store.resources.commit([write])).rejects.toThrow(StoreUnavailableError);
});

test('a commit cancelled for another reason tells it', async () => {
  inTurn(cancelled('ItemCollectionSizeLimitExceeded'));
  await expect(store.resources.commit([write])).rejects.toThrow(/ItemCollectionSizeLimitExceeded/);
});

test('what a batch leaves unprocessed is written again, and only that', async () => {
  const left = (): Told => {
    const [request] = fake.asked;
    const items = (request?.input['RequestItems'] ?? {}) as Record<string, unknown[]>;
    const [table = ''] = Object.keys(items);
    return { body: { UnprocessedItems: { [table]: items[table]?.slice(0, 1) } } };
  };
  let turn = 0;
  fake.answer = () => (turn++ === 0 ? left() : { body: { UnprocessedItems: {} } });
  await Promise.all([record(), record(), record()].map((one) => store.connections.put(one)));
  const sizes = fake.asked.map(
    ({ input }) =>
      (input['RequestItems'] as Record<string, unknown[]>)['faults-connections']?.length,
  );
  expect(sizes).toEqual([3, 1]);
});

test('a refusal is the one caller’s; the store stays ready', async () => {
  inTurn({ status: 400, body: { __type: `${DYNAMODB}AccessDeniedException`, message: 'no' } });
  const failed = store.resources.get(write.key);
  await expect(failed).rejects.toThrow(StoreUnavailableError);
  await expect(failed).rejects.toThrow(/AccessDeniedException: no/);
  expect(store.notReady).toBe('the store is starting');
});

test('an outage is told, with where; a good answer ends it', async () => {
  inTurn('hang-up');
  const failed = store.resources.get(write.key);
  await expect(failed).rejects.toThrow(StoreUnavailableError);
  await failed.catch((error: Error) => expect(error.cause).toBeInstanceOf(Error));
  expect(store.notReady).toContain(fake.url);
  inTurn({ body: {} });
  expect(await store.resources.get(write.key)).toBeUndefined();
  expect(store.notReady).not.toContain(fake.url);
});

test('one connection’s write that fails leaves the next one alone', async () => {
  inTurn({ status: 400, body: { __type: `${DYNAMODB}AccessDeniedException`, message: 'no' } });
  await expect(store.connections.put(record())).rejects.toThrow(StoreUnavailableError);
  inTurn({ body: { UnprocessedItems: {} } });
  await store.connections.put(record());
});

test('what keeps the store from starting is told, also when DynamoDB answers', async () => {
  inTurn({ status: 400, body: { __type: `${DYNAMODB}AccessDeniedException`, message: 'not you' } });
  const started = store.start();
  await expect.poll(() => store.notReady, { timeout: 8_000 }).toContain('not you');
  await store.stop();
  await expect(started).rejects.toThrow();
});
