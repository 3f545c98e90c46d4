// The store's ports in memory, for unit tests; passes the same contract suites as DynamoDB.
import { createHash } from 'node:crypto';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type {
  BlobStore,
  ConnectionStore,
  ResourceKey,
  ResourcePage,
  ResourceStore,
  StoredResource,
  Write,
} from '#shared/model/store.ts';
import { BlobOwners } from '#shared/store/blob-owners.ts';
import { encodeWrites } from '#shared/store/writes.ts';

interface Row {
  readonly key: ResourceKey;
  readonly version: number;
  readonly text: string;
}

/** Resources in maps; values go through JSON text, so no caller shares objects with another. */
export class MemoryResourceStore implements ResourceStore {
  readonly #partitions = new Map<string, Map<string, Row>>();

  async get<T>(key: ResourceKey): Promise<StoredResource<T> | undefined> {
    const row = this.#row(key);
    return row === undefined ? undefined : stored(row);
  }

  async list<T>(
    partition: string,
    options: { prefix?: string; after?: string; limit?: number } = {},
  ): Promise<ResourcePage<T>> {
    const { prefix = '', after, limit = Infinity } = options;
    const rows = [...(this.#partitions.get(partition)?.values() ?? [])]
      .filter(({ key }) => key.sort.startsWith(prefix))
      .filter(({ key }) => after === undefined || compareBytes(key.sort, after) > 0)
      .sort((a, b) => compareBytes(a.key.sort, b.key.sort));
    const items = rows.slice(0, limit).map((row) => stored<T>(row));
    const last = items.at(-1);
    return rows.length > items.length && last !== undefined
      ? { items, next: last.key.sort }
      : { items };
  }

  async commit(writes: readonly Write[]): Promise<void> {
    const encoded = encodeWrites(writes);
    for (const write of writes) this.#check(write);
    for (const { write, text } of encoded) this.#apply(write, text);
  }

  #check({ key, expect }: Write): void {
    const version = this.#row(key)?.version ?? 0;
    if (expect === undefined || expect === version) return;
    throw new ConflictError(`${key.partition} / ${key.sort} has version ${version}, not ${expect}`);
  }

  #apply(write: Write, text: string): void {
    const { key, op } = write;
    if (op === 'check') return;
    const rows = this.#partitions.get(key.partition) ?? new Map<string, Row>();
    this.#partitions.set(key.partition, rows);
    if (op === 'delete') rows.delete(key.sort);
    else rows.set(key.sort, { key, text, version: (rows.get(key.sort)?.version ?? 0) + 1 });
  }

  #row(key: ResourceKey): Row | undefined {
    return this.#partitions.get(key.partition)?.get(key.sort);
  }
}

/** Connections in a map. */
export class MemoryConnectionStore implements ConnectionStore {
  readonly #records = new Map<string, ConnectionRecord>();

  async put(record: ConnectionRecord): Promise<void> {
    this.#records.set(record.id, structuredClone(record));
  }

  async get(connectionId: string): Promise<ConnectionRecord | undefined> {
    return structuredClone(this.#records.get(connectionId));
  }

  async delete(connectionId: string): Promise<void> {
    this.#records.delete(connectionId);
  }

  async *ofNode(nodeId: string): AsyncIterable<ConnectionRecord> {
    for (const record of [...this.#records.values()]) {
      if (record.nodeId === nodeId) yield structuredClone(record);
    }
  }
}

const NOBODY: ResourceKey = { partition: 'nobody', sort: 'nothing' };

/** Blobs in a map; owners are looked for in `resources`. */
export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Buffer>();
  readonly #owners: BlobOwners;

  constructor(resources: ResourceStore = new MemoryResourceStore(), now?: () => number) {
    this.#owners = new BlobOwners(resources, now);
  }

  async put(bytes: Uint8Array, owner: ResourceKey = NOBODY): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    await this.#owners.note(hash, owner);
    this.#blobs.set(hash, Buffer.from(bytes));
    return hash;
  }

  async get(hash: string): Promise<Buffer | undefined> {
    const bytes = this.#blobs.get(hash);
    return bytes === undefined ? undefined : Buffer.from(bytes);
  }

  async delete(hash: string): Promise<void> {
    this.#blobs.delete(hash);
  }

  async sweep(graceMs: number): Promise<number> {
    let count = 0;
    for await (const unused of this.#owners.unused(graceMs)) {
      const bytes = this.#blobs.get(unused.hash);
      this.#blobs.delete(unused.hash);
      if (await this.#owners.isUnchanged(unused)) {
        await this.#owners.forget(unused.notes);
        count++;
      } else if (bytes !== undefined) this.#blobs.set(unused.hash, bytes);
    }
    return count;
  }
}

function stored<T>({ key, version, text }: Row): StoredResource<T> {
  return { key, version, value: JSON.parse(text) as T };
}

/** DynamoDB orders sort keys by their UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
