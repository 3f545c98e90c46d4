// When a pool of environments grows: at once for the first, for others only when events have waited.
import { beforeEach, describe, expect, test } from 'vitest';
import { Capacity } from '#services/lambda/capacity.ts';
import type { Environment, EnvironmentEvents } from '#services/lambda/environment.ts';
import type { Job } from '#services/lambda/job.ts';
import { EnvironmentPool } from '#services/lambda/pool.ts';
import { TestClock } from '#shared/runtime/clock.ts';

/** An environment without a process: becomes ready and answers when told. */
class FakeEnvironment {
  idleSince = 0;
  job: Job | undefined;
  isReady = false;
  killed = false;
  waited = true;
  readonly #events: EnvironmentEvents;

  constructor(events: EnvironmentEvents) {
    this.#events = events;
  }

  get load(): number {
    return this.job === undefined ? 0 : 1 + this.ahead.length;
  }

  get hasRoom(): boolean {
    return this.isReady && !this.killed && this.job === undefined;
  }

  /** Events sent ahead of their turn. */
  readonly ahead: Job[] = [];

  get hasRoomAhead(): boolean {
    return this.isReady && !this.killed && !this.waited && this.ahead.length < 2;
  }

  run(job: Job): void {
    if (this.job === undefined) this.job = job;
    else this.ahead.push(job);
  }

  giveBack(): void {
    this.waited = true;
    this.#events.returned(this.ahead.splice(0));
  }

  kill(): void {
    if (this.killed) return;
    this.killed = true;
    this.#events.gone(this as never, this.isReady ? undefined : Buffer.from('{}'));
  }

  ready(): void {
    this.isReady = true;
    this.#events.ready(this as never);
  }

  failInit(): void {
    this.killed = true;
    this.#events.gone(this as never, Buffer.from('"init"'));
  }

  answer(): void {
    const { job } = this;
    this.job = this.ahead.shift();
    job?.settle({ payload: Buffer.from(job.requestId) });
    this.#events.freed(this as never);
  }
}

let clock: TestClock;
let made: FakeEnvironment[];
let settled: string[];
let refused: string[];
beforeEach(() => {
  clock = new TestClock(0);
  made = [];
  settled = [];
  refused = [];
});

function poolOf(
  limit: number,
  starting = 2,
  capacity = new Capacity(limit, starting),
  queueLength = 4,
) {
  return new EnvironmentPool(
    {
      clock,
      capacity,
      create: async (events) => {
        const environment = new FakeEnvironment(events);
        made.push(environment);
        return environment as unknown as Environment;
      },
    },
    { queueLength, growAfterMs: 10, idleMs: 1000, cores: 2 },
  );
}

const job = (requestId: string): Job => ({
  requestId,
  event: '{}',
  functionArn: '',
  traceId: '',
  clientContext: '',
  tail: undefined,
  settle: ({ payload }) => settled.push(payload.toString()),
  refuse: ({ message }) => refused.push(message),
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('growth', () => {
  test('one environment for events that do not wait long', async () => {
    const pool = poolOf(8);
    pool.submit(job('a'));
    await turn();
    made[0]?.ready();
    for (let n = 0; n < 50; n++) {
      pool.submit(job(`b${n}`));
      clock.advance(4);
      made[0]?.answer();
      clock.advance(4);
      await turn();
    }
    expect(made).toHaveLength(1);
  });

  /** Sizes of a pool with more to do than it can, all of whose environments answer every other millisecond. */
  async function pressed(waited: boolean, silentMs = 0): Promise<number> {
    const pool = poolOf(8, 2, new Capacity(8, 2), 400);
    for (let n = 0; n < 400; n++) pool.submit(job(`a${n}`));
    await turn();
    for (let passed = 0; passed < 500; passed += 2) {
      clock.advance(2);
      for (const environment of made) {
        environment.waited = waited;
        if (!environment.isReady) environment.ready();
        else if (passed < 500 - silentMs) environment.answer();
      }
      while (settled.length > 0) pool.submit(job(`b${settled.pop()}`));
      await turn();
    }
    return made.length;
  }

  test('handlers that answer without waiting: no more environments than processors', async () => {
    expect(await pressed(false)).toBe(2);
  });

  test('handlers that wait: as many as there may be', async () => {
    expect(await pressed(true)).toBe(8);
  });

  test.each([
    [90, 2],
    [400, 8],
  ])('handlers that begin to wait: a silence of %d ms tells', async (silentMs, size) => {
    expect(await pressed(false, silentMs)).toBe(size);
  });

  test('events are sent ahead where every processor has an environment, and come back first', async () => {
    const pool = poolOf(8, 2, new Capacity(8, 2), 400);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) pool.submit(job(name));
    await turn();
    const [first] = made;
    if (first !== undefined) first.waited = false;
    first?.ready();
    expect(first?.ahead, 'one processor has none yet').toEqual([]);
    clock.advance(11);
    await turn();
    const [, second] = made;
    second?.ready();
    first?.answer();
    expect(first?.job?.requestId).toBe('c');
    expect(first?.ahead.map(({ requestId }) => requestId)).toEqual(['d', 'e']);
    first?.giveBack();
    second?.answer();
    expect(second?.job?.requestId).toBe('d');
  });

  test('what comes back has waited as long as what it comes before', async () => {
    const pool = poolOf(8, 2, new Capacity(8, 2), 400);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) pool.submit(job(name));
    await turn();
    made[0]?.ready();
    clock.advance(11);
    await turn();
    const [first, second] = made;
    second?.ready();
    if (first !== undefined) first.waited = false;
    first?.answer();
    clock.advance(14);
    first?.giveBack();
    first?.answer();
    clock.advance(6);
    await turn();
    expect(made, 'the queue is as old as before').toHaveLength(3);
  });

  test('another one when the first in the queue has waited', async () => {
    const pool = poolOf(8);
    pool.submit(job('a'));
    await turn();
    made[0]?.ready();
    pool.submit(job('b'));
    clock.advance(9);
    await turn();
    expect(made).toHaveLength(1);
    clock.advance(2);
    await turn();
    expect(made).toHaveLength(2);
    clock.advance(100);
    await turn();
    expect(made, 'one event waits, one environment starts').toHaveLength(2);
    made[1]?.ready();
    expect(made[1]?.job?.requestId).toBe('b');
  });

  test('never over the limit, never more starting at once than the machine does well', async () => {
    const pool = poolOf(3, 2);
    for (const name of ['a', 'b', 'c', 'd']) pool.submit(job(name));
    clock.advance(100);
    await turn();
    expect(made).toHaveLength(2);
    made[0]?.ready();
    clock.advance(100);
    await turn();
    expect(made).toHaveLength(3);
    made[1]?.ready();
    clock.advance(100);
    await turn();
    expect(made).toHaveLength(3);
  });
});

describe('reuse and bounds', () => {
  test('the last used one comes first; others end when idle', async () => {
    const pool = poolOf(8);
    pool.submit(job('a'));
    pool.submit(job('b'));
    clock.advance(20);
    await turn();
    for (const environment of made) environment.ready();
    for (const environment of made) environment.answer();
    for (let n = 0; n < 3; n++) {
      clock.advance(400);
      pool.submit(job(`c${n}`));
      expect(made[1]?.job?.requestId).toBe(`c${n}`);
      made[1]?.answer();
    }
    expect(made.map(({ killed }) => killed)).toEqual([true, false]);
    expect(pool.size).toBe(1);
  });

  test('beyond the queue events are refused', () => {
    const pool = poolOf(1);
    for (let n = 0; n < 6; n++) pool.submit(job(`${n}`));
    expect(refused).toEqual(['Rate Exceeded.', 'Rate Exceeded.']);
  });

  test('an environment whose process has died gets no event', async () => {
    const pool = poolOf(2);
    pool.submit(job('a'));
    await turn();
    made[0]?.ready();
    made[0]?.answer();
    made[0]?.kill();
    pool.submit(job('b'));
    await turn();
    expect(made).toHaveLength(2);
    made[1]?.ready();
    made[1]?.answer();
    expect(settled).toEqual(['a', 'b']);
  });

  test('a handler that cannot be loaded answers all that waits, and is tried again by the next', async () => {
    const pool = poolOf(1);
    pool.submit(job('a'));
    pool.submit(job('b'));
    await turn();
    made[0]?.failInit();
    expect(settled).toEqual(['"init"', '"init"']);
    pool.submit(job('c'));
    await turn();
    expect(made).toHaveLength(2);
  });

  test("at the limit another function's longest idle environment ends for a waiting event", async () => {
    const capacity = new Capacity(1, 1);
    const one = poolOf(1, 1, capacity);
    const two = poolOf(1, 1, capacity);
    one.submit(job('a'));
    await turn();
    made[0]?.ready();
    made[0]?.answer();
    two.submit(job('b'));
    await turn();
    expect(made.map(({ killed }) => killed)).toEqual([true, false]);
    made[1]?.ready();
    made[1]?.answer();
    expect(settled).toEqual(['a', 'b']);
  });

  test('at the limit, a busy function with several gives one to a function that has none', async () => {
    const capacity = new Capacity(2, 2);
    const busy = poolOf(2, 2, capacity);
    const starved = poolOf(2, 2, capacity);
    for (const name of ['a', 'b', 'c', 'd']) busy.submit(job(name));
    clock.advance(20);
    await turn();
    clock.advance(20);
    await turn();
    for (const environment of made) environment.ready();
    expect(made.map(({ job: one }) => one?.requestId)).toEqual(['a', 'b']);
    starved.submit(job('x'));
    await turn();
    made[0]?.answer();
    await turn();
    expect(made.map(({ killed }) => killed)).toEqual([true, false, false]);
    made[2]?.ready();
    expect(made[2]?.job?.requestId).toBe('x');
    made[1]?.answer();
    expect(made[1]?.job?.requestId).toBe('c');
  });

  test('an environment that is to be given up gets nothing ahead, so that it is without an event once', async () => {
    const capacity = new Capacity(2, 2);
    const busy = poolOf(2, 2, capacity, 400);
    const starved = poolOf(2, 2, capacity);
    for (let n = 0; n < 20; n++) busy.submit(job(`${n}`));
    clock.advance(20);
    await turn();
    clock.advance(20);
    await turn();
    for (const environment of made) {
      environment.waited = false;
      environment.ready();
      environment.answer();
    }
    expect(made.map(({ ahead }) => ahead.length)).toEqual([2, 2]);
    starved.submit(job('x'));
    await turn();
    for (let n = 0; n < 3; n++) made[0]?.answer();
    await turn();
    expect(made.map(({ killed }) => killed)).toEqual([true, false, false]);
    made[2]?.ready();
    expect(made[2]?.job?.requestId).toBe('x');
  });

  test('retired: waiting events move on, busy environments end after their answer', async () => {
    const pool = poolOf(1);
    pool.submit(job('a'));
    await turn();
    made[0]?.ready();
    pool.submit(job('b'));
    const moved: string[] = [];
    const done = pool.retire(({ requestId }) => moved.push(requestId));
    expect(moved).toEqual(['b']);
    expect(made[0]?.killed).toBe(false);
    made[0]?.answer();
    await done;
    expect(settled).toEqual(['a']);
    expect(made[0]?.killed).toBe(true);
  });
});
