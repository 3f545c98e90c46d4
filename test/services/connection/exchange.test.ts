// CONNECT exchanges from requests, and records from connections.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { connectExchange, connectionRecord } from '#services/connection/exchange.ts';
import { fakeStage } from '../../support/fake-stage.ts';

const request = (url: string, remoteAddress: string): IncomingMessage =>
  ({
    method: 'GET',
    url,
    headers: {},
    rawHeaders: ['Host', 'x'],
    socket: { remoteAddress },
  }) as unknown as IncomingMessage;

const exchange = (url = '/prod', peer = '192.0.2.1'): ReturnType<typeof connectExchange> =>
  connectExchange(
    request(url, peer),
    { stage: fakeStage({}), path: '', domainName: 'api.test' },
    { connectionId: 'AAAA00000000000=', now: 1000 },
  );

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
])('a peer %s is %s', (peer, sourceIp) => {
  expect(exchange('/prod', peer).connection.sourceIp).toBe(sourceIp);
});

test.each([
  ['/prod', '/prod', ''],
  ['/prod?', '/prod', ''],
  ['/prod/%41?a=1&b=?', '/prod/%41', 'a=1&b=?'],
])('%s is path %s and query %s', (url, path, query) => {
  expect(exchange(url).request).toMatchObject({ path, query, rawHeaders: ['Host', 'x'] });
});

test('behind a mapping of several levels header names are lower case', () => {
  const match = { stage: fakeStage({}), path: '', domainName: 'api.test', lowersHeaderNames: true };
  const { request: seen } = connectExchange(
    { ...request('/a/b', '::1'), rawHeaders: ['Host', 'X', 'X-Room', 'R7'] } as IncomingMessage,
    match,
    { connectionId: 'AAAA00000000000=', now: 1000 },
  );
  expect(seen.rawHeaders).toEqual(['host', 'X', 'x-room', 'R7']);
});

test('a client without a User-Agent has none, not an undefined one', () => {
  expect(exchange().connection).not.toHaveProperty('userAgent');
});

test.each([
  [7_200_000, 1 + 7200 + 3600],
  [Infinity, 1 + 315_360_000],
])('with a life of %d ms a record expires at %d', (connectionMs, expiresAt) => {
  const options = { nodeId: 'AAAA', accountId: '000000000000', connectionMs };
  expect(connectionRecord(exchange().connection, options)).toMatchObject({
    id: 'AAAA00000000000=',
    nodeId: 'AAAA',
    accountId: '000000000000',
    expiresAt,
  });
});
