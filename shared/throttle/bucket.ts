// A token bucket: how many tokens are missing, and since when.
import type { Rate } from '#shared/model/throttle.ts';

/** Tokens by which sums of fractions may be wrong. */
const ROUNDING = 1e-9;

/**
 * One bucket, full when made. It counts tokens, not the moment of the last one: epoch milliseconds are no finer than a
 * quarter of a microsecond, which at 10,000 tokens a second adds up to one in a thousand.
 */
export class TokenBucket {
  /** Tokens missing at `#at`; they come back at `#rate`. */
  #missing = 0;
  #at = 0;
  #rate = 0;

  /** Takes one token at the moment `now`; false when there is none. Rates are above 0 and finite. */
  take(now: number, { rate, burst }: Rate): boolean {
    // No more can be missing than there is room for: a burst may have become smaller.
    const missing = Math.min(this.#missingAt(now), burst);
    const free = missing + 1 <= burst + ROUNDING;
    this.#missing = free ? missing + 1 : missing;
    this.#at = Math.max(this.#at, now);
    this.#rate = rate;
    return free;
  }

  /** Whether it is as good as new. */
  isFull(now: number): boolean {
    return this.#missingAt(now) === 0;
  }

  /** What came back until now came back at the rate of the last use. */
  #missingAt(now: number): number {
    const back = (Math.max(now - this.#at, 0) * this.#rate) / 1000;
    return Math.max(this.#missing - back, 0);
  }
}
