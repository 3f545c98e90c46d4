// A process of its own that runs an embedded DynamoDB in the folder it is given, so that a test can kill it.
import { EmbeddedDynamoDb } from '#services/dynamodb/embedded.ts';
import { FolderLock } from '#services/dynamodb/folder-lock.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';

const [, , dataDir = ''] = process.argv;
await FolderLock.acquire(dataDir);
const database = new EmbeddedDynamoDb({
  dataDir,
  region: 'us-east-1',
  accountId: '000000000000',
  clock: systemClock,
  logger: silentLogger,
});
await database.start();
process.stdout.write(`${database.url}\n`);
