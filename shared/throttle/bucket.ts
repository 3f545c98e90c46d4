// A token bucket kept as one moment: when it will be full again (the "generic cell rate algorithm").
import type { Rate } from '#shared/model/throttle.ts';

/** Milliseconds by which sums of fractions may be wrong. */
const ROUNDING_MS = 1e-6;

/** One bucket, full when made. */
export class TokenBucket {
  /** Epoch milliseconds at which it will be full. */
  #fullAt = 0;
  /** Milliseconds in which one token comes back, at the rate of the last use. */
  #interval = 0;

  /** Takes one token at the moment `now`; false when there is none. Rates are above 0 and finite. */
  take(now: number, { rate, burst }: Rate): boolean {
    const interval = 1000 / rate;
    if (interval !== this.#interval) this.#change(now, interval);
    // No more can be missing than there is room for: a burst may have become smaller.
    const fullAt = Math.min(Math.max(this.#fullAt, now), now + burst * interval);
    const free = fullAt - now <= interval * (burst - 1) + ROUNDING_MS;
    this.#fullAt = free ? fullAt + interval : fullAt;
    return free;
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }

  /** At another rate as many tokens are missing as before. */
  #change(now: number, interval: number): void {
    const missing = this.#interval === 0 ? 0 : Math.max(this.#fullAt - now, 0) / this.#interval;
    this.#fullAt = now + missing * interval;
    this.#interval = interval;
  }
}
