// Large values in DynamoDB: gzip, in parts, under the hash of their content; a head written last makes them whole.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { BlobStore, ResourceKey } from '#shared/model/store.ts';
import { newRequestId } from '#shared/runtime/ids.ts';
import type { BlobFolder } from './blob-folder.ts';
import type { BlobOwners, UnusedBlob } from './blob-owners.ts';
import { BATCH_ITEMS, writeTexts } from './dynamodb-batch.ts';
import type { DynamoDbConnection } from './dynamodb-client.ts';

/** Attributes of a blob's items as the wire has them; `B` is base64. */
type Item = Readonly<Record<string, { readonly [kind in 'S' | 'N' | 'B']?: string }>>;

/** What makes the parts of one upload whole. */
interface Head {
  /** Names the upload: parts of another one are none of this blob's. */
  readonly upload: string;
  readonly parts: number;
  /** A sweep is about to delete it: who puts the same bytes uploads them anew. */
  readonly doomed: boolean;
}

/** DynamoDB items end at 400 KB; a part stays well below. */
const PART_BYTES = 300 * 1024;
const HEAD = 'head';
const PART = 'part#';

/** What the blobs stand on. */
export interface DynamoDbBlobOptions {
  readonly table: string;
  readonly owners: BlobOwners;
  /** Keeps a copy of what was used. */
  readonly folder: BlobFolder | undefined;
}

/** `BlobStore` in the resource table (partition `blob#{hash}`). */
export class DynamoDbBlobStore implements BlobStore {
  readonly #connection: DynamoDbConnection;
  readonly #table: string;
  readonly #owners: BlobOwners;
  readonly #folder: BlobFolder | undefined;

  constructor(connection: DynamoDbConnection, { table, owners, folder }: DynamoDbBlobOptions) {
    this.#connection = connection;
    this.#table = table;
    this.#owners = owners;
    this.#folder = folder;
  }

  /** The note comes before the look at the head, as a sweep dooms the head before it looks at the notes again. */
  async put(bytes: Uint8Array, owner: ResourceKey): Promise<string> {
    const hash = hashOf(bytes);
    await this.#owners.note(hash, owner);
    const head = await this.#head(hash);
    if (head === undefined || head.doomed) await this.#upload(hash, bytes);
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
    await this.#folder?.remove(hash);
    await this.#write([{ DeleteRequest: { Key: itemKey(hash, HEAD) } }]);
    await this.#deleteParts(hash, await this.#partNames(hash));
  }

  async sweep(graceMs: number): Promise<number> {
    let count = 0;
    for await (const unused of this.#owners.unused(graceMs)) {
      if (await this.#sweepOne(unused)) count++;
    }
    await this.#folder?.sweep(graceMs, async (hash) => (await this.#head(hash)) !== undefined);
    return count;
  }

  /** Whoever puts the same bytes meanwhile sees a doomed head and uploads anew, or is seen by its note. */
  async #sweepOne(unused: UnusedBlob): Promise<boolean> {
    const { hash, notes } = unused;
    const names = await this.#partNames(hash);
    const head = await this.#head(hash);
    if (head !== undefined && !(await this.#replaceHead(hash, head, true))) return false;
    if (!(await this.#owners.isUnchanged(unused))) {
      if (head !== undefined) await this.#replaceHead(hash, head, false);
      return false;
    }
    if (head !== undefined) await this.#deleteHead(hash, head);
    await this.#deleteParts(hash, names);
    await this.#folder?.remove(hash);
    await this.#owners.forget(notes);
    return true;
  }

  /** Dooms or pardons a head; false when another upload has taken its place. */
  #replaceHead(hash: string, head: Head, doomed: boolean): Promise<boolean> {
    const Item = headItem(hash, { ...head, doomed });
    return this.#ifSame('PutItem', head, { Item });
  }

  #deleteHead(hash: string, head: Head): Promise<boolean> {
    return this.#ifSame('DeleteItem', head, { Key: itemKey(hash, HEAD) });
  }

  async #ifSame(operation: string, { upload }: Head, input: object): Promise<boolean> {
    try {
      await this.#connection.ask(
        operation,
        {
          ...{ TableName: this.#table, ...input },
          ConditionExpression: '#u = :u',
          ExpressionAttributeNames: { '#u': 'upload' },
          ExpressionAttributeValues: { ':u': { S: upload } },
        },
        ['ConditionalCheckFailedException'],
      );
      return true;
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      return false;
    }
  }

  #deleteParts(hash: string, names: readonly string[]): Promise<void> {
    return this.#write(names.map((name) => ({ DeleteRequest: { Key: itemKey(hash, name) } })));
  }

  async #upload(hash: string, bytes: Uint8Array): Promise<void> {
    const packed = await promisify(gzip)(bytes);
    const upload = newRequestId();
    const parts = Math.ceil(packed.length / PART_BYTES);
    const requests = Array.from({ length: parts }, (_, at) => {
      const part = packed.subarray(at * PART_BYTES, (at + 1) * PART_BYTES);
      return {
        PutRequest: {
          Item: { ...itemKey(hash, partName(upload, at)), bytes: { B: part.toString('base64') } },
        },
      };
    });
    await this.#write(requests);
    const Item = headItem(hash, { upload, parts, doomed: false });
    await this.#connection.ask('PutItem', { TableName: this.#table, Item });
  }

  async #download(hash: string): Promise<Buffer | undefined> {
    const head = await this.#head(hash);
    if (head === undefined) return undefined;
    const items = await this.#parts(hash, head.upload);
    const parts = items.map(({ bytes }) => Buffer.from(bytes?.B ?? '', 'base64'));
    if (parts.length !== head.parts) throw damaged(hash, `${parts.length} of ${head.parts} parts`);
    const bytes = await unpack(hash, Buffer.concat(parts));
    if (hashOf(bytes) !== hash) throw damaged(hash, 'other content');
    return bytes;
  }

  /** Of a whole blob only. */
  async #head(hash: string): Promise<Head | undefined> {
    const input = { TableName: this.#table, Key: itemKey(hash, HEAD), ConsistentRead: true };
    const { Item: item } = await this.#connection.ask<{ readonly Item?: Item }>('GetItem', input);
    if (item === undefined) return undefined;
    const { upload, parts, doomed } = item;
    return { upload: upload?.S ?? '', parts: Number(parts?.N), doomed: doomed !== undefined };
  }

  /** Of all uploads, whole or not. */
  async #partNames(hash: string): Promise<string[]> {
    return (await this.#parts(hash)).map(({ sort }) => sort?.S ?? '');
  }

  /** The parts of one upload; without one the names of all. */
  async #parts(hash: string, upload?: string): Promise<Item[]> {
    const parts: Item[] = [];
    const prefix = upload === undefined ? PART : partsPrefix(upload);
    let start: Item | undefined;
    do {
      const page: Page = await this.#connection.ask('Query', {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#p = :p AND begins_with(#s, :part)',
        ExpressionAttributeNames: { '#p': 'partition', '#s': 'sort' },
        ExpressionAttributeValues: { ':p': { S: partitionOf(hash) }, ':part': { S: prefix } },
        ...(upload === undefined ? { ProjectionExpression: '#s' } : {}),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      parts.push(...(page.Items ?? []));
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

function headItem(hash: string, { upload, parts, doomed }: Head): Item {
  return {
    ...itemKey(hash, HEAD),
    ...{ upload: { S: upload }, parts: { N: String(parts) } },
    ...(doomed && { doomed: { S: 'yes' } }),
  };
}

function partsPrefix(upload: string): string {
  return `${PART}${upload}#`;
}

/** Part names sort as their numbers do, up to 2.9 GB. */
function partName(upload: string, at: number): string {
  return `${partsPrefix(upload)}${String(at).padStart(4, '0')}`;
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
