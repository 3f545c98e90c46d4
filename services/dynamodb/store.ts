// dynalite's view of the database: named parts of one key space, in or outside of a unit of work.
import { Readable } from 'node:stream';
import type { Disk, UnitOfWork } from './disk.ts';
import type {
  BatchOperation,
  Callback,
  DynaliteError,
  DynaliteOptions,
  DynaliteStore,
  Range,
  SubDatabase,
  Table,
} from './dynalite.ts';

/** Where tables say they are. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** DynamoDB's largest item. */
const MAX_ITEM_BYTES = 400 * 1024;

const OPTIONS: DynaliteOptions = {
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
  maxItemSize: MAX_ITEM_BYTES,
};

/** Prefixes of the parts of the key space; those of tables, items, indexes and tags are dynalite's own. */
export const tablePrefix = 'table~';
export const itemPrefix = (table: string): string => `item-${table}~`;
export const indexPrefix = (type: string, table: string, index: string): string =>
  `index-${type.toLowerCase()}~${table}~${index}~`;
export const tagPrefix = (table: string): string => `tag-${table}~`;
/** Key of a table's time to live. */
export const ttlKey = (table: string): string => `ttl~${table}`;
/** Key of the memory of a transaction's token. */
export const tokenKey = (token: string): string => `token~${token}`;

/** All keys with a prefix. */
export function prefixRange(prefix: string): Range {
  return { gte: prefix, lt: `${prefix}\u{10FFFF}` };
}

/** Reads and writes for one run of an action. */
export interface Access {
  get(key: string): string | undefined;
  write(operations: readonly BatchOperation[], callback: Callback): void;
}

/**
 * In a unit of work: reads see its writes, and every callback runs at once. dynalite finishes some changes of a
 * table's status after the answer (`setTimeout`); those become units of work of their own.
 */
export function unitAccess(disk: Disk, unit: UnitOfWork): Access & { end(): void } {
  let open = true;
  return {
    get: (key) => (open ? unit.get(key) : disk.get(key)),
    write: (operations, callback) => {
      if (open) {
        apply(unit, operations);
        callback(null);
      } else {
        disk.run((later) => apply(later, operations)).then(() => callback(null), callback);
      }
    },
    end: () => {
      open = false;
    },
  };
}

/** Reads only. */
export function readAccess(get: (key: string) => string | undefined): Access {
  return {
    get,
    write: () => {
      throw new Error('a reading operation tried to write');
    },
  };
}

/** The store that dynalite's actions get. */
export function dynaliteStore(disk: Disk, access: Access, place: Place): DynaliteStore {
  const part = (prefix: string): SubDatabase => subDatabase(disk, access, prefix);
  const tableDb = {
    ...part(tablePrefix),
    awsAccountId: place.accountId,
    awsRegion: place.region,
  };
  return {
    options: OPTIONS,
    tableDb,
    getItemDb: (table) => part(itemPrefix(table)),
    getIndexDb: (type, table, index) => part(indexPrefix(type, table, index)),
    getTagDb: (table) => part(tagPrefix(table)),
    getTable: (name, checkStatus, callback) => {
      const done = typeof checkStatus === 'function' ? checkStatus : callback;
      const table = findTable(access, name, checkStatus !== false);
      if (table instanceof Error) done?.(table);
      else done?.(null, table);
    },
  };
}

/** A table by name; an error as DynamoDB answers it when it is not there, or not `usable` yet or any more. */
export function findTable(
  access: Pick<Access, 'get'>,
  name: string,
  usable: boolean,
): Table | DynaliteError {
  const text = access.get(tablePrefix + name);
  const table = text === undefined ? undefined : (JSON.parse(text) as Table);
  const away = table?.TableStatus === 'CREATING' || table?.TableStatus === 'DELETING';
  if (table !== undefined && !(usable && away)) return table;
  const suffix = usable ? '' : `: Table: ${name} not found`;
  return Object.assign(new Error('not found'), {
    name: 'NotFoundError',
    statusCode: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      message: `Requested resource not found${suffix}`,
    },
  });
}

function apply(unit: UnitOfWork, operations: readonly BatchOperation[]): void {
  for (const { type, key, value } of operations) {
    if (type === 'del') unit.del(key);
    else unit.put(key, JSON.stringify(value));
  }
}

function subDatabase(disk: Disk, access: Access, prefix: string): SubDatabase {
  const write = (operations: BatchOperation[], callback: Callback): void =>
    access.write(
      operations.map((operation) => ({ ...operation, key: prefix + operation.key })),
      callback,
    );
  return {
    get: (key, callback) => {
      const text = access.get(prefix + key);
      callback(null, text === undefined ? undefined : (JSON.parse(text) as unknown));
    },
    put: (key, value, callback) => write([{ type: 'put', key, value }], callback),
    del: (key, callback) => write([{ type: 'del', key }], callback),
    batch: write,
    createKeyStream: (range) =>
      stream(disk, within(prefix, range), ([key]) => key.slice(prefix.length)),
    createValueStream: (range) =>
      stream(disk, within(prefix, range), ([, value]) => JSON.parse(value) as unknown),
    // Units of work never overlap, so there is nothing to lock.
    lock: (_key, run) => run((callback) => callback),
  };
}

function within(prefix: string, range: Range = {}): Range {
  const { gt, gte, lt, lte, ...rest } = range;
  const all = prefixRange(prefix);
  return {
    ...rest,
    ...(gt !== undefined ? { gt: prefix + gt } : { gte: prefix + (gte ?? '') }),
    ...(lte !== undefined
      ? { lte: prefix + lte }
      : { lt: lt !== undefined ? prefix + lt : (all.lt ?? '') }),
  };
}

function stream<T>(
  disk: Disk,
  range: Range,
  map: (entry: [string, string]) => T,
): NodeJS.ReadableStream {
  const pages = disk.pages(range);
  return new Readable({
    objectMode: true,
    read() {
      pages.next().then(
        ({ value, done }) => {
          if (done === true) this.push(null);
          else for (const entry of value) this.push(map(entry));
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      pages.return().then(() => callback(error), callback);
    },
  });
}
