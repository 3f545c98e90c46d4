// Counts of usage: quotas across days and nodes, flushes, crashes, a store that is away.
import { beforeEach, expect, test } from 'vitest';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import type { UsageDay } from '#shared/model/usage.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { UsageLedger } from '#shared/stage/usage/ledger.ts';
import { usageDayKey } from '#shared/store/keys.ts';
import { MemoryResourceStore } from '../../../support/memory-store.ts';

const AT = { region: 'us-east-1', planId: 'plan01', keyId: 'key0000001' };
const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 10, 24, 12);
const quota = (limit: number, period: 'DAY' | 'WEEK' | 'MONTH' = 'DAY') => ({
  ...{ limit, period, offset: 0 },
  createdDate: 0,
});

let store: MemoryResourceStore & { away?: boolean };
let clock: TestClock;

/** A node on the same store. */
const ledger = (): UsageLedger => new UsageLedger({ store, clock, logger: silentLogger });

async function kept(day = '2026-11-24'): Promise<UsageDay | undefined> {
  return (await store.get<UsageDay>(usageDayKey(AT, day)))?.value;
}

/** Verdicts on `count` uses of a daily quota, one after another. */
async function takes(node: UsageLedger, count: number, limit: number): Promise<boolean[]> {
  const results: boolean[] = [];
  for (let n = 0; n < count; n++) results.push(await node.take(AT, quota(limit)));
  return results;
}

beforeEach(() => {
  store = new MemoryResourceStore();
  const list = store.list.bind(store);
  const commit = store.commit.bind(store);
  const guard = (): void => {
    if (store.away === true) throw new StoreUnavailableError('away');
  };
  store.list = async (...args) => {
    guard();
    return list(...args) as never;
  };
  store.commit = async (writes) => {
    guard();
    await commit(writes);
  };
  clock = new TestClock(NOON);
});

test('a quota lets through as many as it says, and what is refused is not counted', async () => {
  const node = ledger();
  expect(await takes(node, 4, 2)).toEqual([true, true, false, false]);
  expect(await node.take(AT)).toBe(true);
  await node.flush();
  expect(await kept()).toMatchObject({ used: 3, granted: 0 });
  expect(await takes(node, 1, 0)).toEqual([false]);
});

test('many at once are counted one by one', async () => {
  const node = ledger();
  const all = await Promise.all(Array.from({ length: 20 }, () => node.take(AT, quota(7))));
  expect(all.filter(Boolean)).toHaveLength(7);
});

test('a day is one of the calendar in UTC; months go on across days', async () => {
  const node = ledger();
  expect(await node.take(AT, quota(1))).toBe(true);
  clock.advance(DAY_MS / 2 - 1);
  expect(await node.take(AT, quota(1))).toBe(false);
  clock.advance(1);
  expect(await node.take(AT, quota(1))).toBe(true);
  expect(await node.take(AT, quota(3, 'MONTH'))).toBe(true);
  expect(await node.take(AT, quota(3, 'MONTH'))).toBe(false);
  clock.advance(6 * DAY_MS);
  expect(await node.take(AT, quota(3, 'MONTH'))).toBe(true);
  await node.flush();
  expect(await kept('2026-11-24')).toMatchObject({ used: 1, granted: 0 });
  expect(await kept('2026-11-25')).toMatchObject({ used: 2, granted: 0 });
  expect(await kept('2026-12-01')).toMatchObject({ used: 1, granted: 0 });
});

test('it flushes by itself, and a node that starts reads what was used in the period', async () => {
  const node = ledger();
  await takes(node, 2, 3);
  expect(await kept()).toBeUndefined();
  clock.advance(3000);
  await node.flush();
  expect(await kept()).toMatchObject({ used: 2, granted: 0 });
  expect(await takes(ledger(), 2, 3)).toEqual([true, false]);
});

test('stop flushes', async () => {
  const node = ledger();
  await node.take(AT);
  await node.stop();
  expect(await kept()).toMatchObject({ used: 1, granted: 0 });
});

test('two nodes add up, and know of each other once they have flushed', async () => {
  const [a, b] = [ledger(), ledger()];
  expect(await takes(a, 2, 5)).toEqual([true, true]);
  expect(await takes(b, 2, 5)).toEqual([true, true]);
  await Promise.all([a.flush(), b.flush()]);
  expect(await kept()).toMatchObject({ used: 4, granted: 0 });
  await b.take(AT);
  await b.flush();
  expect(await takes(b, 1, 5)).toEqual([false]);
});

test('what was granted by others counts after a refresh', async () => {
  const node = ledger();
  await takes(node, 2, 2);
  await node.flush();
  const value = { ...(await kept()), granted: 1 };
  await store.commit([{ op: 'put', key: usageDayKey(AT, '2026-11-24'), value }]);
  expect(await takes(node, 1, 2)).toEqual([false]);
  await node.refresh(AT);
  expect(await takes(node, 2, 2)).toEqual([true, false]);
  await node.flush();
  expect(await kept()).toMatchObject({ used: 3, granted: 1 });
});

test('while the store is away counts are kept, and written when it is back', async () => {
  const node = ledger();
  await node.take(AT);
  store.away = true;
  await node.flush();
  await node.take(AT);
  await node.flush();
  store.away = false;
  await node.flush();
  expect(await kept()).toMatchObject({ used: 2, granted: 0 });
});

test('a use whose past cannot be read rejects, and is counted', async () => {
  const node = ledger();
  store.away = true;
  await expect(node.take(AT, quota(5))).rejects.toBeInstanceOf(StoreUnavailableError);
  store.away = false;
  expect(await takes(node, 2, 2)).toEqual([true, false]);
  await node.flush();
  expect(await kept()).toMatchObject({ used: 2, granted: 0 });
});

test('a plan without a quota needs nothing of the store', async () => {
  store.away = true;
  const node = ledger();
  expect(await node.take(AT)).toBe(true);
  store.away = false;
  await node.flush();
  expect(await kept()).toMatchObject({ used: 1 });
});

test('counts of before it was kept who has counted go on', async () => {
  const value: UsageDay = { used: 2, granted: 0 };
  await store.commit([{ op: 'put', key: usageDayKey(AT, '2026-11-24'), value }]);
  const node = ledger();
  expect(await takes(node, 2, 3)).toEqual([true, false]);
  await node.flush();
  expect(await kept()).toMatchObject({ used: 3, granted: 0 });
  expect(Object.values((await kept())?.by ?? {})).toEqual([1]);
});

test('what others have counted on earlier days is read again', async () => {
  const node = ledger();
  const monthly = quota(4, 'MONTH');
  expect(await node.take(AT, monthly)).toBe(true);
  await node.flush();
  clock.advance(DAY_MS);
  expect(await node.take(AT, monthly)).toBe(true);
  await node.flush();
  const late = { used: 2, granted: 0, by: { ...(await kept())?.by, late: 1 } };
  await store.commit([{ op: 'put', key: usageDayKey(AT, '2026-11-24'), value: late }]);
  clock.advance(60_000);
  await node.flush();
  expect([await node.take(AT, monthly), await node.take(AT, monthly)]).toEqual([true, false]);
});

test('counters that nobody uses are forgotten', async () => {
  const node = ledger();
  await node.take(AT);
  await node.flush();
  expect(node.size).toBe(1);
  clock.advance(60_001);
  await node.flush();
  expect(node.size).toBe(0);
  expect(await takes(node, 2, 2)).toEqual([true, false]);
});
