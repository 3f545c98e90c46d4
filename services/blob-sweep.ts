// Sweeps what no record names any more from the store of large values: from time to time, one node after another.
import type { Service } from '#shared/model/services.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { SWEEP_KEY } from '#shared/store/keys.ts';

/** What a sweep works with. Times in milliseconds of the wall clock: nothing may move them. */
export interface BlobSweepDeps {
  readonly resources: ResourceStore;
  readonly blobs: Pick<BlobStore, 'sweep'>;
  readonly logger: Logger;
  /** Between looks of one node whether a sweep is due. */
  readonly everyMs?: number;
  readonly now?: () => number;
}

/** A record that names a blob follows its upload by far less than this, whatever node it is written by. */
const GRACE_MS = 3_600_000;
/** Between the sweeps of all nodes together. */
const PERIOD_MS = 6 * 3_600_000;
const LOOK_MS = 600_000;

/** The first look is some time after the start: a start is busy enough. */
export class BlobSweep implements Service {
  readonly name = 'blob-sweep';
  readonly #deps: BlobSweepDeps;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: BlobSweepDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => {
      this.#running ??= this.look().finally(() => (this.#running = undefined));
    }, this.#deps.everyMs ?? LOOK_MS).unref();
    await Promise.resolve();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Sweeps if it is due and nobody else is at it. Never rejects. */
  async look(): Promise<void> {
    const { blobs, logger } = this.#deps;
    try {
      if (!(await this.#isMine())) return;
      const swept = await blobs.sweep(GRACE_MS);
      if (swept > 0) logger.info('unused code, snapshots and truststores were deleted', { swept });
    } catch (error) {
      logger.warn('what nobody uses any more is not swept yet', { error });
    }
  }

  /** Whoever notes the time of the sweep first does it; one that is killed leaves it to the next period. */
  async #isMine(): Promise<boolean> {
    const { resources } = this.#deps;
    const last = await resources.get<{ readonly at: number }>(SWEEP_KEY);
    const now = this.#now();
    if (last !== undefined && last.value.at > now - PERIOD_MS) return false;
    const expect = last?.version ?? 0;
    try {
      await resources.commit([{ op: 'put', key: SWEEP_KEY, value: { at: now }, expect }]);
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }
}
