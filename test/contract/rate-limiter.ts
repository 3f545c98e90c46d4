// The contract of `RateLimiter`, run for every implementation.
import { expect, test } from 'vitest';
import type { Rate, RateLimiter } from '#shared/model/throttle.ts';

let keys = 0;

/** A key that no other test uses. */
const fresh = (): string => `contract/${process.pid}/${Date.now()}/${keys++}`;

/** What a suite's implementation is run with; rates are so low that the time tests take does not matter. */
export interface LimiterUnderTest {
  readonly limiter: RateLimiter;
  readonly advance: (ms: number) => void;
}

const SLOW: Rate = { rate: 0.01, burst: 3 };
/** The time in which one token of `SLOW` comes back. */
const ONE_MS = 100_000;

export function rateLimiterContract(open: () => Promise<LimiterUnderTest>): void {
  const takeAll = async (limiter: RateLimiter, key: string, rate: Rate, times: number) => {
    let taken = 0;
    for (let n = 0; n < times; n++) if (await limiter.take(key, rate)) taken++;
    return taken;
  };

  test('lets a burst through, then as many as come back', async () => {
    const { limiter, advance } = await open();
    const key = fresh();
    expect(await takeAll(limiter, key, SLOW, 10)).toBe(3);
    advance(ONE_MS + 1000);
    expect(await takeAll(limiter, key, SLOW, 10)).toBe(1);
    advance(2 * ONE_MS + 1000);
    expect(await takeAll(limiter, key, SLOW, 10)).toBe(2);
    advance(100 * ONE_MS);
    expect(await takeAll(limiter, key, SLOW, 10)).toBe(3);
  });

  test('takes that come at once are counted one by one', async () => {
    const { limiter } = await open();
    const key = fresh();
    const takes = await Promise.all(
      Array.from({ length: 50 }, async () => limiter.take(key, { rate: 0.01, burst: 20 })),
    );
    expect(takes.filter(Boolean)).toHaveLength(20);
  });

  test('keys are counted apart', async () => {
    const { limiter } = await open();
    const [a, b] = [fresh(), fresh()];
    expect(await takeAll(limiter, a, SLOW, 10)).toBe(3);
    expect(await takeAll(limiter, b, SLOW, 10)).toBe(3);
  });

  test.each<[Rate, number]>([
    [{ rate: 0, burst: 5 }, 0],
    [{ rate: 5, burst: 0 }, 0],
    [{ rate: 0, burst: 0 }, 0],
    [{ rate: Infinity, burst: 5 }, 10],
    [{ rate: Infinity, burst: Infinity }, 10],
    [{ rate: 0.001, burst: 1 }, 1],
  ])('%j lets %i of 10 through', async (rate, taken) => {
    const { limiter } = await open();
    expect(await takeAll(limiter, fresh(), rate, 10)).toBe(taken);
  });

  test('a rate that changes counts at once and takes along what is missing', async () => {
    const { limiter, advance } = await open();
    const key = fresh();
    expect(await takeAll(limiter, key, { rate: 0.001, burst: 100 }, 200)).toBe(100);
    advance(1000);
    expect(await takeAll(limiter, key, { rate: 0.01, burst: 100 }, 10)).toBe(0);
    advance(5 * ONE_MS + 1000);
    expect(await takeAll(limiter, key, { rate: 0.01, burst: 100 }, 10)).toBe(5);
    expect(await takeAll(limiter, key, { rate: 0, burst: 100 }, 10)).toBe(0);
    expect(await takeAll(limiter, key, { rate: 0.01, burst: 1 }, 10)).toBe(0);
    advance(ONE_MS + 1000);
    expect(await takeAll(limiter, key, { rate: 0.01, burst: 1 }, 10)).toBe(1);
  });
}
