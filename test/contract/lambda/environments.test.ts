// Environments: warm reuse, growth under load, and functions that hang, crash, are killed or outlive their node.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { InvokeError } from '#shared/exchange/errors.ts';
import { OPEN_LIMITS } from '#shared/model/limits.ts';
import { startLambda } from '../../support/lambda.ts';
import type { TestLambda } from '../../support/lambda.ts';

// Processes are started here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const started: TestLambda[] = [];
afterEach(async () => {
  for (const lambda of started.splice(0)) await lambda.close();
});

async function start(options: Parameters<typeof startLambda>[0] = {}): Promise<TestLambda> {
  const lambda = await startLambda(options);
  started.push(lambda);
  return lambda;
}

/** Resolves once `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const COUNTER = { 'index.js': 'let n = 0; exports.handler = async () => [process.pid, ++n]' };
const SLOW = {
  'index.js':
    'exports.handler = async (e) => { await new Promise((r) => setTimeout(r, e.ms)); return process.pid }',
};

test('events one after the other share one environment and its globals', async () => {
  const lambda = await start();
  const ref = await lambda.define(COUNTER);
  const answers: unknown[] = [];
  for (let n = 0; n < 3; n++) answers.push((await lambda.ask(ref, {})).answer);
  const [[pid] = []] = answers as number[][];
  expect(answers).toEqual([
    [pid, 1],
    [pid, 2],
    [pid, 3],
  ]);
  expect(lambda.service.environments).toBe(1);
});

test('load makes more environments, up to the limit, each with one event at a time', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 3 } });
  const ref = await lambda.define(SLOW);
  const events = Array.from({ length: 8 }, () => lambda.ask(ref, { ms: 150 }));
  const pids = (await Promise.all(events)).map(({ answer }) => answer);
  expect(new Set(pids).size).toBe(3);
  expect(lambda.service.environments).toBe(3);
});

test('eventsPerEnvironment lets events share an environment, with their own request ids in the log', async () => {
  const lambda = await start({ eventsPerEnvironment: 8 });
  const ref = await lambda.define({
    'index.js':
      'exports.handler = async (e, c) => { await new Promise((r) => setTimeout(r, 50)); console.log(e.n); return [process.pid, c.awsRequestId] }',
  });
  const events = Array.from({ length: 8 }, (_, n) => lambda.ask(ref, { n }));
  const answers = (await Promise.all(events)).map(({ answer }) => answer as [number, string]);
  expect(new Set(answers.map(([pid]) => pid)).size).toBe(1);
  for (const [n, [, requestId]] of answers.entries()) {
    const line = lambda.lines.find(({ message }) => message.endsWith(`INFO\t${n}`));
    expect(line?.requestId).toBe(requestId);
    expect(line?.message).toContain(requestId);
  }
});

test('beyond the queue invocations are throttled', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 1 }, queueLength: 2 });
  const ref = await lambda.define(SLOW);
  await lambda.ask(ref, { ms: 0 });
  const events = Array.from({ length: 5 }, () => lambda.ask(ref, { ms: 50 }));
  const results = await Promise.allSettled(events);
  const refused = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as InvokeError] : [],
  );
  expect(refused.map(({ failure, message }) => [failure, message])).toEqual([
    ['Throttled', 'Rate Exceeded.'],
    ['Throttled', 'Rate Exceeded.'],
  ]);
});

test("another function's idle environment makes room at the limit", async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 1 } });
  const one = await lambda.define(COUNTER, { FunctionName: 'one' });
  const two = await lambda.define(COUNTER, { FunctionName: 'two' });
  const first = (await lambda.ask(one, {})).answer as number[];
  const second = (await lambda.ask(two, {})).answer as number[];
  expect(second[0]).not.toBe(first[0]);
  expect((await lambda.ask(one, {})).answer).not.toEqual([first[0], 2]);
});

test.each([
  ['an endless loop', 'console.log("before"); for (;;);'],
  ['a wait', 'await new Promise((r) => setTimeout(r, 60000))'],
])('%s ends at the timeout, in a new environment with fresh globals', async (_name, source) => {
  const lambda = await start();
  const ref = await lambda.define(
    {
      'index.js': `let n = 0; exports.handler = async (e) => { n++; if (e.hang) { ${source} } return [process.pid, n] }`,
    },
    { Timeout: 1 },
  );
  const before = (await lambda.ask(ref, {})).answer as number[];
  const { error, answer } = await lambda.ask(ref, { hang: true });
  expect(error).toBe('Unhandled');
  expect(answer).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringMatching(
      /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
    ) as string,
  });
  const after = (await lambda.ask(ref, {})).answer as number[];
  expect(after[1]).toBe(1);
  await until(() => !isAlive(before[0] ?? 0));
  expect(
    lambda.lines.some(({ message }) => message.includes('Task timed out after 1.00 seconds')),
  ).toBe(true);
});

test('what was logged before an endless loop is not lost', async () => {
  const lambda = await start();
  const ref = await lambda.define(
    { 'index.js': 'exports.handler = async () => { console.log("before"); for (;;); }' },
    { Timeout: 1 },
  );
  await lambda.ask(ref, {});
  expect(lambda.lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/INFO\tbefore$/),
  );
});

test('memory over the limit ends the environment, not the node', async () => {
  const lambda = await start();
  const ref = await lambda.define(
    {
      'index.js':
        'exports.handler = async (e) => { const kept = []; while (e.eat) kept.push(new Array(100000).fill(kept.length)); return 1 }',
    },
    { Timeout: 20 },
  );
  expect(await lambda.ask(ref, { eat: true })).toMatchObject({
    error: 'Unhandled',
    answer: { errorType: 'Runtime.ExitError' },
  });
  expect(await lambda.ask(ref, {})).toEqual({ error: undefined, answer: 1 });
});

test('an idle environment that is killed is replaced', async () => {
  const lambda = await start();
  const ref = await lambda.define(COUNTER);
  const [pid] = (await lambda.ask(ref, {})).answer as [number];
  process.kill(pid, 'SIGKILL');
  await until(() => lambda.service.environments === 0);
  expect((await lambda.ask(ref, {})).answer).toEqual([expect.not.toSatisfy((n) => n === pid), 1]);
});

test('what a function writes into its pipe cannot hurt the node', async () => {
  const lambda = await start();
  const ref = await lambda.define({
    'index.js':
      'exports.handler = async (e) => { if (e.bad) require("fs").writeSync(4, Buffer.from(e.bad, "hex")); await new Promise((r) => setTimeout(r, 50)); return 1 }',
  });
  for (const bad of ['ffffffff05', '0100000005', '0500000006ffff', '00000000ff', 'ff']) {
    await lambda.ask(ref, { bad });
    expect(await lambda.ask(ref, {}), bad).toEqual({ error: undefined, answer: 1 });
  }
});

test('an environment that cannot be made fails its callers and costs no room', async () => {
  let broken = true;
  const lambda = await start({
    limits: { ...OPEN_LIMITS, environments: 1 },
    gateway: () => {
      if (broken) throw new Error('no address yet');
      return { host: '127.0.0.1', port: 1, tls: true, suffixes: [], hosts: [] };
    },
  });
  const ref = await lambda.define(COUNTER);
  for (let n = 0; n < 3; n++) {
    await expect(lambda.ask(ref, {})).rejects.toMatchObject({
      failure: 'Unavailable',
      message: 'no address yet',
    });
  }
  broken = false;
  expect((await lambda.ask(ref, {})).answer).toEqual([expect.any(Number), 1]);
});

test('a process that cannot be started fails its callers and costs no room', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 1 } });
  const ref = await lambda.define(COUNTER);
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  onTestFinished(() => void (process.execPath = execPath));
  for (let n = 0; n < 3; n++) {
    expect(await lambda.ask(ref, {})).toMatchObject({
      error: 'Unhandled',
      answer: { errorType: 'Runtime.ExitError' },
    });
  }
  process.execPath = execPath;
  expect((await lambda.ask(ref, {})).answer).toEqual([expect.any(Number), 1]);
  expect(lambda.lines.some(({ message }) => message.includes('could not be started'))).toBe(true);
});

test('a new revision serves at once; events that run end on the old one', async () => {
  const lambda = await start();
  const ref = await lambda.define(SLOW);
  const [old] = [(await lambda.ask(ref, { ms: 0 })).answer];
  const running = lambda.ask(ref, { ms: 200 });
  await lambda.define({ 'index.js': 'exports.handler = async () => "new"' });
  expect(await lambda.ask(ref, {})).toEqual({ error: undefined, answer: 'new' });
  expect(await running).toEqual({ error: undefined, answer: old });
});

test('stop lets running events end and leaves no process', async () => {
  const lambda = await startLambda();
  const ref = await lambda.define(SLOW);
  const [pid] = [(await lambda.ask(ref, { ms: 0 })).answer as number];
  const running = lambda.ask(ref, { ms: 200 });
  await lambda.close();
  expect(await running).toEqual({ error: undefined, answer: pid });
  expect(isAlive(pid)).toBe(false);
  await expect(lambda.ask(ref, {})).rejects.toMatchObject({ failure: 'Unavailable' });
});

test.each(['idle', 'loop'])('kill -9 of the node ends its environments: %s', async (what) => {
  const owner = spawn(process.execPath, ['test/fixtures/functions/owner.ts', what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: owner.stdout });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  const [pid, dataDir] = JSON.parse(line) as [number, string];
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

/** Answers at once, waits or ends its process, as its event says. */
const MIXED = {
  'index.js': `let busy = 0;
exports.handler = async ({ n, kind }, context) => {
  if (busy++ > 0) throw new Error('two events at once');
  console.log('event ' + n);
  if (kind === 'exit') process.exit(3);
  if (kind === 'die') process.emit('uncaughtException', new Error('died'));
  const work = { busy: 120, long: 1500 }[kind] ?? 0;
  for (const end = Date.now() + work; Date.now() < end; );
  if (kind === 'wait') await new Promise((done) => setTimeout(done, 1500));
  busy--;
  return [n, context.awsRequestId, context.getRemainingTimeInMillis() > 0];
}`,
};

test('quick events under load: a crash hits the one at work only, and a handler that waits holds up nobody', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 4 } });
  const ref = await lambda.define(MIXED);
  // Until the handler is known to answer without waiting.
  for (let n = 0; n < 5; n++) await lambda.ask(ref, { n: `before ${n}` });
  const kinds = (n: number): string => (n === 150 ? 'exit' : n === 300 ? 'wait' : 'ok');
  const order: number[] = [];
  const answers = await Promise.all(
    Array.from({ length: 600 }, async (_, n) => {
      const { answer } = await lambda.ask(ref, { n, kind: kinds(n) });
      order.push(n);
      return answer;
    }),
  );
  for (const [n, answer] of answers.entries()) {
    if (kinds(n) === 'exit') expect(answer).toMatchObject({ errorType: 'Runtime.ExitError' });
    else expect(answer).toEqual([n, expect.any(String), true]);
  }
  expect(order.at(-1), 'the one that waits is the last').toBe(300);
  for (const [n, answer] of answers.entries()) {
    if (!Array.isArray(answer)) continue;
    const line = lambda.lines.find(({ message }) => message.endsWith(`\tevent ${n}`));
    expect(line?.requestId).toBe(answer[1]);
  }
});

test('quick events under load: what is ahead of a busy handler, or of one that dies, is handled all the same', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 4 } });
  const ref = await lambda.define(MIXED);
  for (let n = 0; n < 5; n++) await lambda.ask(ref, { n: `before ${n}` });
  const kinds: Readonly<Record<number, string>> = {
    100: 'busy',
    200: 'die',
    300: 'busy',
    400: 'die',
  };
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, n) => lambda.ask(ref, { n, kind: kinds[n] })),
  );
  for (const [n, { answer }] of answers.entries()) {
    if (kinds[n] === 'die') expect(answer).toMatchObject({ errorMessage: 'died' });
    else expect(answer).toEqual([n, expect.any(String), true]);
  }
});

test('events that each take a while of CPU: none is handed back that was said to begin', async () => {
  const lambda = await start();
  const ref = await lambda.define({
    'index.js':
      'exports.handler = async ({ n, ms }) => { const end = Date.now() + ms; while (Date.now() < end); return n; }',
  });
  for (let n = 0; n < 5; n++) await lambda.ask(ref, { n, ms: 0 });
  const events = Array.from({ length: 60 }, (_, n) => lambda.ask(ref, { n, ms: 30 }));
  const answers = (await Promise.all(events)).map(({ answer }) => answer);
  expect(answers).toEqual(answers.map((_, n) => n));
  const begun = lambda.lines.filter(({ message }) => message.startsWith('START '));
  expect(begun).toHaveLength(5 + answers.length);
});

test('the time of an event that lay ready begins with its turn', async () => {
  const cores = availableParallelism();
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: cores } });
  const ref = await lambda.define(
    {
      'index.js': `exports.handler = async ({ ms }, context) => {
  const left = context.getRemainingTimeInMillis();
  const end = Date.now() + ms;
  while (Date.now() < end);
  return left > 0;
}`,
    },
    { Timeout: 2 },
  );
  for (let n = 0; n < 5; n++) await lambda.ask(ref, { ms: 0 });
  const events = Array.from({ length: cores + 3 }, () => lambda.ask(ref, { ms: 1200 }));
  expect((await Promise.all(events)).map(({ answer }) => answer)).toEqual(events.map(() => true));
});

test('nothing is sent ahead to a handler that works long', async () => {
  const lambda = await start({ limits: { ...OPEN_LIMITS, environments: 2 } });
  const ref = await lambda.define(MIXED);
  // Both environments are there, and known for their long work.
  await Promise.all(Array.from({ length: 8 }, (_, n) => lambda.ask(ref, { n, kind: 'busy' })));
  expect(lambda.service.environments).toBe(2);
  const ended: number[] = [];
  const kinds = ['busy', 'busy', 'long', 'ok', 'ok', 'ok'];
  await Promise.all(
    kinds.map(async (kind, n) => {
      await lambda.ask(ref, { n, kind });
      ended.push(n);
    }),
  );
  expect(ended.at(-1), 'what came after the long one has not waited for it').toBe(2);
});
