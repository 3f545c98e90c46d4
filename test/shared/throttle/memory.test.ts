// The limiter in memory: its keys are bounded, and full buckets are the first to go.
import { expect, test } from 'vitest';
import { TestClock } from '#shared/runtime/clock.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';

const RATE = { rate: 1, burst: 1 };

test('full buckets make room, then the oldest', () => {
  const clock = new TestClock(1_000_000);
  const limiter = new MemoryRateLimiter(clock, 3);
  for (const key of ['a', 'b', 'c']) expect(limiter.take(key, RATE)).toBe(true);
  clock.advance(500);
  expect(limiter.take('d', RATE)).toBe(true);
  expect(limiter.size).toBe(3);
  expect(limiter.take('c', RATE)).toBe(false);
  clock.advance(500);
  expect(limiter.take('e', RATE)).toBe(true);
  expect(limiter.size).toBe(2);
  expect(limiter.take('d', RATE)).toBe(false);
});

test('thousandths of a second add up: 10 a second are 10 a second', () => {
  const clock = new TestClock(1_000_000);
  const limiter = new MemoryRateLimiter(clock);
  let taken = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    if (limiter.take('k', { rate: 10, burst: 1 })) taken++;
    clock.advance(1);
  }
  expect(taken).toBe(100);
});
