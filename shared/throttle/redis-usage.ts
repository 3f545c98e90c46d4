// Counts of usage of many nodes: a hash in Redis for each name, with a field for each writer and one for their sum.
import type { UsageClaim, UsageCounts, UsageGrant, UsageTally } from '#shared/model/usage.ts';
import { countScript, type RedisCounts } from './redis.ts';

/** A hash that nobody has touched for two days goes: by then the store knows better. */
const KEEP_MS = 172_800_000;

/**
 * ARGV: the writer's field, what it has counted, wanted, allowance. Answers how many were granted and what the writer has
 * counted then; nothing when the hash is not there. Numbers are written whole: Lua would print large ones with exponents.
 */
const TAKE = countScript(`
local kept = redis.call('HMGET', KEYS[1], 'sum', ARGV[1])
if not kept[1] then return false end
local had = tonumber(kept[2] or 0)
local own = math.max(had, tonumber(ARGV[2]))
local sum = tonumber(kept[1]) + own - had
local granted = math.min(tonumber(ARGV[3]), math.max(tonumber(ARGV[4]) - sum, 0))
if own + granted > had then
  redis.call('HSET', KEYS[1], 'sum', string.format('%.0f', sum + granted),
    ARGV[1], string.format('%.0f', own + granted))
  redis.call('PEXPIRE', KEYS[1], ${KEEP_MS})
end
return {granted, own + granted}
`);

/** ARGV: fields of writers and their counts in turn. Answers the hash. */
const JOIN = countScript(`
local sum = tonumber(redis.call('HGET', KEYS[1], 'sum') or 0)
for at = 1, #ARGV, 2 do
  local had = tonumber(redis.call('HGET', KEYS[1], ARGV[at]) or 0)
  local count = tonumber(ARGV[at + 1])
  if count > had then
    sum = sum + count - had
    redis.call('HSET', KEYS[1], ARGV[at], string.format('%.0f', count))
  end
end
redis.call('HSET', KEYS[1], 'sum', string.format('%.0f', sum))
redis.call('PEXPIRE', KEYS[1], ${KEEP_MS})
return redis.call('HGETALL', KEYS[1])
`);

/** Begins the fields of writers, which may have any name. */
const WRITER = 'by:';

/** For all nodes on one Redis together. */
export class RedisUsageCounts implements UsageCounts {
  readonly #counts: RedisCounts;

  constructor(counts: RedisCounts) {
    this.#counts = counts;
  }

  async take(name: string, claim: UsageClaim): Promise<UsageGrant | undefined> {
    const { writer, own, wanted, allowance } = claim;
    const args = [`${WRITER}${writer}`, own, wanted, allowance];
    const answer = await this.#counts.run(TAKE, `usage:${name}`, args);
    if (answer === null) return undefined;
    const [granted, ownNow] = answer as [number, number];
    return { granted, own: ownNow };
  }

  async join(name: string, tally: UsageTally): Promise<UsageTally> {
    const args = [...tally].flatMap(([writer, count]) => [`${WRITER}${writer}`, count]);
    const answer = await this.#counts.run(JOIN, `usage:${name}`, args);
    const joined = new Map<string, number>();
    const fields = answer as readonly string[];
    for (let at = 0; at < fields.length; at += 2) {
      const field = fields[at] ?? '';
      if (field.startsWith(WRITER)) joined.set(field.slice(WRITER.length), Number(fields[at + 1]));
    }
    return joined;
  }

  onBack(listener: () => void): void {
    this.#counts.onBack(listener);
  }
}
