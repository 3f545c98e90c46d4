// Edits of an api's definitions: each is one commit that also rewrites the api's own record, so edits of one api never interleave.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord } from '#shared/model/records.ts';
import type { ResourceStore, StoredResource, Write } from '#shared/model/store.ts';
import { apiKey } from '#shared/store/keys.ts';
import { MAX_VALUE_BYTES } from '#shared/store/writes.ts';
import { badRequest, concurrentModification, unknownId } from '../faults.ts';
import { KeyedLock } from './keyed-lock.ts';

/** What an edit wants written and what its caller gets. */
export interface Edit<Result> {
  readonly writes: readonly Write[];
  readonly result: Result;
  /** The api's record as it shall be; absent leaves it as it is. */
  readonly api?: ApiRecord;
  /** The api's record goes away with this commit. */
  readonly removed?: boolean;
}

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 10;

/**
 * Reads and edits apis of one account. Every edit expects the version of the api's record which it has read and writes
 * that record again: whatever an edit has read of the api's parts (names, references, counts) still holds at its
 * commit, on any number of nodes. Within a node edits of one api wait for each other; between nodes they are retried.
 */
export class ApiEdits {
  readonly #store: ResourceStore;
  readonly #lock = new KeyedLock();

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  /** The api of the request's region; 404 when there is none. */
  async api(context: ControlContext, apiId: string): Promise<StoredResource<ApiRecord>> {
    const found = await this.#store.get<ApiRecord>(apiKey(context.region, apiId));
    if (found === undefined) throw unknownId('API', apiId);
    return found;
  }

  /** Runs `change` on the newest api in its turn and commits what it wants. `change` may run several times. */
  edit<Result>(
    context: ControlContext,
    apiId: string,
    change: (api: ApiRecord) => Promise<Edit<Result>>,
  ): Promise<Result> {
    return this.#lock.run(apiId, () => this.attempt(context, apiId, change));
  }

  /** Runs `work` in the api's turn; edits inside it go through `attempt`. */
  exclusively<Result>(apiId: string, work: () => Promise<Result>): Promise<Result> {
    return this.#lock.run(apiId, work);
  }

  /**
   * As `edit`, by a caller whose turn it is; `change` also learns the version that the api's record will have. 409 when
   * other nodes keep being faster.
   */
  async attempt<Result>(
    context: ControlContext,
    apiId: string,
    change: (api: ApiRecord, nextVersion: number) => Promise<Edit<Result>>,
  ): Promise<Result> {
    return retried(async () => {
      const head = await this.api(context, apiId);
      const edit = await change(head.value, head.version + 1);
      if (!changes(edit)) return edit.result;
      const writes = [...edit.writes, headWrite(head, edit)];
      writes.forEach(refuseTooLarge);
      await this.#store.commit(writes);
      return edit.result;
    });
  }
}

/** Repeats `work` with growing waits while its commit meets other writers; then 409. */
export async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt === ATTEMPTS) throw concurrentModification();
    }
    await sleep(Math.random() * FIRST_WAIT_MS * 2 ** attempt);
  }
}

/** Templates and schemas have bounds of their own, but an item may have many of them. */
function refuseTooLarge(write: Write): void {
  if (write.op !== 'put') return;
  if (Buffer.byteLength(JSON.stringify(write.value)) <= MAX_VALUE_BYTES) return;
  throw badRequest(`A resource with all its members may have at most ${MAX_VALUE_BYTES} bytes`);
}

function changes(edit: Edit<unknown>): boolean {
  return edit.writes.length > 0 || edit.api !== undefined || edit.removed === true;
}

function headWrite(head: StoredResource<ApiRecord>, edit: Edit<unknown>): Write {
  if (edit.removed === true) return { op: 'delete', key: head.key, expect: head.version };
  return { op: 'put', key: head.key, value: edit.api ?? head.value, expect: head.version };
}
