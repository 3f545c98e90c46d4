// The rate limiter over Redis keeps the contract of its port, counts for all nodes, and lives without Redis.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, silentLogger, type LogLine } from '#shared/runtime/logger.ts';
import { RedisCounts } from '#shared/throttle/redis.ts';
import { RedisRateLimiter } from '#shared/throttle/redis-rate-limiter.ts';
import { freePort, redisProcess, startRedis, type Backend } from '../support/backends.ts';
import { rateLimiterContract } from './rate-limiter.ts';

const opened: RedisCounts[] = [];

interface Opened {
  readonly limiter: RedisRateLimiter;
  readonly ready: () => Promise<void>;
}

function open(url: string, clock = new TestClock('wall'), logger = silentLogger): Opened {
  const counts = new RedisCounts({ url, logger, prefix: `contract-${process.pid}` });
  opened.push(counts);
  return { limiter: new RedisRateLimiter(counts, clock), ready: () => counts.ready() };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((counts) => counts.stop()));
});

describe('redis rate limiter', () => {
  let redis: Backend;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  rateLimiterContract(async () => {
    const clock = new TestClock('wall');
    const { limiter, ready } = open(redis.url, clock);
    await ready();
    return { limiter, advance: (ms) => clock.advance(ms) };
  });

  test('two nodes share a bucket, with tokens that they have taken ahead', async () => {
    const [a, b] = [open(redis.url), open(redis.url)];
    await Promise.all([a.ready(), b.ready()]);
    const key = `shared/${process.pid}/${Date.now()}`;
    let taken = 0;
    for (let n = 0; n < 10; n++) {
      for (const { limiter } of [a, b])
        if (await limiter.take(key, { rate: 0.01, burst: 7 })) taken++;
    }
    expect(taken).toBe(7);
  });

  test('most takes of a fast rate do not ask Redis', async () => {
    const { limiter, ready } = open(redis.url);
    await ready();
    const rate = { rate: 10_000, burst: 5_000 };
    const key = `fast/${process.pid}/${Date.now()}`;
    expect(await limiter.take(key, rate)).toBe(true);
    const answers = Array.from({ length: 100 }, () => limiter.take(key, rate));
    expect(answers.every((answer) => answer === true)).toBe(true);
  });
});

test('without Redis a node counts by itself, says so once, and counts for all when Redis is there', async () => {
  const port = await freePort();
  const lines: LogLine[] = [];
  const logger = new Logger((line) => lines.push(line), 'throttle');
  const { limiter } = open(`redis://127.0.0.1:${port}`, new TestClock('wall'), logger);
  const rate = { rate: 0.01, burst: 2 };
  const takes = [];
  for (let n = 0; n < 4; n++) takes.push(await limiter.take('k', rate));
  expect(takes).toEqual([true, true, false, false]);
  await expect.poll(() => lines.map(({ level }) => level)).toEqual(['warn']);
  const redis = await redisProcess(port);
  try {
    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(2);
    expect(lines[1]?.message).toContain('Redis is back');
    expect(await limiter.take('k', rate)).toBe(true);
  } finally {
    await redis.stop();
  }
});
