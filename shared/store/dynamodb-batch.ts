// BatchWriteItem until nothing is left: what DynamoDB leaves unprocessed is sent again, later and later.
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';

/** Most requests of one BatchWriteItem. */
export const BATCH_ITEMS = 25;

const TRIES = 8;
const RETRY_MS = 25;
/** The answer of a batch that is done, as the embedded DynamoDB and AWS write it. */
const DONE = '{"UnprocessedItems":{}}';

/**
 * Writes up to `BATCH_ITEMS` items of distinct keys, each request as JSON; throws `StoreUnavailableError` when some are
 * refused for seconds.
 */
export async function writeTexts(
  connection: DynamoDbConnection,
  table: string,
  requests: readonly string[],
): Promise<void> {
  let left = requests;
  for (let turn = 0; turn < TRIES; turn++) {
    left = await unprocessed(connection, table, left);
    if (left.length === 0) return;
    await sleep(RETRY_MS * 2 ** turn * (0.5 + Math.random() / 2));
  }
  throw new StoreUnavailableError(`DynamoDB at ${connection.place} left writes undone`);
}

async function unprocessed(
  connection: DynamoDbConnection,
  table: string,
  requests: readonly string[],
): Promise<readonly string[]> {
  const body = `{"RequestItems":{${JSON.stringify(table)}:[${requests.join(',')}]}}`;
  const answer = await connection.call('BatchWriteItem', body);
  if (answer === DONE) return [];
  const { UnprocessedItems: items } = JSON.parse(answer) as Unprocessed;
  return (items?.[table] ?? []).map((request) => JSON.stringify(request));
}

interface Unprocessed {
  readonly UnprocessedItems?: Readonly<Record<string, readonly unknown[]>>;
}
