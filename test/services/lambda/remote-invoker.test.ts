// Functions elsewhere: another node's Lambda API with verified signatures, and servers that do not answer as they should.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { RemoteInvoker } from '#services/lambda/remote-invoker.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import { type LambdaApi, serveLambda } from '../../support/lambda-api.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const CREDENTIALS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };
const REF = { region: 'eu-west-1', accountId: '000000000000', name: 'fn' };

let api: LambdaApi;
beforeAll(async () => {
  api = await serveLambda({}, CREDENTIALS);
  await api.lambda.define(
    {
      'index.js':
        'exports.handler = async (e, c) => { if (e.fail) throw new TypeError("no"); console.log("seen"); return [e, c.clientContext ?? null, process.env._X_AMZN_TRACE_ID ?? null] }',
    },
    { FunctionName: 'fn' },
  );
});
afterAll(() => api.close());

function invokerOf(
  endpoint: string,
  credentials: ConstructorParameters<typeof RemoteInvoker>[0]['credentials'] = CREDENTIALS,
): RemoteInvoker {
  const wheel = new TimingWheel(systemClock, 10);
  const invoker = new RemoteInvoker({
    endpoint,
    credentials,
    accountId: '000000000000',
    responseBytes: 1000,
    clock: systemClock,
    wheel,
  });
  onTestFinished(() => {
    invoker.close();
    wheel.stop();
  });
  return invoker;
}

test('events, options and answers pass', async () => {
  const invoker = invokerOf(api.endpoint);
  const result = await invoker.invoke(REF, '{"a":"ü"}', {
    logTail: true,
    clientContext: Buffer.from('{"custom":1}').toString('base64'),
    timeoutMs: 29_000,
  });
  expect(JSON.parse(result.payload.toString())).toEqual([{ a: 'ü' }, { custom: 1 }, null]);
  expect(result).toMatchObject({ executedVersion: '$LATEST' });
  expect(result.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(Buffer.from(result.logTail ?? '', 'base64').toString()).toContain('INFO\tseen');
  const failed = await invoker.invoke(REF, Buffer.from('{"fail":true}'), {});
  expect(failed.functionError).toBe('Unhandled');
  expect(JSON.parse(failed.payload.toString())).toMatchObject({ errorType: 'TypeError' });
  const event = await invoker.invoke(REF, '{}', { invocationType: 'Event' });
  expect(event.payload).toHaveLength(0);
});

test.each([
  ['an unknown function', { name: 'nobody' }, 'NotFound'],
  ['an unknown qualifier', { qualifier: 'live' }, 'NotFound'],
  ['a function of another account, by its ARN', { accountId: '111111111111' }, 'NotFound'],
])('%s', async (_what, given, failure) => {
  const invoking = invokerOf(api.endpoint).invoke({ ...REF, ...given }, '{}', {});
  await expect(invoking).rejects.toMatchObject({
    failure,
    message: expect.stringMatching(/^Function not found: arn:aws:lambda:/) as string,
  });
});

test('a wrong secret is AccessDenied', async () => {
  const invoker = invokerOf(api.endpoint, { ...CREDENTIALS, secretAccessKey: 'wrong' });
  await expect(invoker.invoke(REF, '{}', {})).rejects.toMatchObject({ failure: 'AccessDenied' });
});

test('an event that is no JSON is BadRequest', async () => {
  await expect(invokerOf(api.endpoint).invoke(REF, '{', {})).rejects.toMatchObject({
    failure: 'BadRequest',
  });
});

async function serverWith(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SERVERS: readonly (readonly [what: string, listener: RequestListener, failure: string])[] = [
  ['no answer', () => undefined, 'TimedOut'],
  ['an answer that stops', (_q, r) => void r.writeHead(200).write('['), 'TimedOut'],
  ['a cut connection', (q) => void q.socket.destroy(), 'Unavailable'],
  ['429', (_q, r) => void r.writeHead(429).end('{"Reason":"x"}'), 'Throttled'],
  ['500 without JSON', (_q, r) => void r.writeHead(500).end('oops'), 'Unavailable'],
  ['too large an answer', (_q, r) => void r.writeHead(200).end('x'.repeat(2000)), 'TooLarge'],
];

test.each(SERVERS)('%s', async (_what, listener, failure) => {
  const invoker = invokerOf(await serverWith(listener));
  await expect(invoker.invoke(REF, '{}', { timeoutMs: 100 })).rejects.toMatchObject({ failure });
});

test('nobody listens', async () => {
  const invoker = invokerOf('http://127.0.0.1:9');
  await expect(invoker.invoke(REF, '{}', {})).rejects.toMatchObject({ failure: 'Unavailable' });
});
