// Handshakes that are refused, or whose client or store goes away: every status, and what stays behind.
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { GatewayError, type GatewayErrorType } from '#shared/exchange/errors.ts';
import type { Authorizer } from '#shared/model/authorizer.ts';
import type { Route, WebSocketStage } from '#shared/model/stage.ts';
import { closed, handshake, opened, RawClient, refused, until } from '../../support/client.ts';
import { fakeKeys } from '../../support/api-keys.ts';
import { fakeStage, ok, type Behaviour } from '../../support/fake-stage.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

const fails =
  (type: GatewayErrorType): Behaviour =>
  () => {
    throw new GatewayError(type, 'told to');
  };

test.each([200, 201, 204, 299])('a $connect answer of %i opens', async (status) => {
  node = await startSocketNode({ routes: { $connect: () => ({ status }) } });
  const client = node.client();
  await opened(client);
  expect(node.service.hub.size).toBe(1);
  client.terminate();
});

test('without a $connect route everybody may come in', async () => {
  node = await startSocketNode();
  const client = node.client();
  await opened(client);
  client.terminate();
});

type Row = [string, Behaviour | (Partial<Route> & { run?: Behaviour }), number, string, string?];

/** An authorizer that knows its client by `identity` and ends in `type`, or lets it in. */
function authorizer(identity: string | undefined, type?: GatewayErrorType): Authorizer {
  return {
    type: 'lambda',
    identity: () => identity,
    admit: async () => {
      if (type !== undefined) throw new GatewayError(type, 'told to');
      return { authorizer: { principalId: 'u' }, identity: { user: 'alice' } };
    },
  };
}

test.each<Row>([
  ['301', () => ({ status: 301 }), 301, 'Moved Permanently'],
  ['400', () => ({ status: 400 }), 400, 'Bad Request'],
  ['401', () => ({ status: 401 }), 401, 'Unauthorized'],
  [
    '403 with a body of its own',
    () => ({ status: 403, body: Buffer.from('no') }),
    403,
    'Forbidden',
  ],
  ['501', () => ({ status: 501 }), 501, 'Not Implemented'],
  [
    '101, which would look like an open socket',
    () => ({ status: 101 }),
    502,
    'Internal server error',
    'InternalServerErrorException',
  ],
  ['0', () => ({ status: 0 }), 502, 'Internal server error', 'InternalServerErrorException'],
  ['600', () => ({ status: 600 }), 502, 'Internal server error', 'InternalServerErrorException'],
  ['NaN', () => ({ status: NaN }), 502, 'Internal server error', 'InternalServerErrorException'],
  [
    'a function error',
    fails('INTEGRATION_FAILURE'),
    502,
    'Internal server error',
    'InternalServerErrorException',
  ],
  [
    'a function that may not be invoked',
    fails('API_CONFIGURATION_ERROR'),
    500,
    'Internal server error',
    'InternalServerErrorException',
  ],
  [
    'a timeout',
    fails('INTEGRATION_TIMEOUT'),
    504,
    'Endpoint request timed out',
    'InternalServerErrorException',
  ],
  ['a throttle', fails('THROTTLED'), 429, 'Too Many Requests', 'TooManyRequestsException'],
  [
    'an unexpected error',
    () => {
      throw new TypeError('bug');
    },
    500,
    'Internal server error',
    'InternalServerErrorException',
  ],
  ['a route without a target', {}, 500, 'Internal server error', 'InternalServerErrorException'],
  [
    'an authorizer that was not compiled',
    { run: ok(), authorizationType: 'CUSTOM' },
    500,
    'Internal server error',
    'AuthorizerConfigurationException',
  ],
  [
    'IAM that was not compiled',
    { run: ok(), authorizationType: 'AWS_IAM' },
    500,
    'Internal server error',
    'AuthorizerConfigurationException',
  ],
  [
    'an identity source that is missing',
    { run: ok(), authorizationType: 'CUSTOM', authorizer: authorizer(undefined) },
    401,
    'Unauthorized',
    'UnauthorizedException',
  ],
  ...(
    [
      ['UNAUTHORIZED', 401, 'Unauthorized', 'UnauthorizedException'],
      ['ACCESS_DENIED', 403, 'Forbidden', 'ForbiddenException'],
      [
        'MISSING_AUTHENTICATION_TOKEN',
        403,
        'Missing Authentication Token',
        'MissingAuthenticationTokenException',
      ],
      ['INVALID_SIGNATURE', 403, 'Forbidden', 'InvalidSignatureException'],
      ['AUTHORIZER_FAILURE', 500, 'Internal server error', 'AuthorizerFailureException'],
      [
        'AUTHORIZER_CONFIGURATION_ERROR',
        500,
        'Internal server error',
        'AuthorizerConfigurationException',
      ],
    ] as const
  ).map(([type, status, message, errorType]): Row => [
    `an authorizer that ends in ${type}`,
    { run: ok(), authorizationType: 'CUSTOM', authorizer: authorizer('', type) },
    status,
    message,
    errorType,
  ]),
  [
    'an authorizer that refuses before a required parameter is missed',
    {
      run: ok(),
      authorizationType: 'CUSTOM',
      authorizer: authorizer('', 'ACCESS_DENIED'),
      apiKeyRequired: true,
      requiredParameters: [{ location: 'header', name: 'X-Room' }],
    },
    403,
    'Forbidden',
    'ForbiddenException',
  ],
  [
    'no API key where one is needed',
    { run: ok(), apiKeyRequired: true },
    403,
    'Forbidden',
    'ForbiddenException',
  ],
  [
    'a required header that is missing',
    { run: ok(), requiredParameters: [{ location: 'header', name: 'X-Room' }] },
    400,
    'Bad request parameters',
    'BadRequestException',
  ],
  [
    'a required query parameter that is missing',
    { run: ok(), requiredParameters: [{ location: 'querystring', name: 'room' }] },
    400,
    'Bad request parameters',
    'BadRequestException',
  ],
])('$connect refuses with %s', async (_, $connect, status, message, errorType) => {
  node = await startSocketNode({ routes: { $connect } });
  const answer = await refused(node.client());
  expect(answer.status).toBe(status);
  expect(answer.body).toBe(JSON.stringify({ message }));
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['x-amzn-errortype']).toBe(errorType);
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  expect(node.store.records.size).toBe(0);
  expect(node.disconnects).toEqual([]);
});

test('of several faults the first of this order is told: rate, identity, API key, parameters, integration', async () => {
  node = await startSocketNode({ apiKeys: fakeKeys({ good: 'k1' }) });
  const throttle = { key: 'k', rate: 0, burst: 0 };
  const route = (admitted: boolean) => ({
    run: fails('INTEGRATION_FAILURE'),
    authorizer: authorizer(admitted ? 'me' : undefined),
    apiKeyRequired: true,
    requiredParameters: [{ location: 'querystring' as const, name: 'room' }],
  });
  const status = async (query = '', headers: Record<string, string> = {}) => {
    const client = new WebSocket(`${node.url}${query}`, { headers });
    return (await refused(client)).status;
  };
  const stage: WebSocketStage = {
    ...fakeStage({ $connect: route(false) }),
    throttles: { connect: throttle },
  };
  node.stages.put(stage);
  expect(await status()).toBe(429);
  node.stages.put(fakeStage({ $connect: route(false) }));
  expect(await status()).toBe(401);
  node.stages.put(fakeStage({ $connect: route(true) }));
  expect(await status()).toBe(403);
  expect(await status('', { 'x-api-key': 'good' })).toBe(400);
  expect(await status('?room=r7', { 'x-api-key': 'good' })).toBe(502);
});

test('required parameters that are there open', async () => {
  node = await startSocketNode({
    routes: {
      $connect: {
        run: ok(),
        requiredParameters: [
          { location: 'header', name: 'X-Room' },
          { location: 'querystring', name: 'token' },
        ],
      },
    },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake('/prod?token=a', 'x-room: 1\r\n'));
  await until(() => raw.received.includes('101 Switching'));
  raw.destroy();
});

test('a required header that is empty is missing', async () => {
  const requiredParameters = [{ location: 'header', name: 'X-Room' }] as const;
  node = await startSocketNode({ routes: { $connect: { run: ok(), requiredParameters } } });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake('/prod', 'X-Room: \r\n'));
  await until(() => raw.ended);
  expect(raw.received.toString()).toMatch(/^HTTP\/1\.1 400 /);
});

test('a refusal with 304 has no body', async () => {
  node = await startSocketNode({ routes: { $connect: () => ({ status: 304 }) } });
  const answer = await refused(node.client());
  expect([answer.status, answer.body]).toEqual([304, '']);
});

test.each([
  ['a key that is too short', (text: string) => text.replace(/Key: .+\r/, 'Key: abc\r'), 400],
  ['HTTP/1.0', (text: string) => text.replace('HTTP/1.1', 'HTTP/1.0'), 400],
  ['HTTP/0.9', (text: string) => text.replace('HTTP/1.1', 'HTTP/0.9'), 400],
  ['HTTP/2.0', (text: string) => text.replace('HTTP/1.1', 'HTTP/2.0'), 400],
  ['no key', (text: string) => text.replace(/Sec-WebSocket-Key.+\r\n/, ''), 400],
  ['version 12', (text: string) => text.replace('Version: 13', 'Version: 12'), 426],
  ['no version', (text: string) => text.replace(/Sec-WebSocket-Version.+\r\n/, ''), 426],
  ['another protocol', (text: string) => text.replace('Upgrade: websocket', 'Upgrade: h2c'), 426],
  ['POST', (text: string) => text.replace('GET', 'POST'), 400],
  ['a path below the stage', (text: string) => text.replace('/prod', '/prod/x'), 403],
])('a handshake with %s never reaches $connect', async (_, spoil, status) => {
  let asked = 0;
  node = await startSocketNode({
    routes: {
      $connect: () => {
        asked++;
        return {};
      },
    },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(spoil(handshake()));
  await until(() => raw.ended);
  const text = raw.received.toString();
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text).toContain('content-type: application/json\r\n');
  if (status === 426) expect(text).toContain('sec-websocket-version: 13\r\n');
  expect(asked).toBe(0);
});

test('a slash after the stage is as good as none', async () => {
  node = await startSocketNode();
  const raw = await RawClient.open(node.port, '/prod/');
  expect(node.service.hub.size).toBe(1);
  raw.destroy();
});

test('a plain GET is told to upgrade', async () => {
  node = await startSocketNode();
  const answer = await fetch(`http://127.0.0.1:${node.port}/prod`);
  expect(answer.status).toBe(426);
  expect(answer.headers.get('upgrade')).toBe('websocket');
  expect(await answer.json()).toEqual({ message: 'Upgrade Required' });
});

test.each([
  ['POST', '/prod', 403, 'Forbidden'],
  ['GET', '/prod/x', 404, 'No method found matching route x for http method GET.'],
  [
    'POST',
    '/prod/prod/@connections/L0SM9cOFvHcCIhw%3D',
    404,
    'No method found matching route prod/@connections/L0SM9cOFvHcCIhw= for http method POST.',
  ],
  ['GET', '/prod/%zz', 404, 'No method found matching route %zz for http method GET.'],
])('%s %s is %i', async (method, path, status, message) => {
  node = await startSocketNode();
  const answer = await fetch(`http://127.0.0.1:${node.port}${path}`, { method });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ message });
});

test('a store that is away refuses with 500, and the back end hears of the end', async () => {
  node = await startSocketNode({ routes: { $connect: ok() } });
  node.store.failing = true;
  const answer = await refused(node.client());
  expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal server error"}']);
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]?.disconnect).toEqual({
    code: 1006,
    reason: 'Connection Closed Abnormally',
  });
  node.store.failing = false;
});

test('the 101 waits for the record', async () => {
  node = await startSocketNode();
  let release: (() => void) | undefined;
  node.store.gate = new Promise<void>((resolve) => (release = resolve));
  const raw = await RawClient.connect(node.port);
  raw.write(handshake());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(raw.received.length).toBe(0);
  release?.();
  await until(() => raw.received.includes('101 Switching'));
  raw.destroy();
});

test('a client that goes during $connect: DISCONNECT runs and the record goes', async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const asked = Promise.withResolvers<void>();
  node = await startSocketNode({
    routes: {
      $connect: async () => {
        asked.resolve();
        await gate;
        return {};
      },
    },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake());
  await asked.promise;
  raw.socket.resetAndDestroy();
  await once(raw.socket, 'close');
  release?.();
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]?.disconnect?.code).toBe(1006);
  await until(() => node.store.records.size === 0);
  expect(node.service.hub.size).toBe(0);
});

test('a node that stops refuses new handshakes with 503', async () => {
  node = await startSocketNode();
  await node.service.stop('test');
  const answer = await refused(node.client());
  expect(answer.status).toBe(503);
});

test('a handshake in progress when the node stops is refused, and DISCONNECT runs', async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const asked = Promise.withResolvers<void>();
  node = await startSocketNode({
    routes: {
      $connect: async () => {
        asked.resolve();
        await gate;
        return {};
      },
    },
  });
  const answer = refused(node.client());
  await asked.promise;
  const stopped = node.service.stop('test');
  release?.();
  expect((await answer).status).toBe(503);
  await stopped;
  expect(node.disconnects).toHaveLength(1);
});

test('a subprotocol that is no token does not reach the 101', async () => {
  node = await startSocketNode({
    routes: { $connect: () => ({ headers: { 'Sec-WebSocket-Protocol': 'a\r\nx-evil: 1' } }) },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake('/prod', 'Sec-WebSocket-Protocol: a\r\n'));
  await until(() => raw.received.includes('\r\n\r\n'));
  expect(raw.received.toString()).toContain('101 Switching');
  expect(raw.received.toString()).not.toContain('evil');
  expect(raw.received.toString().toLowerCase()).not.toContain('sec-websocket-protocol');
  raw.destroy();
});

test('a malformed list of subprotocols is for the back end to judge', async () => {
  let seen: readonly string[] = [];
  node = await startSocketNode({
    routes: {
      $connect: ({ request }) => {
        seen = request.rawHeaders;
        return {};
      },
    },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(handshake('/prod', 'Sec-WebSocket-Protocol: a,,b b\r\n'));
  await until(() => raw.received.includes('101 Switching'));
  expect(seen).toContain('a,,b b');
  raw.destroy();
});

test('the subprotocol that $connect chose is the client’s', async () => {
  node = await startSocketNode({
    routes: { $connect: () => ({ headers: { 'SEC-WEBSOCKET-PROTOCOL': 'v2' } }) },
  });
  const client = node.client({}, ['v1', 'v2']);
  await opened(client);
  expect(client.protocol).toBe('v2');
  client.close();
  expect((await closed(client)).code).toBe(1005);
});
