// Edits of a region's API keys and usage plans: each is one commit that also rewrites one record of the region, so edits never interleave.
import type { ControlContext } from '#shared/model/control.ts';
import type { Write } from '#shared/model/store.ts';
import type { UsageChanged } from '#shared/stage/usage/changes.ts';
import { usageEditKey } from '#shared/store/keys.ts';
import { MAX_WRITES } from '#shared/store/writes.ts';
import { announceUsage } from '../announcements.ts';
import type { ControlDeps } from '../deps.ts';
import { retried } from './api-edits.ts';
import { KeyedLock } from './keyed-lock.ts';

/** What an edit wants written, what the data plane is to be told, and what its caller gets. */
export interface UsageEdit<Result> {
  readonly writes: readonly Write[];
  readonly changed: readonly Omit<UsageChanged, 'region'>[];
  readonly result: Result;
}

/** Most writes of one edit's commit; one more is the region's own record. */
export const MOST_EDIT_WRITES = MAX_WRITES - 1;

/**
 * Edits of one account. Whatever an edit has read of its region's keys, plans and links still holds at its commit, on
 * any number of nodes; so a key is in one plan per stage and never in a plan that is gone.
 */
export class UsageEdits {
  readonly #deps: ControlDeps;
  readonly #lock = new KeyedLock();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
  }

  /**
   * Runs `change` in its turn, commits what it wants and waits until this node's data plane has taken it in. `change`
   * may run several times. 409 when other nodes keep being faster.
   */
  edit<Result>(
    { region }: ControlContext,
    change: () => Promise<UsageEdit<Result>>,
  ): Promise<Result> {
    return this.#lock.run(region, async () => {
      const { changed, result } = await retried(() => this.#attempt(region, change));
      for (const one of changed) await announceUsage(this.#deps, { ...one, region });
      return result;
    });
  }

  async #attempt<Result>(
    region: string,
    change: () => Promise<UsageEdit<Result>>,
  ): Promise<UsageEdit<Result>> {
    const { store } = this.#deps;
    const key = usageEditKey(region);
    const expect = (await store.get(key))?.version ?? 0;
    const edit = await change();
    if (edit.writes.length === 0) return edit;
    await store.commit([...edit.writes, { op: 'put', key, value: {}, expect }]);
    return edit;
  }
}
