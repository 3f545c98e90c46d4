// Large values in DynamoDB: gzip, in parts, under the hash of their content; a head written last makes them whole.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { BlobStore } from '#shared/model/store.ts';
import type { BlobFolder } from './blob-folder.ts';
import { BATCH_ITEMS, writeTexts } from './dynamodb-batch.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';

/** Attributes of a blob's items as the wire has them; `B` is base64. */
type Item = Readonly<Record<string, { readonly [kind in 'S' | 'N' | 'B']?: string }>>;

/** DynamoDB items end at 400 KB; a part stays well below. */
const PART_BYTES = 300 * 1024;
const HEAD = 'head';

/** `BlobStore` in the resource table (partition `blob#{hash}`), with a copy of what was used in `folder`. */
export class DynamoDbBlobStore implements BlobStore {
  readonly #connection: DynamoDbConnection;
  readonly #table: string;
  readonly #folder: BlobFolder | undefined;

  constructor(connection: DynamoDbConnection, table: string, folder?: BlobFolder) {
    this.#connection = connection;
    this.#table = table;
    this.#folder = folder;
  }

  async put(bytes: Uint8Array): Promise<string> {
    const hash = hashOf(bytes);
    if ((await this.#head(hash)) === undefined) await this.#upload(hash, bytes);
    await this.#folder?.write(hash, bytes);
    return hash;
  }

  async get(hash: string): Promise<Buffer | undefined> {
    const local = await this.#folder?.read(hash);
    if (local !== undefined && hashOf(local) === hash) return local;
    const bytes = await this.#download(hash);
    if (bytes !== undefined) await this.#folder?.write(hash, bytes);
    return bytes;
  }

  /** The head goes first, so that half a blob is never taken for a whole one. */
  async delete(hash: string): Promise<void> {
    const parts = await this.#head(hash);
    await this.#folder?.remove(hash);
    if (parts === undefined) return;
    await this.#write([{ DeleteRequest: { Key: itemKey(hash, HEAD) } }]);
    const names = Array.from({ length: parts }, (_, at) => partName(at));
    await this.#write(names.map((name) => ({ DeleteRequest: { Key: itemKey(hash, name) } })));
  }

  async #upload(hash: string, bytes: Uint8Array): Promise<void> {
    const packed = await promisify(gzip)(bytes);
    const parts = Math.ceil(packed.length / PART_BYTES);
    const requests = Array.from({ length: parts }, (_, at) => {
      const part = packed.subarray(at * PART_BYTES, (at + 1) * PART_BYTES);
      return {
        PutRequest: {
          Item: { ...itemKey(hash, partName(at)), bytes: { B: part.toString('base64') } },
        },
      };
    });
    await this.#write(requests);
    const head = {
      ...itemKey(hash, HEAD),
      parts: { N: String(parts) },
      size: { N: String(bytes.length) },
    };
    await this.#connection.ask('PutItem', { TableName: this.#table, Item: head });
  }

  async #download(hash: string): Promise<Buffer | undefined> {
    const count = await this.#head(hash);
    if (count === undefined) return undefined;
    const parts = await this.#parts(hash);
    if (parts.length !== count) throw damaged(hash, `${parts.length} of ${count} parts`);
    const bytes = await unpack(hash, Buffer.concat(parts));
    if (hashOf(bytes) !== hash) throw damaged(hash, 'other content');
    return bytes;
  }

  /** Number of parts of a whole blob. */
  async #head(hash: string): Promise<number | undefined> {
    const input = { TableName: this.#table, Key: itemKey(hash, HEAD), ConsistentRead: true };
    const { Item: item } = await this.#connection.ask<{ readonly Item?: Item }>('GetItem', input);
    return item === undefined ? undefined : Number(item['parts']?.N);
  }

  async #parts(hash: string): Promise<Buffer[]> {
    const parts: Buffer[] = [];
    let start: Item | undefined;
    do {
      const page: Page = await this.#connection.ask('Query', {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#p = :p AND begins_with(#s, :part)',
        ExpressionAttributeNames: { '#p': 'partition', '#s': 'sort' },
        ExpressionAttributeValues: { ':p': { S: partitionOf(hash) }, ':part': { S: 'part#' } },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      for (const { bytes } of page.Items ?? []) parts.push(Buffer.from(bytes?.B ?? '', 'base64'));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return parts;
  }

  async #write(requests: readonly object[]): Promise<void> {
    for (let at = 0; at < requests.length; at += BATCH_ITEMS) {
      const texts = requests.slice(at, at + BATCH_ITEMS).map((request) => JSON.stringify(request));
      await writeTexts(this.#connection, this.#table, texts);
    }
  }
}

interface Page {
  readonly Items?: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function partitionOf(hash: string): string {
  return `blob#${hash}`;
}

function itemKey(hash: string, sort: string): Item {
  return { partition: { S: partitionOf(hash) }, sort: { S: sort } };
}

/** Part names sort as their numbers do, up to 2.9 GB. */
function partName(at: number): string {
  return `part#${String(at).padStart(4, '0')}`;
}

async function unpack(hash: string, packed: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed);
  } catch (error) {
    throw damaged(hash, 'no gzip', error);
  }
}

function damaged(hash: string, what: string, cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError(`blob ${hash} is damaged: ${what}`, { cause });
}
