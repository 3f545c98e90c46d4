// The contracts of the store's ports over one DynamoDB, whichever it is.
import { afterAll, beforeAll, describe } from 'vitest';
import { silentLogger } from '#shared/runtime/logger.ts';
import { DynamoDbStore } from '#shared/store/dynamodb.ts';
import type { DynamoDbTransport } from '#shared/store/dynamodb-calls.ts';
import type { Backend } from '../support/backends.ts';
import { blobStoreContract } from './blob-store.ts';
import { connectionStoreContract } from './connection-store.ts';
import { resourceStoreContract } from './resource-store.ts';

/** A DynamoDB, and the way past HTTP to it if there is one. */
interface DynamoDbBackend extends Backend {
  readonly direct?: DynamoDbTransport;
}

/** Declares all contracts of the store against the DynamoDB that `begin` starts. */
export function dynamoDbStoreContract(begin: () => Promise<DynamoDbBackend>): void {
  let backend: DynamoDbBackend;
  let store: DynamoDbStore;

  beforeAll(async () => {
    backend = await begin();
    store = new DynamoDbStore({
      endpoint: backend.url,
      region: process.env['AWS_REGION'] ?? 'us-east-1',
      tablePrefix: `contract-${process.pid}-${Date.now()}`,
      credentials: { accessKeyId: 'contract', secretAccessKey: 'contract' },
      logger: silentLogger,
      ...(backend.direct && { direct: backend.direct }),
    });
    await store.start();
  });

  afterAll(async () => {
    await store.stop();
    await backend.stop();
  });

  describe('resources', () => resourceStoreContract(() => store.resources));
  describe('connections', () => connectionStoreContract(() => store.connections));
  describe('blobs', () =>
    blobStoreContract(
      () => store.blobs,
      () => store.resources,
    ));
}
