// The bus over Redis keeps the contract of its port, and lives through a Redis that goes away.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RedisBus } from '#shared/bus/redis.ts';
import { BusUnavailableError } from '#shared/exchange/errors.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { freePort, redisProcess, startRedis, type Backend } from '../support/backends.ts';
import { busContract } from './bus.ts';

/** A machine under load may take its time. */
const PATIENT = { timeout: 8_000 };

const opened: RedisBus[] = [];

async function open(url: string): Promise<RedisBus> {
  const bus = new RedisBus({ url, logger: silentLogger, prefix: `contract-${process.pid}` });
  opened.push(bus);
  await bus.start();
  return bus;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

describe('redis bus', () => {
  let redis: Backend;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  busContract(() => open(redis.url));
});

describe('a Redis of its own', () => {
  test('that goes away and comes back: errors meanwhile, subscriptions after', async () => {
    const port = await freePort();
    const first = await redisProcess(port);
    const bus = await open(first.url);
    const got: string[] = [];
    const heard = Promise.withResolvers<void>();
    await bus.subscribe('t', (message) => {
      got.push(Buffer.from(message).toString());
      if (got.includes('after')) heard.resolve();
    });
    await bus.respond('q', async (message) => message);
    const passing = await bus.subscribe('passing', () => undefined);
    let backs = 0;
    bus.onBack(() => backs++);
    expect(bus.notReady).toBeUndefined();

    await first.stop();
    await expect(bus.publish('t', Buffer.from('lost'))).rejects.toThrow(BusUnavailableError);
    await expect(bus.request('q', Buffer.from('lost'), 1000)).rejects.toThrow(BusUnavailableError);
    expect(bus.notReady).toContain(`127.0.0.1:${port}`);
    await passing.close();
    expect(backs).toBe(0);

    const second = await redisProcess(port);
    try {
      await bus.start();
      await bus.publish('t', Buffer.from('after'));
      await heard.promise;
      expect(got).toEqual(['after']);
      expect(Buffer.from(await bus.request('q', Buffer.from('x'), 5000)).toString()).toBe('x');
      expect(bus.notReady).toBeUndefined();
      expect(backs).toBe(1);
    } finally {
      await bus.close();
      await second.stop();
    }
  });

  test('that is not there yet: start waits and says why', async () => {
    const port = await freePort();
    const bus = new RedisBus({
      url: `redis://user:secret@127.0.0.1:${port}`,
      logger: silentLogger,
    });
    opened.push(bus);
    const started = bus.start();
    await expect.poll(() => bus.notReady, PATIENT).toContain(`127.0.0.1:${port}`);
    expect(bus.notReady).not.toContain('secret');
    await bus.close();
    await expect(started).rejects.toThrow('closed');
  });
});
