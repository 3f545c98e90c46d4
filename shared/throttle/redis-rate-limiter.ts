// The rate limiter of many nodes: buckets in Redis, from which each node takes a few tokens ahead.
import type { Rate, RateLimiter } from '#shared/model/throttle.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { MemoryRateLimiter } from './memory.ts';
import { countScript, type RedisCounts } from './redis.ts';

/**
 * Takes up to ARGV[3] tokens of the bucket KEYS[1] at ARGV[1] a second, ARGV[2] at once, in one step. Answers how many
 * and, when none, milliseconds until there is one. The bucket is kept as a moment: `f` full at, `i` interval. The
 * time is the server's, moved by ARGV[4] as the node's clock is.
 */
const TAKE = countScript(`
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
`);

/** Tokens are taken ahead for this long, and used within `LEASE_MS` or lost. */
const AHEAD_S = 0.02;
const MOST_AHEAD = 500;
const LEASE_MS = 1000;
/** A bucket that was empty is asked again after this at the latest. */
const REFUSED_MS = 50;
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
  readonly #counts: RedisCounts;
  readonly #clock: Clock;
  readonly #alone: MemoryRateLimiter;
  readonly #leases = new Map<string, Lease>();

  constructor(counts: RedisCounts, clock: Clock) {
    this.#counts = counts;
    this.#clock = clock;
    this.#alone = new MemoryRateLimiter(clock);
  }

  take(key: string, rate: Rate): boolean | Promise<boolean> {
    if (!(rate.rate > 0 && rate.burst > 0)) return false;
    if (rate.rate === Infinity) return true;
    if (!this.#counts.worthAsking) return this.#alone.take(key, rate);
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
      if (!granted) return this.#counts.away ? this.#alone.take(key, lease) : false;
    }
  }

  /** Fills the lease; whether anything was granted. */
  async #fetch(key: string, lease: Lease): Promise<boolean> {
    const { rate, burst } = lease;
    const wanted = Math.max(1, Math.min(Math.floor(rate * AHEAD_S), burst, MOST_AHEAD));
    const moved = Math.round(this.#clock.now() - Date.now());
    try {
      const args = [rate, burst, wanted, moved];
      const answer = await this.#counts.run(TAKE, `throttle:${key}`, args);
      const [taken, waitMs] = answer as [number, number];
      const now = this.#clock.now();
      lease.left = taken;
      lease.until = now + LEASE_MS;
      lease.refusedUntil = taken > 0 ? 0 : now + Math.min(waitMs, REFUSED_MS);
      return taken > 0;
    } catch {
      // It is told of once, by the connection; whoever asks goes on alone.
      return false;
    } finally {
      lease.pending = undefined;
    }
  }
}
