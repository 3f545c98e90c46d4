// Counts of usage in Redis keep the contract of their port; ledgers on them share quotas, outlive kills and outages.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CountsUnavailableError } from '#shared/exchange/errors.ts';
import type { UsageDay } from '#shared/model/usage.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { UsageLedger } from '#shared/stage/usage/ledger.ts';
import { usageDayKey } from '#shared/store/keys.ts';
import { RedisCounts } from '#shared/throttle/redis.ts';
import { RedisUsageCounts } from '#shared/throttle/redis-usage.ts';
import { freePort, redisProcess, startRedis, type Backend } from '../support/backends.ts';
import { MemoryResourceStore } from '../support/memory-store.ts';
import { usageCountsContract } from './usage-counts.ts';

const opened: RedisCounts[] = [];
let lines: LogLine[];
let store: MemoryResourceStore;
let clock: TestClock;

beforeEach(() => {
  lines = [];
  store = new MemoryResourceStore();
  clock = new TestClock(Date.UTC(2026, 10, 24, 12));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((counts) => counts.stop()));
});

function countsAt(url: string): RedisCounts {
  const logger = new Logger((line) => lines.push(line), 'counts');
  const counts = new RedisCounts({ url, logger, prefix: `contract-${process.pid}` });
  opened.push(counts);
  return counts;
}

/** A node's ledger with its connection to Redis. */
async function nodeAt(url: string, at: TestClock = clock) {
  const counts = countsAt(url);
  await counts.ready();
  const logger = new Logger((line) => lines.push(line), 'usage');
  const shared = new RedisUsageCounts(counts);
  return { counts, ledger: new UsageLedger({ store, clock: at, logger, shared }) };
}

let plans = 0;
/** A key in a plan that no other test has. */
const freshKey = () => ({ region: 'us-east-1', planId: `p${Date.now()}${plans++}`, keyId: 'key1' });
type Key = ReturnType<typeof freshKey>;

const daily = (limit: number) => ({ limit, period: 'DAY', offset: 0, createdDate: 0 }) as const;

async function kept(at: Key, day = '2026-11-24'): Promise<UsageDay | undefined> {
  return (await store.get<UsageDay>(usageDayKey(at, day)))?.value;
}

/** How many of `times` uses, one after another on each ledger in turn, were let in. */
async function letIn(
  ledgers: readonly UsageLedger[],
  at: Key,
  { limit, times }: { readonly limit: number; readonly times: number },
): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n++) {
    const ledger = ledgers[n % ledgers.length];
    if ((await ledger?.take(at, daily(limit))) === true) count++;
  }
  return count;
}

describe('on a Redis that is there', () => {
  let redis: Backend;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  usageCountsContract(async () => {
    const counts = countsAt(redis.url);
    await counts.ready();
    return new RedisUsageCounts(counts);
  });

  test('two nodes let in as many as one quota says, also at once', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    const uses = Array.from({ length: 60 }, (_, n) =>
      (n % 2 === 0 ? a : b).ledger.take(at, daily(25)),
    );
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(25);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect(await kept(at)).toMatchObject({ used: 25, granted: 0 });
  });

  test('what a killed node has counted still counts, and the next to flush writes it', async () => {
    const [killed, other] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    expect(await letIn([killed.ledger], at, { limit: 5, times: 3 })).toBe(3);
    await killed.counts.stop();
    expect(await kept(at)).toBeUndefined();
    expect(await letIn([other.ledger], at, { limit: 5, times: 5 })).toBe(2);
    await other.ledger.flush();
    expect(await kept(at)).toMatchObject({ used: 5 });
  });

  test('a node that is asked for a key it has never seen knows what all have counted today', async () => {
    const [counting, asked] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await letIn([counting.ledger], at, { limit: 9, times: 4 });
    await asked.ledger.flush([at]);
    expect(await kept(at)).toMatchObject({ used: 4 });
  });

  test('a node without a quota to keep asks nobody, and its counts are added', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await a.counts.stop();
    expect(await a.ledger.take(at)).toBe(true);
    await letIn([b.ledger], at, { limit: 9, times: 2 });
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect(await kept(at)).toMatchObject({ used: 3 });
  });

  test('the next day has its own count, and months go on across days', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    const monthly = { ...daily(5), period: 'MONTH' } as const;
    for (const { ledger } of [a, b]) expect(await ledger.take(at, monthly)).toBe(true);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    clock.advance(86_400_000);
    const uses = [];
    for (let n = 0; n < 6; n++) uses.push(await (n % 2 === 0 ? a : b).ledger.take(at, monthly));
    expect(uses).toEqual([true, true, true, false, false, false]);
  });

  test('counts of the store are there from the first claim on', async () => {
    const at = freshKey();
    const value: UsageDay = { used: 4, granted: 1, by: { gone: 3 } };
    await store.commit([{ op: 'put', key: usageDayKey(at, '2026-11-24'), value }]);
    const { ledger } = await nodeAt(redis.url);
    expect(await letIn([ledger], at, { limit: 5, times: 4 })).toBe(2);
    await ledger.flush();
    expect(await kept(at)).toMatchObject({ used: 6, granted: 1, by: { gone: 3 } });
  });
});

describe('on a Redis that is lost', () => {
  let port: number;
  let redis: Backend;
  beforeEach(async () => {
    port = await freePort();
    redis = await redisProcess(port);
  });
  afterEach(() => redis.stop());

  /** Until `counts` have found out that Redis has answered again. */
  const back = (counts: RedisCounts) =>
    expect.poll(() => counts.away, { timeout: 10_000 }).toBe(false);

  test('each node goes on with what it knows, and says so once', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await letIn([a.ledger, b.ledger], at, { limit: 10, times: 6 });
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    await redis.stop();
    expect(await letIn([a.ledger], at, { limit: 10, times: 9 })).toBe(4);
    const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(new Set(warnings)).toEqual(
      new Set(['Redis is away: this node counts requests and usage by itself']),
    );
    expect(warnings.length).toBeLessThanOrEqual(2);
    const direct = new RedisUsageCounts(a.counts);
    await expect(direct.join('x', new Map())).rejects.toBeInstanceOf(CountsUnavailableError);
  });

  test('what was counted meanwhile is added when it is back empty, once', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await letIn([a.ledger, b.ledger], at, { limit: 20, times: 6 });
    await redis.stop();
    expect(await letIn([a.ledger], at, { limit: 20, times: 2 })).toBe(2);
    expect(await letIn([b.ledger], at, { limit: 20, times: 3 })).toBe(3);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect(await kept(at)).toMatchObject({ used: 11 });
    redis = await redisProcess(port);
    await Promise.all([back(a.counts), back(b.counts)]);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect(await letIn([a.ledger, b.ledger], at, { limit: 20, times: 30 })).toBe(9);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect(await kept(at)).toMatchObject({ used: 20 });
  });

  test('what a node alone was cut off has counted is added to what the others have', async () => {
    const [cut, other] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await letIn([cut.ledger, other.ledger], at, { limit: 20, times: 4 });
    await cut.counts.stop();
    expect(await letIn([cut.ledger], at, { limit: 20, times: 3 })).toBe(3);
    await cut.ledger.flush();
    expect(await letIn([other.ledger], at, { limit: 20, times: 2 })).toBe(2);
    await other.ledger.flush();
    expect(await letIn([other.ledger], at, { limit: 20, times: 30 })).toBe(11);
    await other.ledger.flush();
    expect(await kept(at)).toMatchObject({ used: 20 });
  });

  test('counts that Redis forgets are told again by those who have counted', async () => {
    const [a, b] = [await nodeAt(redis.url), await nodeAt(redis.url)];
    const at = freshKey();
    await letIn([a.ledger, b.ledger], at, { limit: 10, times: 8 });
    await redis.stop();
    redis = await redisProcess(port);
    await Promise.all([a.counts.ready(), b.counts.ready()]);
    await expect
      .poll(() => letIn([a.ledger, b.ledger], at, { limit: 10, times: 2 }), { timeout: 10_000 })
      .toBe(0);
    await Promise.all([a.ledger.flush(), b.ledger.flush()]);
    expect((await kept(at))?.used).toBe(10);
  });
});
