// API keys on $connect: who is let in with which key, and what a refused client is told.
import { afterEach, expect, test } from 'vitest';
import type { Authorizer } from '#shared/model/authorizer.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { closed, handshake, opened, RawClient, refused, until } from '../../support/client.ts';
import { fakeKeys } from '../../support/api-keys.ts';
import { fakeStage, ok, type Behaviour } from '../../support/fake-stage.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

test.each([
  ['that is not known', 'nope', 403, 'Forbidden', 'ForbiddenException'],
  ['over its rate', 'fast', 429, 'Too Many Requests', 'TooManyRequestsException'],
  ['over its quota', 'used', 429, 'Limit Exceeded', 'LimitExceededException'],
])('an API key %s', async (_, value, status, message, errorType) => {
  const apiKeys = fakeKeys({}, { fast: 'THROTTLED', used: 'QUOTA_EXCEEDED' });
  node = await startSocketNode({
    apiKeys,
    routes: { $connect: { run: ok(), apiKeyRequired: true } },
  });
  const answer = await refused(node.client({ headers: { 'X-Api-Key': value } }));
  expect([answer.status, answer.body]).toEqual([status, JSON.stringify({ message })]);
  expect(answer.headers['x-amzn-errortype']).toBe(errorType);
  expect(Object.keys(answer.headers).filter((name) => /retry|limit/.test(name))).toEqual([]);
});

test('where no API key is asked for, one that is sent does not count', async () => {
  const seen: unknown[] = [];
  const run: Behaviour = ({ connection }) => {
    seen.push(connection?.identity);
    return {};
  };
  node = await startSocketNode({ apiKeys: fakeKeys(), routes: { $connect: run } });
  const client = node.client({ headers: { 'x-api-key': 'nope' } });
  await opened(client);
  expect(seen).toEqual([undefined]);
  client.terminate();
});

test.each([
  [['good', 'bad'], 101],
  [['bad', 'good'], 403],
])('of several API keys the first counts: %j', async (values, status) => {
  node = await startSocketNode({
    apiKeys: fakeKeys({ good: 'k1' }),
    routes: { $connect: { run: ok(), apiKeyRequired: true } },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake('/prod', values.map((value) => `X-Api-Key: ${value}\r\n`).join('')));
  await until(() => raw.received.includes('\r\n\r\n'));
  expect(raw.received.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  raw.destroy();
});

test('an API key that is good stands in the events of its connection', async () => {
  const seen: unknown[] = [];
  const run: Behaviour = ({ connection }) => {
    seen.push(connection?.identity);
    return {};
  };
  const routes = { $connect: { run, apiKeyRequired: true }, $disconnect: run };
  node = await startSocketNode({ apiKeys: fakeKeys({ 'the-key': 'k1' }), routes });
  const client = node.client({ headers: { 'x-api-key': 'the-key' } });
  await opened(client);
  client.close();
  await closed(client);
  await until(() => seen.length === 2);
  expect(seen).toEqual(Array(2).fill({ apiKey: 'the-key', apiKeyId: 'k1' }));
});

test.each([
  ['names a good one', 'the-key', 101],
  ['names a bad one', 'other', 403],
  ['names none', undefined, 403],
])(
  'with the source AUTHORIZER the authorizer %s, and the header does not count',
  async (_, usageIdentifierKey, status) => {
    const guard: Authorizer = {
      type: 'lambda',
      identity: () => 'a',
      admit: async () => ({
        identity: { user: 'u' },
        ...(usageIdentifierKey !== undefined && { usageIdentifierKey }),
      }),
    };
    const seen: unknown[] = [];
    node = await startSocketNode({ apiKeys: fakeKeys({ 'the-key': 'k1', header: 'k2' }) });
    const run: Behaviour = ({ connection }) => {
      seen.push(connection?.identity);
      return {};
    };
    const route = { run, apiKeyRequired: true, authorizer: guard };
    const stage: WebSocketStage = { ...fakeStage({ $connect: route }), apiKeySource: 'AUTHORIZER' };
    node.stages.put(stage);
    const client = node.client({ headers: { 'x-api-key': 'header' } });
    if (status === 101) await opened(client);
    else expect((await refused(client)).status).toBe(status);
    const identity = { user: 'u', apiKey: 'the-key', apiKeyId: 'k1' };
    expect(seen).toEqual(status === 101 ? [identity] : []);
    client.terminate();
  },
);
