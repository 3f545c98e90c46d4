// Definitions in DynamoDB: one item a record, its value as JSON text, its version a number; a commit is one transaction.
import type {
  AttributeValue,
  GetItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, StoreUnavailableError } from '#shared/exchange/errors.ts';
import type {
  ResourceKey,
  ResourcePage,
  ResourceStore,
  StoredResource,
  Write,
} from '#shared/model/store.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';
import { DynamoDbAnswerError } from './dynamodb-calls.ts';
import { encodeWrites } from './writes.ts';

type Item = Record<string, AttributeValue>;

const NAMES = { '#version': 'version' } as const;
const CONTENTION_TRIES = 5;
const CONTENTION_MS = 20;

/** `ResourceStore` over one table with the keys `partition` and `sort`. */
export class DynamoDbResourceStore implements ResourceStore {
  readonly #connection: DynamoDbConnection;
  readonly #table: string;

  constructor(connection: DynamoDbConnection, table: string) {
    this.#connection = connection;
    this.#table = table;
  }

  async get<T>(key: ResourceKey): Promise<StoredResource<T> | undefined> {
    const input = { TableName: this.#table, Key: itemKey(key), ConsistentRead: true };
    const { Item: item } = await this.#connection.ask<GetItemCommandOutput>('GetItem', input);
    return item === undefined ? undefined : decode<T>(item);
  }

  async list<T>(
    partition: string,
    options: { prefix?: string; after?: string; limit?: number } = {},
  ): Promise<ResourcePage<T>> {
    const { limit = Infinity } = options;
    const items: StoredResource<T>[] = [];
    let input = this.#query(partition, options);
    while (input !== undefined) {
      const page: QueryCommandOutput = await this.#connection.ask('Query', input);
      for (const item of page.Items ?? []) items.push(decode<T>(item));
      input =
        page.LastEvaluatedKey === undefined || items.length > limit
          ? undefined
          : { ...input, ExclusiveStartKey: page.LastEvaluatedKey };
    }
    return pageOf(items, limit);
  }

  async commit(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const actions = encodeWrites(writes).map(({ write, text }) => this.#action(write, text));
    for (let turn = 1; ; turn++) {
      const outcome = await this.#transact(actions, writes);
      if (outcome === 'done') return;
      if (turn === CONTENTION_TRIES) throw new StoreUnavailableError('too much contention');
      await sleep(CONTENTION_MS * 2 ** turn * Math.random());
    }
  }

  /** `contended`: another transaction was at work on one of the items; nothing was written, trying again may do. */
  async #transact(
    actions: TransactWriteItem[],
    writes: readonly Write[],
  ): Promise<'done' | 'contended'> {
    // By its token a call that is sent again, since its answer was lost, is done once.
    const input = { TransactItems: actions, ClientRequestToken: randomUUID() };
    try {
      await this.#connection.ask('TransactWriteItems', input, ['TransactionCanceledException']);
      return 'done';
    } catch (error) {
      if (!(error instanceof DynamoDbAnswerError)) throw error;
      const codes = error.reasons.map(({ Code }) => Code);
      const failed = writes.filter((_, at) => codes[at] === 'ConditionalCheckFailed');
      if (failed.length > 0) throw conflict(failed, error);
      if (codes.includes('TransactionConflict')) return 'contended';
      throw new StoreUnavailableError(error.message, { cause: error });
    }
  }

  /** One record more than asked for tells whether there is a next page. */
  #query(
    partition: string,
    options: { prefix?: string; after?: string; limit?: number },
  ): QueryCommandInput | undefined {
    const { prefix = '', after, limit } = options;
    const place = after === undefined || after === '' ? -1 : placeOf(after, prefix);
    if (place > 0) return undefined;
    const startsInside = after !== undefined && place === 0;
    return {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: prefix === '' ? '#p = :p' : '#p = :p AND begins_with(#s, :prefix)',
      ExpressionAttributeNames:
        prefix === '' ? { '#p': 'partition' } : { '#p': 'partition', '#s': 'sort' },
      ExpressionAttributeValues: {
        ':p': { S: partition },
        ...(prefix === '' ? {} : { ':prefix': { S: prefix } }),
      },
      ...(startsInside ? { ExclusiveStartKey: itemKey({ partition, sort: after }) } : {}),
      ...(limit === undefined ? {} : { Limit: limit + 1 }),
    };
  }

  #action(write: Write, text: string): TransactWriteItem {
    const place = { TableName: this.#table, Key: itemKey(write.key) };
    const condition = conditionOf(write.expect);
    switch (write.op) {
      case 'check':
        return { ConditionCheck: { ...place, ...conditionOf(write.expect) } };
      case 'delete':
        return { Delete: { ...place, ...condition } };
      case 'put':
        return { Update: { ...place, ...update(text, condition) } };
    }
  }
}

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
}

function conditionOf(expect: number): Condition;
function conditionOf(expect: number | undefined): Condition | undefined;
function conditionOf(expect: number | undefined): Condition | undefined {
  if (expect === undefined) return undefined;
  if (expect === 0) {
    return {
      ConditionExpression: 'attribute_not_exists(#version)',
      ExpressionAttributeNames: NAMES,
    };
  }
  return {
    ConditionExpression: '#version = :expect',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ':expect': { N: String(expect) } },
  };
}

/** An update, not a put: only so can the version rise without having been read. */
function update(text: string, condition: Condition | undefined) {
  return {
    UpdateExpression: 'SET #value = :value ADD #version :one',
    ...(condition === undefined ? {} : { ConditionExpression: condition.ConditionExpression }),
    ExpressionAttributeNames: { ...NAMES, '#value': 'value' },
    ExpressionAttributeValues: {
      ':value': { S: text },
      ':one': { N: '1' },
      ...condition?.ExpressionAttributeValues,
    },
  };
}

function itemKey(key: ResourceKey): Item {
  return { partition: { S: key.partition }, sort: { S: key.sort } };
}

function decode<T>(item: Item): StoredResource<T> {
  const { partition, sort, value, version } = item;
  return {
    key: { partition: partition?.S ?? '', sort: sort?.S ?? '' },
    version: Number(version?.N),
    value: JSON.parse(value?.S ?? 'null') as T,
  };
}

function pageOf<T>(items: StoredResource<T>[], limit: number): ResourcePage<T> {
  if (items.length <= limit) return { items };
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return last === undefined ? { items: page } : { items: page, next: last.key.sort };
}

/** Where `after` lies seen from the keys with `prefix`: before (-1), among (0) or behind them (1), in byte order. */
function placeOf(after: string, prefix: string): number {
  return after.startsWith(prefix) ? 0 : Buffer.compare(Buffer.from(after), Buffer.from(prefix));
}

function conflict(failed: readonly Write[], cause: Error): ConflictError {
  const keys = failed.map(({ key }) => `${key.partition} / ${key.sort}`).join(', ');
  return new ConflictError(`somebody else has written ${keys}`, { cause });
}
