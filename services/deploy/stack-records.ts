// Records of stacks in the store: small states beside their lock, large ones as blobs, every write by version.
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { BlobStore, ResourceKey, ResourceStore } from '#shared/model/store.ts';
import { stacksOf } from '#shared/store/keys.ts';
import { noteRegion } from '#shared/store/regions.ts';
import type { StackState } from './state.ts';

/** A record holds at most 300 KB; a state over this goes to the blob store. */
const MAX_INLINE_BYTES = 200 * 1024;

interface Lock {
  readonly owner: string;
  readonly expiresAt: number;
}

interface StackRecord {
  readonly stack?: StackState;
  /** Hash of the state's JSON text, when it is too large for the record. */
  readonly blob?: string;
  readonly lock?: Lock;
}

/** A stack as it is read. */
export interface StoredStack {
  readonly version: number;
  readonly stack?: StackState;
  readonly lock?: Lock;
}

/** One write of a stack. */
export interface StackWrite {
  /** Version last read; 0 when there is no stack. */
  readonly expect: number;
  readonly owner: string;
  /** How long the owner's lock holds from now on; 0 unlocks. */
  readonly lockMs: number;
  /** Absent: the state stays as it is. */
  readonly stack?: StackState;
}

/** The stacks of all regions. Throws `ConflictError` when a version is not the newest, `ServiceError` 409 for a lock. */
export class StackRecords {
  readonly #store: ResourceStore;
  readonly #blobs: BlobStore;
  readonly #now: () => number;

  constructor(store: ResourceStore, blobs: BlobStore, now: () => number) {
    this.#store = store;
    this.#blobs = blobs;
    this.#now = now;
  }

  async get(region: string, name: string): Promise<StoredStack | undefined> {
    const found = await this.#store.get<StackRecord>(keyOf(region, name));
    if (found === undefined) return undefined;
    const { value, version } = found;
    const stack = value.stack ?? (await this.#unpacked(value.blob));
    return {
      version,
      ...(stack === undefined ? {} : { stack }),
      ...(value.lock === undefined ? {} : { lock: value.lock }),
    };
  }

  /** The states of a region's stacks; a stack that is only locked has none yet. */
  async list(region: string): Promise<StackState[]> {
    const { items } = await this.#store.list<StackRecord>(stacksOf(region));
    const states = await Promise.all(
      items.map(async ({ value }) => value.stack ?? this.#unpacked(value.blob)),
    );
    return states.filter((state) => state !== undefined);
  }

  /** Answers the new version. */
  async put(region: string, name: string, write: StackWrite): Promise<number> {
    const key = keyOf(region, name);
    const { expect, owner, lockMs, stack } = write;
    const present = await this.#readable(key, owner);
    const kept = { ...present };
    const state = stack === undefined ? kept : await this.#packed(stack, key);
    const lock = lockMs > 0 ? { lock: { owner, expiresAt: this.#now() + lockMs } } : {};
    const { stack: inline, blob } = state;
    const value: StackRecord = {
      ...(inline === undefined ? {} : { stack: inline }),
      ...(blob === undefined ? {} : { blob }),
      ...lock,
    };
    if (expect === 0) await noteRegion(this.#store, region);
    await this.#store.commit([{ op: 'put', key, value, expect }]);
    if (present.blob !== undefined && present.blob !== blob) await this.#blobs.delete(present.blob);
    return expect + 1;
  }

  async remove(
    region: string,
    name: string,
    { expect, owner }: Pick<StackWrite, 'expect' | 'owner'>,
  ): Promise<void> {
    const key = keyOf(region, name);
    const { blob } = await this.#readable(key, owner);
    await this.#store.commit([{ op: 'delete', key, expect }]);
    if (blob !== undefined) await this.#blobs.delete(blob);
  }

  /** The record, unless somebody else's lock holds. */
  async #readable(key: ResourceKey, owner: string): Promise<StackRecord> {
    const record = (await this.#store.get<StackRecord>(key))?.value ?? {};
    const { lock } = record;
    if (lock === undefined || lock.owner === owner || lock.expiresAt <= this.#now()) return record;
    const seconds = Math.ceil((lock.expiresAt - this.#now()) / 1000);
    throw new ServiceError(
      'ConflictException',
      409,
      `another deployment of ${key.sort} is running; its lock lapses in ${seconds} s`,
    );
  }

  async #packed(stack: StackState, key: ResourceKey): Promise<Pick<StackRecord, 'stack' | 'blob'>> {
    const text = Buffer.from(JSON.stringify(stack));
    return text.length <= MAX_INLINE_BYTES ? { stack } : { blob: await this.#blobs.put(text, key) };
  }

  async #unpacked(hash: string | undefined): Promise<StackState | undefined> {
    const bytes = hash === undefined ? undefined : await this.#blobs.get(hash);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as StackState);
  }
}

function keyOf(region: string, name: string): ResourceKey {
  return { partition: stacksOf(region), sort: name };
}
