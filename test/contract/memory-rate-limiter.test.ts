// The rate limiter in memory keeps the contract of its port.
import { describe } from 'vitest';
import { TestClock } from '#shared/runtime/clock.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { rateLimiterContract } from './rate-limiter.ts';

describe('memory rate limiter', () =>
  rateLimiterContract(async () => {
    const clock = new TestClock('wall');
    return { limiter: new MemoryRateLimiter(clock), advance: (ms) => clock.advance(ms) };
  }));
