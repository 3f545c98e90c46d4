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

/** Starts one, in a new folder unless `options` name one, which then stays. */
export async function startEmbeddedDynamoDb(
  options: Partial<EmbeddedDynamoDbOptions> = {},
): Promise<EmbeddedBackend> {
  const own = options.dataDir === undefined;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'postern-dynamodb-')));
  const database = new EmbeddedDynamoDb({
    region: 'us-east-1',
    accountId: '000000000000',
    clock: systemClock,
    logger: silentLogger,
    ...options,
    dataDir,
  });
  await database.start();
  return {
    database,
    url: database.url,
    stop: async () => {
      await database.stop();
      if (own) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
