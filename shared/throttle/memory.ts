// The rate limiter of one node alone: token buckets in memory, no timers.
import type { Rate, RateLimiter } from '#shared/model/throttle.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { TokenBucket } from './bucket.ts';

/** Keys that are counted at once. */
const MOST_KEYS = 10_000;

/** Counts on `clock`; beyond `mostKeys` full buckets go, then those made first. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #clock: Clock;
  readonly #mostKeys: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock, mostKeys: number = MOST_KEYS) {
    this.#clock = clock;
    this.#mostKeys = mostKeys;
  }

  /** Keys that are counted now. */
  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, rate: Rate): boolean {
    if (!(rate.rate > 0 && rate.burst > 0)) return false;
    if (rate.rate === Infinity) return true;
    const now = this.#clock.now();
    return (this.#buckets.get(key) ?? this.#create(key, now)).take(now, rate);
  }

  #create(key: string, now: number): TokenBucket {
    if (this.#buckets.size >= this.#mostKeys) this.#makeRoom(now);
    const bucket = new TokenBucket();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #makeRoom(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < this.#mostKeys) break;
      this.#buckets.delete(key);
    }
  }
}
