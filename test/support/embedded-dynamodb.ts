// An embedded DynamoDB in a folder of its own, for tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDynamoDb, type EmbeddedDynamoDbOptions } from '#services/dynamodb/embedded.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import type { Backend } from './backends.ts';

/** A running database; `stop` ends it and removes its folder. */
export interface EmbeddedBackend extends Backend {
  readonly database: EmbeddedDynamoDb;
}

/** Starts one. */
export async function startEmbeddedDynamoDb(
  options: Partial<EmbeddedDynamoDbOptions> = {},
): Promise<EmbeddedBackend> {
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-dynamodb-'));
  const database = new EmbeddedDynamoDb({
    dataDir,
    region: 'us-east-1',
    accountId: '000000000000',
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
  await database.start();
  return {
    database,
    url: database.url,
    stop: async () => {
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
