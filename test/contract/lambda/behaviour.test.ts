// What handlers may rely on beside their answer: waiting for the event loop, logs of every kind, streams, traces, size of code.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startLambda, type TestLambda } from '../../support/lambda.ts';

// Processes are started here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lambda: TestLambda;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.close());

const index = (source: string) => ({ 'index.mjs': `export const handler = ${source}` });
const messages = (name: string): string[] =>
  lambda.lines.filter(({ functionName }) => functionName === name).map(({ message }) => message);

test.each([
  ['by default an answer by callback waits for the event loop', true],
  ['with callbackWaitsForEmptyEventLoop = false it does not', false],
])('%s', async (_what, wait) => {
  const FunctionName = `waits-${wait}`;
  const ref = await lambda.define(
    index(
      `(e, c, cb) => { c.callbackWaitsForEmptyEventLoop = ${wait}; setTimeout(() => console.log("late"), 150); cb(null, "x") }`,
    ),
    { FunctionName },
  );
  expect((await lambda.ask(ref, {})).answer).toBe('x');
  expect(messages(FunctionName).some((line) => line.endsWith('late'))).toBe(wait);
});

test('a promise does not wait for the event loop', async () => {
  const ref = await lambda.define(
    index('async () => { setTimeout(() => console.log("late"), 150); return "x" }'),
    { FunctionName: 'promise' },
  );
  expect((await lambda.ask(ref, {})).answer).toBe('x');
  expect(messages('promise').some((line) => line.endsWith('late'))).toBe(false);
});

test('lines of console, streams, raw descriptors and child processes are in the log', async () => {
  const ref = await lambda.define(
    index(
      `async () => { const { writeSync } = await import("node:fs"); const { execSync } = await import("node:child_process");
        console.log("a %d", 1, { b: 2 }); console.info("i"); console.warn("w"); console.error(new RangeError("r")); console.debug("d"); console.trace("t");
        process.stdout.write("out\\ntwo"); process.stderr.write(Buffer.from("err\\n")); writeSync(1, "raw 1\\n"); writeSync(2, "raw 2\\n");
        execSync("echo from a child", { stdio: "inherit" }); await new Promise((done) => process.stdout.write("called back", done)) }`,
    ),
    { FunctionName: 'logs', Timeout: 20 },
  );
  const { requestId } = await lambda.invoke(ref, {});
  const wanted = [
    `\t${requestId}\tINFO\ta 1 { b: 2 }`,
    `\t${requestId}\tINFO\ti`,
    `\t${requestId}\tWARN\tw`,
    `\t${requestId}\tERROR\tRangeError: r`,
    `\t${requestId}\tDEBUG\td`,
    `\t${requestId}\tTRACE\tt`,
    'out\ntwo',
    'err',
    'raw 1',
    'raw 2',
    'from a child',
    'called back',
  ];
  const missing = (): string[] =>
    wanted.filter((text) => !messages('logs').some((line) => line.includes(text)));
  while (missing().includes('raw 1') || missing().includes('from a child')) await sleep(5);
  expect(missing()).toEqual([]);
  const [first] = messages('logs');
  expect(first).toBe(`START RequestId: ${requestId} Version: $LATEST`);
});

test('without platform lines the log has only what handlers write; tails have all', async () => {
  const quiet = await startLambda({ platformLines: false });
  onTestFinished(() => quiet.close());
  const ref = await quiet.define(index('async () => console.log("mine")'));
  const { logTail } = await quiet.invoke(ref, {}, { logTail: true });
  expect(quiet.lines.map(({ message }) => message)).toEqual([expect.stringMatching(/\tmine$/)]);
  const tail = Buffer.from(logTail ?? '', 'base64').toString();
  expect(tail).toMatch(/^START .*\n.*\tmine\nEND .*\nREPORT .*\n$/);
});

test('errors are logged with their members; lines of loading belong to no request', async () => {
  const ref = await lambda.define(
    {
      'index.mjs':
        'console.log("loading"); export const handler = async () => { throw Object.assign(new Error("no"), { code: "E", detail: 1 }) }',
    },
    { FunctionName: 'logged' },
  );
  const { requestId } = await lambda.invoke(ref, {});
  const loading = lambda.lines.find(({ message }) => message.endsWith('INFO\tloading'));
  expect(loading?.requestId).toBeUndefined();
  expect(loading?.message).toContain('\tundefined\tINFO\t');
  const error = messages('logged').find((line) => line.includes('Invoke Error'));
  expect(error).toContain(`\t${requestId}\tERROR\tInvoke Error \t{"errorType":"Error"`);
  expect(error).toContain('"code":"E"');
  expect(error).toContain('"detail":1');
});

const STREAMS: readonly (readonly [what: string, source: string, payload: RegExp])[] = [
  [
    'with HTTP metadata it is a proxy answer',
    'const http = awslambda.HttpResponseStream.from(s, { statusCode: 201, headers: { a: "b" }, cookies: ["c=d"] }); http.write("he"); http.end("llo")',
    /^\{"statusCode":201,"headers":\{"a":"b"\},"cookies":\["c=d"\],"body":"hello","isBase64Encoded":false\}$/,
  ],
  [
    'bytes that are no text go as base64',
    'const http = awslambda.HttpResponseStream.from(s, {}); http.end(Buffer.from([255, 0]))',
    /^\{"statusCode":200,"body":"\/wA=","isBase64Encoded":true\}$/,
  ],
  [
    'from a pipeline',
    'const { pipeline } = await import("node:stream/promises"); await pipeline(["[1", ",2]"], s)',
    /^\[1,2\]$/,
  ],
  [
    'left open it is an error',
    's.write("x")',
    /"errorMessage":"Response stream is not finished\."/,
  ],
  [
    'with an error',
    's.destroy(new RangeError("no"))',
    /"errorType":"RangeError","errorMessage":"no"/,
  ],
];

test.each(STREAMS)('a response stream: %s', async (what, source, payload) => {
  const ref = await lambda.define(
    index(`awslambda.streamifyResponse(async (e, s, c) => { ${source} })`),
    { FunctionName: 'stream', Description: what },
  );
  expect((await lambda.invoke(ref, {})).payload.toString()).toMatch(payload);
});

test('a streaming handler must be asynchronous', async () => {
  const ref = await lambda.define(index('awslambda.streamifyResponse((e, s) => s.end("x"))'), {
    FunctionName: 'sync-stream',
  });
  expect(await lambda.ask(ref, {})).toMatchObject({
    error: 'Unhandled',
    answer: { errorMessage: 'Streaming does not support non-async handlers.' },
  });
});

test('the global awslambda can be kept away', async () => {
  const ref = await lambda.define(index('async () => typeof awslambda'), {
    FunctionName: 'no-global',
    Environment: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' },
  });
  expect((await lambda.ask(ref, {})).answer).toBe('undefined');
});

test('trace and qualifier of an invocation reach the handler', async () => {
  const ref = await lambda.define(
    index('async (e, c) => [process.env._X_AMZN_TRACE_ID, c.invokedFunctionArn]'),
    { FunctionName: 'trace' },
  );
  const traceId = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
  const { payload } = await lambda.invoke({ ...ref, qualifier: '$LATEST' }, {}, { traceId });
  const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:trace:$LATEST';
  expect(JSON.parse(payload.toString())).toEqual([traceId, arn]);
});

test('events and answers of 6 MB pass in both directions', async () => {
  const ref = await lambda.define(index('async (e) => e'), {
    FunctionName: 'large',
    MemorySize: 512,
    Timeout: 30,
  });
  const event = JSON.stringify('ü'.repeat(3_145_700));
  const { payload } = await lambda.service.invoker.invoke(ref, event, {});
  expect(payload.toString() === event).toBe(true);
  const { payload: again } = await lambda.service.invoker.invoke(ref, Buffer.from(event), {});
  expect(again.equals(Buffer.from(event))).toBe(true);
});

test('NODE_OPTIONS of the user count; nonsense in them is an error of the function', async () => {
  const ref = await lambda.define(index('async () => process.title'), {
    FunctionName: 'options',
    Environment: { NODE_OPTIONS: '--title=mine' },
  });
  expect((await lambda.ask(ref, {})).answer).toBe('mine');
  const broken = await lambda.define(index('async () => 1'), {
    FunctionName: 'options',
    Environment: { NODE_OPTIONS: '--no-such-option' },
  });
  expect(await lambda.ask(broken, {})).toMatchObject({
    error: 'Unhandled',
    answer: {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 9') as string,
    },
  });
});
