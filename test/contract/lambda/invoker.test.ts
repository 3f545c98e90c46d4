// The invoker: how long callers wait, asynchronous events and their retries, idle environments, changes by other nodes.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { EventQueue } from '#services/lambda/event-queue.ts';
import { FUNCTION_CHANGED } from '#services/lambda/functions.ts';
import { InvokeError } from '#shared/exchange/errors.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { startLambda, type TestLambda } from '../../support/lambda.ts';

vi.setConfig({ testTimeout: 60_000 });

const started: TestLambda[] = [];
afterEach(async () => {
  for (const lambda of started.splice(0)) await lambda.close();
});

async function start(options: Parameters<typeof startLambda>[0] = {}): Promise<TestLambda> {
  const lambda = await startLambda(options);
  started.push(lambda);
  return lambda;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('the caller stops waiting at its own timeout; the function goes on', async () => {
  const lambda = await start();
  const ref = await lambda.define({
    'index.js':
      'exports.handler = async (e) => { await new Promise((r) => setTimeout(r, e.ms)); console.log("went on"); return process.pid }',
  });
  const { answer: pid } = await lambda.ask(ref, { ms: 0 });
  const waiting = lambda.invoke(ref, { ms: 300 }, { timeoutMs: 50 });
  await expect(waiting).rejects.toMatchObject({ failure: 'TimedOut' });
  await until(() => lambda.lines.filter(({ message }) => message.endsWith('went on')).length === 2);
  expect((await lambda.ask(ref, { ms: 0 })).answer).toBe(pid);
});

test.each([
  ['unknown name', { name: 'nobody' }],
  ['another account', { accountId: '111111111111' }],
  ['another region', { region: 'us-east-1' }],
  ['a version', { qualifier: '1' }],
  ['an alias', { qualifier: 'live' }],
])('NotFound: %s', async (_what, given) => {
  const lambda = await start();
  const ref = { ...(await lambda.define({ 'index.js': '' })), ...given };
  const arn = `arn:aws:lambda:${ref.region}:${ref.accountId}:function:${ref.name}`;
  await expect(lambda.invoke(ref, {})).rejects.toMatchObject({
    failure: 'NotFound',
    message: `Function not found: ${arn}:${'qualifier' in given ? given.qualifier : '$LATEST'}`,
  });
});

test('a warm invocation reads nothing from the store', async () => {
  const lambda = await start();
  const ref = await lambda.define({ 'index.js': 'exports.handler = async () => 1' });
  await lambda.ask(ref, {});
  const get = vi.spyOn(lambda.service.functions, 'get');
  await lambda.ask(ref, {});
  expect(get).not.toHaveBeenCalled();
  expect(lambda.service.registry.find(ref.region, ref.name)).toBeDefined();
});

test('an Event is accepted at once and runs', async () => {
  const lambda = await start();
  const ref = await lambda.define({
    'index.js': 'exports.handler = async (e) => console.log("event", e.n)',
  });
  const result = await lambda.invoke(ref, { n: 5 }, { invocationType: 'Event' });
  expect(result.payload).toHaveLength(0);
  await until(() => lambda.lines.some(({ message }) => message.endsWith('event 5')));
  const line = lambda.lines.find(({ message }) => message.endsWith('event 5'));
  expect(line?.requestId).toBe(result.requestId);
});

/** A queue on a clock of its own, and an event that ends as `outcomes` say, then is done. */
function queueWith(outcomes: (('failed' | 'throttled' | 'unavailable') | 'done')[]) {
  const clock = new TestClock(0);
  const queue = new EventQueue(clock, silentLogger);
  const at: number[] = [];
  queue.add({
    requestId: 'r',
    name: 'fn',
    attempt: async () => {
      at.push(clock.now() / 1000);
      const outcome = outcomes.shift() ?? 'done';
      if (outcome === 'throttled') throw new InvokeError('Throttled', 'Rate Exceeded.');
      if (outcome === 'unavailable') throw new InvokeError('Unavailable', 'gone');
      return outcome;
    },
  });
  const advance = async (seconds: number): Promise<void> => {
    for (let n = 0; n < seconds; n++) {
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1000);
    }
  };
  return { queue, at, advance };
}

test.each([
  ['done at once', [], [0]],
  ['fails once', ['failed'], [0, 60]],
  ['fails always: three attempts', ['failed', 'failed', 'failed', 'failed'], [0, 60, 180]],
  ['throttled: waits that double', ['throttled', 'throttled', 'throttled'], [0, 1, 3, 7]],
  ['cannot be invoked: given up', ['unavailable'], [0]],
] as const)('an asynchronous event: %s', async (_what, outcomes, times) => {
  const { queue, at, advance } = queueWith([...outcomes]);
  await advance(400);
  expect(at).toEqual(times);
  expect(queue.length).toBe(0);
});

test('idle environments end after their time', async () => {
  const clock = new TestClock('wall');
  const lambda = await start({ clock, environmentIdleMs: 60_000 });
  const ref = await lambda.define({ 'index.js': 'exports.handler = async () => 1' });
  await lambda.ask(ref, {});
  clock.advance(30_000);
  await lambda.ask(ref, {});
  clock.advance(40_000);
  await sleep(50);
  expect(lambda.service.environments).toBe(1);
  clock.advance(61_000);
  await until(() => lambda.service.environments === 0);
  expect((await lambda.ask(ref, {})).answer).toBe(1);
});

test("a change by another node is taken up by the bus's news", async () => {
  const lambda = await start();
  const ref = await lambda.define({ 'index.js': 'exports.handler = async () => "old"' });
  await lambda.ask(ref, {});
  const refreshed = vi.spyOn(lambda.service.registry, 'refresh');
  const stored = await lambda.service.functions.get(ref);
  if (stored === undefined) throw new Error('not there');
  await lambda.service.functions.delete(stored);
  await until(() => refreshed.mock.calls.length > 0);
  await refreshed.mock.results[0]?.value;
  await expect(lambda.ask(ref, {})).rejects.toMatchObject({ failure: 'NotFound' });
  expect(FUNCTION_CHANGED).toBe('function.changed');
});
