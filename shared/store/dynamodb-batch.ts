// BatchWriteItem until nothing is left: what DynamoDB leaves unprocessed is sent again, later and later.
import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';

/** Most requests of one BatchWriteItem. */
export const BATCH_ITEMS = 25;

const TRIES = 8;
const RETRY_MS = 25;

/** Writes up to `BATCH_ITEMS` items of distinct keys; throws `StoreUnavailableError` when some are refused for seconds. */
export async function writeBatch(
  connection: DynamoDbConnection,
  table: string,
  requests: readonly WriteRequest[],
): Promise<void> {
  let left = [...requests];
  for (let turn = 0; turn < TRIES; turn++) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
    const output: BatchWriteItemCommandOutput = await connection.send((send) => send(command));
    left = output.UnprocessedItems?.[table] ?? [];
    if (left.length === 0) return;
    await sleep(RETRY_MS * 2 ** turn * (0.5 + Math.random() / 2));
  }
  throw new StoreUnavailableError(`DynamoDB at ${connection.place} left writes undone`);
}
