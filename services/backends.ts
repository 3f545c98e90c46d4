// The back ends of a node as its configuration wants them: DynamoDB (embedded or elsewhere), the store on it, the bus.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { EmbeddedDynamoDb } from '#services/dynamodb/embedded.ts';
import { FolderLock } from '#services/dynamodb/folder-lock.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { RedisBus } from '#shared/bus/redis.ts';
import type { Bus } from '#shared/model/bus.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import type { UsageCounts } from '#shared/model/usage.ts';
import type { Lifecycle } from '#shared/runtime/lifecycle.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { DynamoDbStore } from '#shared/store/dynamodb.ts';
import { ownTableNames, type OwnTables } from '#shared/store/own-tables.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { RedisCounts } from '#shared/throttle/redis.ts';
import { RedisRateLimiter } from '#shared/throttle/redis-rate-limiter.ts';
import { RedisUsageCounts } from '#shared/throttle/redis-usage.ts';
import type { Config } from './config.ts';

/** What the node keeps its state in. */
export interface Backends {
  /** Where functions and tools find DynamoDB; absent: at AWS. */
  readonly dynamodbUrl: string | undefined;
  /** Whether that is the embedded one, which only this node can be using. */
  readonly embedded: boolean;
  /** The store's tables, which nobody else is to touch. */
  readonly own: OwnTables;
  readonly store: DynamoDbStore;
  readonly bus: Bus;
  /** Counts requests, for all nodes together where they share a Redis. */
  readonly limiter: RateLimiter;
  /** Counts uses of API keys for all nodes together; absent without a Redis. */
  readonly usageCounts?: UsageCounts;
  /** Resolves when the bus is there, however long that takes. */
  startBus(): Promise<void>;
  /** Why a back end is not ready, for `/readyz`. */
  notReady(): string[];
}

/** The embedded DynamoDB asks for keys as DynamoDB does, and takes any. */
const EMBEDDED_CREDENTIALS = { accessKeyId: 'postern', secretAccessKey: 'postern' };

/** Takes the data folder and starts the embedded DynamoDB if one is wanted. The store is not started yet. */
export async function openBackends(
  config: Config,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly life: Lifecycle },
): Promise<Backends> {
  const { life, logger } = deps;
  await life.start(folderLock(config.data));
  const own = { names: ownTableNames(config.tablePrefix), token: randomBytes(32).toString('hex') };
  const database = config.dynamodb === undefined ? embeddedOf(config, { ...deps, own }) : undefined;
  if (database !== undefined) await life.start(database);
  const dynamodbUrl = database?.url ?? config.dynamodb;
  const store = new DynamoDbStore({
    region: config.region,
    tablePrefix: config.tablePrefix,
    blobFolder: join(config.data, 'blobs'),
    logger: logger.child('store'),
    ...(dynamodbUrl === undefined ? {} : { endpoint: dynamodbUrl }),
    ...(database === undefined
      ? {}
      : {
          credentials: { ...EMBEDDED_CREDENTIALS, sessionToken: own.token },
          direct: database,
        }),
  });
  const bus = busOf(config, logger);
  // Its sockets are open from now on, also when the node never comes to waiting for them.
  await life.start({
    name: 'bus connection',
    start: () => Promise.resolve(),
    stop: () => bus.close(),
  });
  const counts = countsOf(config, logger);
  if (counts !== undefined) await life.start(counts);
  const redis = bus instanceof RedisBus ? bus : undefined;
  return {
    dynamodbUrl,
    embedded: database !== undefined,
    own,
    store,
    bus,
    limiter:
      counts === undefined
        ? new MemoryRateLimiter(deps.clock)
        : new RedisRateLimiter(counts, deps.clock),
    ...(counts && { usageCounts: new RedisUsageCounts(counts) }),
    startBus: async () => redis?.start(),
    notReady: () =>
      [database?.notReady, store.notReady, redis?.notReady].filter(
        (reason) => reason !== undefined,
      ),
  };
}

/** The data folder's lock as the first service: the last to be let go. */
function folderLock(folder: string) {
  let lock: FolderLock | undefined;
  return {
    name: 'data folder',
    start: async () => {
      lock = await FolderLock.acquire(folder);
    },
    stop: async () => lock?.release(),
  };
}

function embeddedOf(
  config: Config,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly own: OwnTables },
): EmbeddedDynamoDb {
  const { clock, logger, own } = deps;
  return new EmbeddedDynamoDb({
    dataDir: config.data,
    region: config.region,
    accountId: config.account,
    ...{ clock, own },
    logger: logger.child('dynamodb'),
  });
}

function busOf({ redis, tablePrefix }: Config, logger: Logger): MemoryBus | RedisBus {
  const log = logger.child('bus');
  return redis === undefined
    ? new MemoryBus(new MemoryHub(), log)
    : new RedisBus({ url: redis, prefix: tablePrefix, logger: log });
}

function countsOf({ redis, tablePrefix }: Config, logger: Logger): RedisCounts | undefined {
  if (redis === undefined) return undefined;
  return new RedisCounts({ url: redis, prefix: tablePrefix, logger: logger.child('counts') });
}
