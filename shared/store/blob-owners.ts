// Who names a blob: noted before it is stored, so that what nobody names any more is found without looking at all records.
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ResourceKey, ResourceStore, StoredResource } from '#shared/model/store.ts';
import { newRequestId } from '#shared/runtime/ids.ts';
import { BLOB_OWNERS, blobOwnerKey } from './keys.ts';

/** One storing of a blob, and the record that names it from then on. */
interface BlobOwner {
  readonly hash: string;
  readonly owner: ResourceKey;
  /** Epoch milliseconds of the wall clock. */
  readonly at: number;
}

type Note = StoredResource<BlobOwner>;

/** A blob that no record names, with the notes that say so. */
export interface UnusedBlob {
  readonly hash: string;
  readonly notes: readonly Note[];
}

/** The notes. A note's key is never used again, so one that is gone cannot be mistaken for a later one. */
export class BlobOwners {
  readonly #store: ResourceStore;
  readonly #now: () => number;

  constructor(store: ResourceStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** To be called before the blob is looked for: from then on it is not swept for a while. */
  async note(hash: string, owner: ResourceKey): Promise<void> {
    const value: BlobOwner = { hash, owner, at: this.#now() };
    const key = blobOwnerKey(hash, newRequestId());
    await this.#store.commit([{ op: 'put', key, value, expect: 0 }]);
  }

  /** Blobs whose notes are all older than `graceMs` and whose owners do not name them; superfluous notes go. */
  async *unused(graceMs: number): AsyncIterable<UnusedBlob> {
    const cutoff = this.#now() - graceMs;
    const { items } = await this.#store.list<BlobOwner>(BLOB_OWNERS);
    for (const [hash, notes] of Map.groupBy(items, ({ value }) => value.hash)) {
      if (notes.some(({ value }) => value.at >= cutoff)) continue;
      const [needed, stale] = await this.#sorted(notes);
      if (needed.length === 0) yield { hash, notes };
      else await this.forget(stale);
    }
  }

  /** Whether there are still no other notes of the blob than `notes`. */
  async isUnchanged({ hash, notes }: UnusedBlob): Promise<boolean> {
    const { items } = await this.#store.list(BLOB_OWNERS, { prefix: `${hash}#` });
    const known = new Set(notes.map(({ key }) => key.sort));
    return items.every(({ key }) => known.has(key.sort));
  }

  /** Removes notes; those that somebody else has removed are no error. */
  async forget(notes: readonly Note[]): Promise<void> {
    for (const { key, version } of notes) {
      try {
        await this.#store.commit([{ op: 'delete', key, expect: version }]);
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  /** One note for each owner that names the blob, and the others. */
  async #sorted(notes: readonly Note[]): Promise<[Note[], Note[]]> {
    const needed: Note[] = [];
    const stale: Note[] = [];
    const owners = Map.groupBy(notes, ({ value }) => JSON.stringify(value.owner));
    for (const [first, ...same] of owners.values()) {
      if (first === undefined) continue;
      const record = await this.#store.get(first.value.owner);
      const isNamed = JSON.stringify(record?.value ?? '').includes(first.value.hash);
      (isNamed ? needed : stale).push(first);
      stale.push(...same);
    }
    return [needed, stale];
  }
}
