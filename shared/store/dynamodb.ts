// The store as the node has it: resources, connections and blobs in one DynamoDB, its tables made at start.
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { Service } from '#shared/model/services.ts';
import type { BlobStore, ConnectionStore, ResourceStore } from '#shared/model/store.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { BlobFolder } from './blob-folder.ts';
import { BlobOwners } from './blob-owners.ts';
import { DynamoDbBlobStore } from './dynamodb-blobs.ts';
import { DynamoDbConnection, type DynamoDbAddress } from './dynamodb-client.ts';
import { DynamoDbConnectionStore } from './dynamodb-connections.ts';
import { DynamoDbResourceStore } from './dynamodb-resources.ts';
import { ensureTables, tableNames } from './dynamodb-tables.ts';

/** Where the store is and what it is called. */
export interface DynamoDbStoreOptions extends DynamoDbAddress {
  /** Tables are `{tablePrefix}-resources` and `{tablePrefix}-connections`. */
  readonly tablePrefix: string;
  /** Folder for the node's own copies of blobs; absent: none are kept. */
  readonly blobFolder?: string;
  readonly logger: Logger;
}

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;

/** Use the ports after `start` has resolved; it resolves when the tables are there, however long that takes. */
export class DynamoDbStore implements Service {
  readonly name = 'store';
  readonly resources: ResourceStore;
  readonly connections: ConnectionStore;
  readonly blobs: BlobStore;
  readonly #connection: DynamoDbConnection;
  readonly #options: DynamoDbStoreOptions;
  readonly #stop = new AbortController();
  /** Why the tables are not there; `undefined` once they are. */
  #pending: string | undefined = 'the store is starting';

  constructor(options: DynamoDbStoreOptions) {
    const { tablePrefix, blobFolder, logger } = options;
    const tables = tableNames(tablePrefix);
    this.#options = options;
    this.#connection = new DynamoDbConnection(options);
    const folder = blobFolder === undefined ? undefined : new BlobFolder(blobFolder, logger);
    this.resources = new DynamoDbResourceStore(this.#connection, tables.resources);
    this.connections = new DynamoDbConnectionStore(this.#connection, tables.connections);
    const owners = new BlobOwners(this.resources);
    this.blobs = new DynamoDbBlobStore(this.#connection, {
      table: tables.resources,
      owners,
      folder,
    });
  }

  /** Why the store is not ready, for `/readyz`; `undefined` when it is. */
  get notReady(): string | undefined {
    return this.#connection.failure ?? this.#pending;
  }

  /** Tries until the tables are there; rejects only when `stop` was called meanwhile. */
  async start(): Promise<void> {
    const names = tableNames(this.#options.tablePrefix);
    const { signal } = this.#stop;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
      try {
        await ensureTables(this.#connection, names, signal);
        this.#pending = undefined;
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || signal.aborted) throw error;
        this.#pending = error.message;
        this.#options.logger.warn('the store is not there yet', { reason: error.message });
      }
      await sleep(wait, undefined, { signal });
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort(new StoreUnavailableError('the store was stopped'));
    this.#connection.close();
  }
}
