// Time for everything that a user may want to move: the system's clock, and one that tests can advance.

/** A timer that can be given up. */
export interface Timer {
  cancel(): void;
}

/** Source of time. Signatures and certificates use `Date.now()` instead: nothing may move those. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `callback` once after `ms`; does not keep the process alive. */
  after(ms: number, callback: () => void): Timer;
}

/** A clock that can be moved forward; timers that become due run in order during the move. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

/** The wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

interface Pending {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * A clock for `--test` and for unit tests: `base` plus what it was advanced by. With the wall clock as base, timers
 * also fire as real time passes; with a fixed base only `advance` moves it.
 */
export class TestClock implements MovableClock {
  #offset = 0;
  readonly #base: () => number;
  readonly #pending = new Set<Pending>();
  readonly #realTime: boolean;

  constructor(base: number | 'wall') {
    this.#realTime = base === 'wall';
    this.#base = base === 'wall' ? () => Date.now() : () => base;
  }

  now(): number {
    return this.#base() + this.#offset;
  }

  after(ms: number, callback: () => void): Timer {
    const entry: Pending = { due: this.now() + ms, callback };
    this.#pending.add(entry);
    const real = this.#realTime ? this.#startReal(entry, ms) : undefined;
    return {
      cancel: () => {
        this.#pending.delete(entry);
        clearTimeout(real);
      },
    };
  }

  advance(ms: number): void {
    const target = this.#offset + ms;
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.due > this.#base() + target) break;
      this.#offset = Math.min(target, Math.max(this.#offset, next.due - this.#base()));
      this.#run(next);
    }
    this.#offset = target;
  }

  #startReal(entry: Pending, ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#run(entry), ms).unref();
  }

  #run(entry: Pending): void {
    if (this.#pending.delete(entry)) entry.callback();
  }

  #earliest(): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (first === undefined || entry.due < first.due) first = entry;
    }
    return first;
  }
}
