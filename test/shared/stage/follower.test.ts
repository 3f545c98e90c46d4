// Following announcements: each is refreshed, retried while the store fails, nonsense is logged.
import { beforeEach, expect, test } from 'vitest';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, silentLogger } from '#shared/runtime/logger.ts';
import type { LogLine } from '#shared/runtime/logger.ts';
import { Follower } from '#shared/stage/follower.ts';

interface Name {
  readonly a: string;
  readonly b: string;
}

let bus: MemoryBus;
let clock: TestClock;
let logged: LogLine[];
let refreshed: Name[];
let away: boolean;
let follower: Follower<Name>;
let reloads: number;
let cameBack: () => void;

beforeEach(async () => {
  bus = Object.assign(new MemoryBus(new MemoryHub(), silentLogger), {
    onBack: (listener: () => void) => (cameBack = listener),
  });
  clock = new TestClock(0);
  [logged, refreshed, away, reloads] = [[], [], false, 0];
  follower = new Follower<Name>({
    ...{ bus, clock, topic: 'topic', members: ['a', 'b'] },
    logger: new Logger((line) => logged.push(line), 'follower'),
    refresh: (name) => {
      refreshed.push(name);
      return away ? Promise.reject(new Error('store away')) : Promise.resolve();
    },
    reload: () => {
      reloads++;
      return away ? Promise.reject(new Error('store away')) : Promise.resolve();
    },
  });
  await follower.start();
  await follower.start();
});

/** Publishes and waits until everything it started has had its turns. */
async function announce(text: string): Promise<void> {
  await bus.publish('topic', Buffer.from(text));
  await new Promise((resolve) => setImmediate(resolve));
}

test('what a message names is refreshed once, without what else it says', async () => {
  await announce('{"a":"1","b":"2","c":3}');
  expect(refreshed).toEqual([{ a: '1', b: '2' }]);
});

test('while the store fails it is tried again every second, once for all announcements', async () => {
  away = true;
  await announce('{"a":"1","b":"2"}');
  await announce('{"a":"1","b":"2"}');
  expect(refreshed).toHaveLength(2);
  clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(refreshed).toHaveLength(3);
  away = false;
  clock.advance(1000);
  clock.advance(5000);
  expect(refreshed).toHaveLength(4);
  expect(logged.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
});

test.each(['{', 'null', '[]', '7', '{"a":"1"}', '{"a":"1","b":2}', '\xff'])(
  'the message %s is logged and leads to nothing',
  async (text) => {
    await announce(text);
    expect(refreshed).toEqual([]);
    expect(logged).toMatchObject([{ level: 'warn', fields: { topic: 'topic' } }]);
  },
);

test('when the bus comes back everything is read again, until the store answers', async () => {
  away = true;
  cameBack();
  await new Promise((resolve) => setImmediate(resolve));
  away = false;
  clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5000);
  expect(reloads).toBe(2);
  await follower.stop();
  cameBack();
  expect(reloads).toBe(2);
});

test('after stop nothing is refreshed, retries neither', async () => {
  away = true;
  await announce('{"a":"1","b":"2"}');
  await follower.stop();
  await announce('{"a":"1","b":"2"}');
  clock.advance(10_000);
  expect(refreshed).toHaveLength(1);
});
