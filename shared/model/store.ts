// Ports of the store: definitions, connections, large values and node leases. The only implementation for production is DynamoDB.
import type { ConnectionRecord } from './connection.ts';

/** Where a record lies. Partition and sort are plain text; `keys.ts` of the store writes them. */
export interface ResourceKey {
  readonly partition: string;
  readonly sort: string;
}

/** A record with its version; versions start at 1 and rise by 1 with every put. */
export interface StoredResource<T = unknown> {
  readonly key: ResourceKey;
  readonly version: number;
  readonly value: T;
}

/**
 * One write of a commit. `expect` is the version the caller has read: 0 means that nothing may be there;
 * absent means whatever is there. `value` must be JSON of at most 300 KB; larger values go through a `BlobStore`.
 */
export type Write =
  | {
      readonly op: 'put';
      readonly key: ResourceKey;
      readonly value: unknown;
      readonly expect?: number;
    }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly expect?: number }
  | { readonly op: 'check'; readonly key: ResourceKey; readonly expect: number };

/** A page of a list. */
export interface ResourcePage<T> {
  readonly items: readonly StoredResource<T>[];
  /** Sort key to pass as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Definitions, snapshots' heads, functions, leases. All reads are strongly consistent. */
export interface ResourceStore {
  get<T>(key: ResourceKey): Promise<StoredResource<T> | undefined>;
  /** Records of a partition in byte order of their sort keys; all of them when no `limit` is given. */
  list<T>(
    partition: string,
    options?: { readonly prefix?: string; readonly after?: string; readonly limit?: number },
  ): Promise<ResourcePage<T>>;
  /** All or nothing; at most 100 writes with distinct keys. Throws `ConflictError` when an expectation fails. */
  commit(writes: readonly Write[]): Promise<void>;
}

/** Open connections with their metadata. */
export interface ConnectionStore {
  /** Resolves when the record is durable. Writes are coalesced: the last of one key wins. */
  put(record: ConnectionRecord): Promise<void>;
  get(connectionId: string): Promise<ConnectionRecord | undefined>;
  /** Deleting what is not there is no error. */
  delete(connectionId: string): Promise<void>;
  ofNode(nodeId: string): AsyncIterable<ConnectionRecord>;
}

/** Large immutable values by the hash of their content, compressed and in parts. */
export interface BlobStore {
  /**
   * Lower-case hex SHA-256 of the bytes. Storing the same bytes again is cheap and no error. `owner` is the record that
   * will have the hash in its value: the blob stays for as long as it has.
   */
  put(bytes: Uint8Array, owner: ResourceKey): Promise<string>;
  get(hash: string): Promise<Buffer | undefined>;
  /** At once, whoever names it: for contents that nobody else can have. */
  delete(hash: string): Promise<void>;
  /**
   * Deletes what was last put more than `graceMs` ago and is named by none of its owners; answers how many. Several
   * nodes may sweep at once, and put the same bytes meanwhile, if a put's owner names it within `graceMs`.
   */
  sweep(graceMs: number): Promise<number>;
}

/** A node that is, or was, running on this data. */
export interface NodeLease {
  readonly nodeId: string;
  /** Epoch milliseconds (wall clock) at which it lapses unless renewed. */
  readonly expiresAt: number;
  readonly startedAt: number;
  readonly gateway: string;
}
