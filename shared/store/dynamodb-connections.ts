// Open connections in DynamoDB: partition `{node}#{shard}` and sort key both follow from the id, so nothing needs an index.
import type {
  AttributeValue,
  GetItemCommandOutput,
  QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type { ConnectionStore } from '#shared/model/store.ts';
import { isConnectionId, nodeOf } from '#shared/runtime/ids.ts';
import { BATCH_ITEMS, writeTexts } from './dynamodb-batch.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';
import { decodeConnection, encodeConnection } from './connection-item.ts';
import { WriteCoalescer } from './write-coalescer.ts';

type Item = Record<string, AttributeValue>;

/** One DynamoDB partition takes 1,000 writes a second, so each node has this many. */
const SHARDS = 16;
/** 2 ms gather a storm's writes and are not felt by one handshake. */
const BOUNDS = { items: BATCH_ITEMS, waitMs: 2, batchesInFlight: 8 } as const;

/** `ConnectionStore` over one table with the keys `partition` and `connectionId`. */
export class DynamoDbConnectionStore implements ConnectionStore {
  readonly #connection: DynamoDbConnection;
  readonly #table: string;
  /** Write requests as JSON. */
  readonly #writes: WriteCoalescer<string>;

  constructor(connection: DynamoDbConnection, table: string) {
    this.#connection = connection;
    this.#table = table;
    this.#writes = new WriteCoalescer((writes) => writeTexts(connection, table, writes), BOUNDS);
  }

  put(record: ConnectionRecord): Promise<void> {
    const item = { ...itemKey(record.id), ...encodeConnection(record) };
    return this.#writes.submit(record.id, `{"PutRequest":{"Item":${JSON.stringify(item)}}}`);
  }

  async delete(connectionId: string): Promise<void> {
    if (!isConnectionId(connectionId)) return;
    const key = JSON.stringify(itemKey(connectionId));
    await this.#writes.submit(connectionId, `{"DeleteRequest":{"Key":${key}}}`);
  }

  async get(connectionId: string): Promise<ConnectionRecord | undefined> {
    if (!isConnectionId(connectionId)) return undefined;
    const input = { TableName: this.#table, Key: itemKey(connectionId), ConsistentRead: true };
    const { Item: item } = await this.#connection.ask<GetItemCommandOutput>('GetItem', input);
    return item === undefined ? undefined : decodeConnection(item);
  }

  async *ofNode(nodeId: string): AsyncIterable<ConnectionRecord> {
    for (let shard = 0; shard < SHARDS; shard++) yield* this.#ofShard(partitionOf(nodeId, shard));
  }

  async *#ofShard(partition: string): AsyncIterable<ConnectionRecord> {
    let start: Item | undefined;
    do {
      const page: QueryCommandOutput = await this.#connection.ask('Query', {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#p = :p',
        ExpressionAttributeNames: { '#p': 'partition' },
        ExpressionAttributeValues: { ':p': { S: partition } },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      for (const item of page.Items ?? []) yield decodeConnection(item);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

function itemKey(connectionId: string): Item {
  const [random = 0] = Buffer.from(connectionId.slice(4, 8), 'base64url');
  return {
    partition: { S: partitionOf(nodeOf(connectionId), random % SHARDS) },
    connectionId: { S: connectionId },
  };
}

function partitionOf(nodeId: string, shard: number): string {
  return `${nodeId}#${shard.toString(16)}`;
}
