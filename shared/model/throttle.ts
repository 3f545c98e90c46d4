// Rate limits: how much of something may happen, and the port that counts it.

/** `rate` a second on average, up to `burst` at once: AWS's token bucket. 0 of either lets nothing through. */
export interface Rate {
  readonly rate: number;
  readonly burst: number;
}

/** A rate with the name under which it is counted. */
export interface Throttle extends Rate {
  readonly key: string;
}

/**
 * Counts what happens under a key. A key that has not been used for long is as good as new; a rate that changes takes
 * the count along. `take` counts one and is true when it may happen; what may not happen is not counted. It answers at
 * once unless somebody else has to be asked, never rejects, and lets everything through at a rate of Infinity.
 */
export interface RateLimiter {
  take(key: string, rate: Rate): boolean | Promise<boolean>;
}

/** The throttles of a stage beside those of its routes; absent ones limit nothing. */
export interface StageThrottles {
  /** All requests of the account in the region: messages, connects and calls of @connections. */
  readonly account?: Throttle;
  /** New connections of the account in the region. */
  readonly connections?: Throttle;
  /** The `$connect` route's, also for an api without one. */
  readonly connect?: Throttle;
}
