// Runs by key: one at a time, and one waiting that later callers share.

/**
 * For work that reads the newest state and puts it somewhere. A call never shares a run that has already begun, so
 * what was written before the call is seen; calls that come while a run waits share that one.
 */
export class Lanes {
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  /** Resolves or rejects with the run that serves this call. */
  run(key: string, task: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key, task);
    // A failure of the earlier run is its own callers' news.
    const next = running
      .catch(() => undefined)
      .then(() => {
        this.#waiting.delete(key);
        return this.#start(key, task);
      });
    this.#waiting.set(key, next);
    return next;
  }

  #start(key: string, task: () => Promise<void>): Promise<void> {
    const run = task().finally(() => this.#running.delete(key));
    this.#running.set(key, run);
    return run;
  }
}
