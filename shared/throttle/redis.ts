// The rate limiter of many nodes: buckets in Redis, from which each node takes a few tokens ahead.
import { Redis } from 'ioredis';
import type { Rate, RateLimiter } from '#shared/model/throttle.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from './memory.ts';

/**
 * Takes up to ARGV[3] tokens of the bucket KEYS[1] at ARGV[1] a second, ARGV[2] at once, in one step. Answers how many
 * and, when none, milliseconds until there is one. The bucket is kept as a moment: `f` full at, `i` interval. The
 * time is the server's, moved by ARGV[4] as the node's clock is.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000 + ARGV[4]
local interval = 1000 / ARGV[1]
local burst = tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'f', 'i')
local full = now
if kept[1] then
  full = math.max(tonumber(kept[1]), now)
  local old = tonumber(kept[2])
  if math.abs(old - interval) > 0.000001 then
    full = now + (full - now) / old * interval
  end
  full = math.min(full, now + burst * interval)
end
local free = math.floor(burst - (full - now) / interval + 0.000001)
local taken = math.max(math.min(free, tonumber(ARGV[3])), 0)
full = full + taken * interval
redis.call('HSET', KEYS[1], 'f', string.format('%.6f', full), 'i', string.format('%.9f', interval))
redis.call('PEXPIRE', KEYS[1], math.ceil(full - now) + 1000)
if taken > 0 then return {taken, 0} end
return {0, math.ceil(full - now - interval * (burst - 1))}
`;

/** Where Redis is, and whose time counts. */
export interface RedisRateLimiterOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Begins all keys, so that clusters may share a Redis; default `postern`. */
  readonly prefix?: string;
}

/** Tokens are taken ahead for this long, and used within `LEASE_MS` or lost. */
const AHEAD_S = 0.02;
const MOST_AHEAD = 500;
const LEASE_MS = 1000;
/** A bucket that was empty is asked again after this at the latest. */
const REFUSED_MS = 50;
const COMMAND_MS = 1000;
const LAST_RETRY_MS = 3000;
/** While Redis is away it is asked once in this time. */
const RETRY_MS = 1000;
const MOST_KEYS = 10_000;

/** What this node has of one bucket. */
interface Lease {
  readonly rate: number;
  readonly burst: number;
  left: number;
  until: number;
  refusedUntil: number;
  pending: Promise<boolean> | undefined;
}

/** Cluster-wide counts. While Redis is away each node counts for itself. */
export class RedisRateLimiter implements RateLimiter {
  readonly name = 'throttle';
  readonly #redis: Redis;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #alone: MemoryRateLimiter;
  readonly #leases = new Map<string, Lease>();
  /** Whether Redis does not answer, as at the beginning. */
  #away = true;
  #told = false;
  #retryAt = 0;

  constructor({ url, clock, logger, prefix = 'postern' }: RedisRateLimiterOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#prefix = prefix;
    this.#alone = new MemoryRateLimiter(clock);
    this.#redis = new Redis(url, {
      enableOfflineQueue: false,
      commandTimeout: COMMAND_MS,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LAST_RETRY_MS),
    });
    this.#redis.on('error', (error: Error) => this.#lost(error));
    this.#redis.on('ready', () => this.#found());
  }

  /** Does not wait for Redis: limits work without it. */
  async start(): Promise<void> {
    await Promise.resolve();
  }

  /** Resolves once Redis answers; for tests. */
  async ready(): Promise<void> {
    if (this.#redis.status !== 'ready') {
      await new Promise<void>((resolve) => this.#redis.once('ready', () => resolve()));
    }
  }

  async stop(): Promise<void> {
    await Promise.resolve(this.#redis.disconnect());
  }

  take(key: string, rate: Rate): boolean | Promise<boolean> {
    if (!(rate.rate > 0 && rate.burst > 0)) return false;
    if (rate.rate === Infinity) return true;
    if (this.#away && Date.now() < this.#retryAt) return this.#alone.take(key, rate);
    const lease = this.#lease(key, rate);
    const now = this.#clock.now();
    if (lease.left > 0 && now < lease.until) {
      lease.left--;
      return true;
    }
    return now < lease.refusedUntil ? false : this.#ask(key, lease);
  }

  #lease(key: string, { rate, burst }: Rate): Lease {
    const known = this.#leases.get(key);
    if (known !== undefined && known.rate === rate && known.burst === burst) return known;
    if (this.#leases.size >= MOST_KEYS) this.#leases.clear();
    const lease = { rate, burst, left: 0, until: 0, refusedUntil: 0, pending: undefined };
    this.#leases.set(key, lease);
    return lease;
  }

  /** Whoever comes while Redis is being asked waits for the same answer. */
  async #ask(key: string, lease: Lease): Promise<boolean> {
    for (;;) {
      const granted = await (lease.pending ??= this.#fetch(key, lease));
      if (lease.left > 0) {
        lease.left--;
        return true;
      }
      if (!granted) return this.#away ? this.#alone.take(key, lease) : false;
    }
  }

  /** Fills the lease; whether anything was granted. */
  async #fetch(key: string, lease: Lease): Promise<boolean> {
    const { rate, burst } = lease;
    const wanted = Math.max(1, Math.min(Math.floor(rate * AHEAD_S), burst, MOST_AHEAD));
    const moved = Math.round(this.#clock.now() - Date.now());
    try {
      const [taken, waitMs] = (await this.#redis.eval(
        SCRIPT,
        ...[1, `${this.#prefix}:throttle:${key}`, rate, burst, wanted, moved],
      )) as [number, number];
      this.#found();
      const now = this.#clock.now();
      lease.left = taken;
      lease.until = now + LEASE_MS;
      lease.refusedUntil = taken > 0 ? 0 : now + Math.min(waitMs, REFUSED_MS);
      return taken > 0;
    } catch (error) {
      this.#lost(error);
      return false;
    } finally {
      lease.pending = undefined;
    }
  }

  #lost(error: unknown): void {
    this.#away = true;
    this.#retryAt = Date.now() + RETRY_MS;
    if (this.#told) return;
    this.#told = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.warn('Redis is away: this node counts requests by itself', { reason });
  }

  #found(): void {
    this.#away = false;
    if (!this.#told) return;
    this.#told = false;
    this.#logger.info('Redis is back: requests are counted for all nodes together');
  }
}
