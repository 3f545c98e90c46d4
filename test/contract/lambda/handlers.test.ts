// Handlers in every form and place that Lambda's Node.js runtime knows, and what it makes of their errors.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startLambda } from '../../support/lambda.ts';
import type { FunctionFiles, TestLambda } from '../../support/lambda.ts';

// Processes are started here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lambda: TestLambda;
beforeAll(async () => {
  lambda = await startLambda();
});
afterAll(() => lambda.close());

const FORMS: readonly (readonly [name: string, files: FunctionFiles, handler: string])[] = [
  ['CommonJS .js', { 'index.js': 'exports.handler = async (e) => e.n + 1' }, 'index.handler'],
  ['.cjs', { 'index.cjs': 'exports.handler = async (e) => e.n + 1' }, 'index.handler'],
  ['.mjs', { 'index.mjs': 'export const handler = async (e) => e.n + 1' }, 'index.handler'],
  [
    '.js in a package of type module',
    {
      'package.json': '{"type":"module"}',
      'index.js': 'export const handler = async (e) => e.n + 1',
    },
    'index.handler',
  ],
  [
    '.js of which the nearest package.json says module',
    {
      'package.json': '{}',
      'src/package.json': '{"type":"module"}',
      'src/app.js': 'export const handler = async (e) => e.n + 1',
    },
    'src/app.handler',
  ],
  ['nested export', { 'a/b.js': 'exports.x = { y: { z: async (e) => e.n + 1 } }' }, 'a/b.x.y.z'],
  ['default export', { 'i.mjs': 'export default { run: async (e) => e.n + 1 }' }, 'i.run'],
  ['file without extension', { main: 'exports.handler = async (e) => e.n + 1' }, 'main.handler'],
  [
    'package in node_modules',
    { 'node_modules/app/index.js': 'exports.handler = async (e) => e.n + 1' },
    'app.handler',
  ],
  [
    'top-level await',
    {
      'index.mjs':
        'const one = await Promise.resolve(1); export const handler = async (e) => e.n + one',
    },
    'index.handler',
  ],
  [
    'ES module that imports CommonJS and JSON by require',
    {
      'index.mjs':
        'import { createRequire } from "node:module"; import one from "./one.cjs"; const { zero } = createRequire(import.meta.url)("./zero.json"); export const handler = async (e) => e.n + one + zero',
      'one.cjs': 'module.exports = 1',
      'zero.json': '{"zero":0}',
    },
    'index.handler',
  ],
  ['promise', { 'index.js': 'exports.handler = (e) => Promise.resolve(e.n + 1)' }, 'index.handler'],
  [
    'thenable',
    { 'index.js': 'exports.handler = (e) => ({ then: (f) => f(e.n + 1) })' },
    'index.handler',
  ],
  [
    'callback',
    { 'index.js': 'exports.handler = (e, c, cb) => cb(null, e.n + 1)' },
    'index.handler',
  ],
  [
    'callback later',
    { 'index.js': 'exports.handler = (e, c, cb) => { setTimeout(() => cb(null, e.n + 1), 5) }' },
    'index.handler',
  ],
  [
    'context.succeed',
    { 'index.js': 'exports.handler = (e, c) => c.succeed(e.n + 1)' },
    'index.handler',
  ],
  [
    'first callback counts',
    { 'index.js': 'exports.handler = (e, c, cb) => { cb(null, e.n + 1); cb(null, 0) }' },
    'index.handler',
  ],
  [
    'streaming',
    {
      'index.mjs':
        'export const handler = awslambda.streamifyResponse(async (e, s) => { s.write("4"); s.end(String(e.n - 39)) })',
    },
    'index.handler',
  ],
];

test.each(FORMS)('%s', async (name, files, Handler) => {
  const ref = await lambda.define(files, { FunctionName: 'form', Handler, Description: name });
  expect(await lambda.ask(ref, { n: 41 })).toEqual({ error: undefined, answer: 42 });
});

const RESULTS: readonly (readonly [name: string, source: string, answer: unknown])[] = [
  ['nothing', 'async () => {}', null],
  ['undefined members', 'async () => ({ a: undefined, b: 1 })', { b: 1 }],
  ['a text', 'async () => "é€😀"', 'é€😀'],
  ['a function has no JSON', 'async () => () => 1', null],
  ['never calling back', '(e, c, cb) => { setTimeout(() => {}, 5) }', null],
  ['a plain value, not the callback', '() => 1', null],
  [
    'waiting for the loop',
    '(e, c, cb) => { setTimeout(() => { globalThis.late = 1 }, 20); cb(null, "x") }',
    'x',
  ],
];

test.each(RESULTS)('answers %s', async (name, source, answer) => {
  const files = { 'index.js': `exports.handler = ${source}` };
  const ref = await lambda.define(files, { FunctionName: 'result', Description: name });
  expect(await lambda.ask(ref, {})).toEqual({ error: undefined, answer });
});

const FAILURES: readonly (readonly [name: string, source: string, document: object])[] = [
  [
    'an error',
    'async () => { throw new TypeError("no") }',
    { errorType: 'TypeError', errorMessage: 'no' },
  ],
  ['a text', 'async () => { throw "no" }', { errorType: 'string', errorMessage: 'no', trace: [] }],
  [
    'undefined',
    'async () => { throw undefined }',
    { errorType: 'undefined', errorMessage: 'undefined' },
  ],
  ['null', 'async () => { throw null }', { errorType: 'object', errorMessage: 'null', trace: [] }],
  [
    'an error that cannot be read',
    'async () => { throw Object.create(null) }',
    { errorType: 'handled' },
  ],
  [
    'synchronously',
    '() => { throw new RangeError("no") }',
    { errorType: 'RangeError', errorMessage: 'no' },
  ],
  ['by callback', '(e, c, cb) => cb(new Error("no"))', { errorType: 'Error', errorMessage: 'no' }],
  ['by context.fail', '(e, c) => c.fail("no")', { errorType: 'string', errorMessage: 'no' }],
  [
    'what has no JSON',
    'async () => 1n',
    { errorType: 'Error', errorMessage: 'Unable to stringify response body' },
  ],
  [
    'a circle',
    'async () => { const a = {}; a.a = a; return a }',
    { errorMessage: 'Unable to stringify response body' },
  ],
  [
    'never settling',
    'async () => { await new Promise(() => {}) }',
    { errorType: 'Runtime.NodeJsExit' },
  ],
  [
    'uncaught',
    'async () => { setTimeout(() => { throw new Error("no") }, 1); await new Promise((r) => setTimeout(r, 500)) }',
    { errorType: 'Error', errorMessage: 'no' },
  ],
  [
    'unhandled',
    'async () => { Promise.reject(new Error("no")); await new Promise((r) => setTimeout(r, 500)) }',
    { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: no' },
  ],
  [
    'exit 3',
    'async () => { process.exit(3) }',
    {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
      ) as string,
    },
  ],
  [
    'exit 0',
    'async () => { process.exit(0) }',
    { errorMessage: expect.stringMatching(/Runtime exited without providing a reason$/) as string },
  ],
  [
    'kill -9',
    'async () => { process.kill(process.pid, "SIGKILL"); await new Promise((r) => setTimeout(r, 500)) }',
    { errorMessage: expect.stringMatching(/Runtime exited with error: signal: killed$/) as string },
  ],
  [
    'abort',
    'async () => { process.abort() }',
    { errorMessage: expect.stringMatching(/signal: aborted$/) as string },
  ],
];

test.each(FAILURES)('fails with %s, and works again', async (name, source, document) => {
  const files = {
    'index.js': `const fail = ${source}; exports.handler = (e, c, cb) => e.fail ? fail(e, c, cb) : cb(null, 1)`,
  };
  const ref = await lambda.define(files, { FunctionName: 'failing', Description: name });
  expect(await lambda.ask(ref, { fail: true })).toMatchObject({
    error: 'Unhandled',
    answer: document,
  });
  expect(await lambda.ask(ref, {})).toEqual({ error: undefined, answer: 1 });
});

const UNLOADABLE: readonly (readonly [
  name: string,
  files: FunctionFiles,
  handler: string,
  document: object,
])[] = [
  [
    'no module',
    { 'a.js': '' },
    'index.handler',
    {
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining("Cannot find module 'index'") as string,
    },
  ],
  [
    'a missing import',
    { 'index.mjs': 'import "nowhere"' },
    'index.handler',
    { errorType: 'Runtime.ImportModuleError' },
  ],
  [
    'a missing require',
    { 'index.js': 'require("nowhere")' },
    'index.handler',
    { errorType: 'Runtime.ImportModuleError' },
  ],
  [
    "Postern's own packages",
    { 'index.js': 'require("ws")' },
    'index.handler',
    { errorType: 'Runtime.ImportModuleError' },
  ],
  [
    'a syntax error',
    { 'index.js': 'exports.handler = (' },
    'index.handler',
    { errorType: 'Runtime.UserCodeSyntaxError' },
  ],
  [
    'no export',
    { 'index.js': '' },
    'index.handler',
    {
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    },
  ],
  [
    'no function',
    { 'index.js': 'exports.handler = 1' },
    'index.handler',
    { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is not a function' },
  ],
  [
    'a path upwards',
    { 'index.js': '' },
    '../index.handler',
    { errorType: 'Runtime.MalformedHandlerName' },
  ],
  [
    'no dot',
    { 'index.js': '' },
    'index',
    { errorType: 'Runtime.MalformedHandlerName', errorMessage: 'Bad handler' },
  ],
  [
    'a throw',
    { 'index.js': 'throw new RangeError("top")' },
    'index.handler',
    { errorType: 'RangeError', errorMessage: 'top' },
  ],
  [
    'an exit',
    { 'index.js': 'process.exit(5)' },
    'index.handler',
    {
      errorType: 'Runtime.ExitError',
      errorMessage: 'Error: Runtime exited with error: exit status 5',
    },
  ],
];

test.each(UNLOADABLE)('cannot load: %s', async (name, files, Handler, document) => {
  const ref = await lambda.define(files, {
    FunctionName: 'unloadable',
    Handler,
    Description: name,
  });
  expect(await lambda.ask(ref, {})).toMatchObject({ error: 'Unhandled', answer: document });
});

test('Node.js 24 takes returned values and refuses callbacks', async () => {
  const plain = await lambda.define(
    { 'index.js': 'exports.handler = () => 1' },
    { FunctionName: 'node24', Runtime: 'nodejs24.x' },
  );
  expect(await lambda.ask(plain, {})).toEqual({ error: undefined, answer: 1 });
  const callback = await lambda.define(
    { 'index.js': 'exports.handler = (e, c, cb) => cb(null, 1)' },
    { FunctionName: 'node24', Runtime: 'nodejs24.x' },
  );
  expect(await lambda.ask(callback, {})).toMatchObject({
    error: 'Unhandled',
    answer: { errorType: 'Runtime.CallbackHandlerDeprecated' },
  });
});
