// HTTP_PROXY integrations against a real back end: what is sent, what comes back, and every way to fail.
import { expect, onTestFinished, test } from 'vitest';
import type { Integration } from '#shared/model/integration.ts';
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { HTTP_ANSWER_BYTES } from '#shared/integration/http-client.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import {
  testConnection,
  testMessage,
  testRequest,
  testRoute,
  testStage,
} from '../../support/exchange.ts';
import { startBackend } from '../../support/http-backend.ts';
import { testIntegration, testStageDeps } from '../../support/snapshot.ts';

const clock = new TestClock(0);

function proxy(
  record: Partial<IntegrationRecord>,
  variables: Readonly<Record<string, string>> = {},
): Integration {
  const integration = createIntegration(
    {
      record: testIntegration({
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'POST',
        ...record,
      }),
      responses: [],
    },
    { ...testStageDeps({ clock }), stage: testStage({ variables }), events: WEBSOCKET_EVENTS },
  );
  onTestFinished(async () => integration.close?.());
  return integration;
}

const oneWay = testMessage('{"a":"x/y"}', { route: testRoute({ routeKey: 'move' }) });
const twoWay = testMessage('{"a":"x/y"}', { route: testRoute({ routeKey: 'ask', twoWay: true }) });
const connect = testMessage('', {
  event: 'CONNECT',
  route: testRoute({ routeKey: '$connect' }),
  connection: testConnection({ userAgent: 'duel/1' }),
  request: testRequest({
    query: 'token=t%201&x=1',
    rawHeaders: [
      ...['Host', 'localhost', 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      ...['Sec-WebSocket-Version', '13', 'User-Agent', 'duel/1', 'X-Twice', 'a', 'x-twice', 'b'],
      ...['Authorization', 'Bearer t', 'X-Forwarded-For', '203.0.113.9', 'TE', 'trailers'],
    ],
  }),
});

async function failure(promise: unknown): Promise<GatewayError> {
  const error: unknown = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error('no GatewayError', { cause: error });
}

test.each([201, 301, 404, 503])('a two-way message answered %i gets the body', async (status) => {
  const backend = await startBackend((response) => {
    response.writeHead(status);
    response.end('whatever it is');
  });
  const result = await proxy({ IntegrationUri: backend.url }).invoke(twoWay);
  expect([result.status, Buffer.from(result.body ?? []).toString()]).toEqual([
    status,
    'whatever it is',
  ]);
});

test('a message goes out as it is, and the answer comes back as it is', async () => {
  const backend = await startBackend((response) => {
    response.writeHead(201, { 'X-Back': 'end', 'Set-Cookie': ['a=1', 'b=2'] });
    response.end('answer ä');
  });
  const result = await proxy({ IntegrationUri: `${backend.url}/in?fixed=1` }).invoke(twoWay);
  expect(result.status).toBe(201);
  expect(result.headers).toMatchObject({ 'x-back': 'end', 'set-cookie': 'a=1, b=2' });
  expect(Buffer.from(result.body ?? []).toString('utf8')).toBe('answer ä');
  const [request] = backend.requests;
  expect(request).toMatchObject({ method: 'POST', url: '/in?fixed=1', body: '{"a":"x/y"}' });
  expect(request?.headers).toMatchObject({
    'user-agent': 'AmazonAPIGateway_k3v9wq01ab',
    'content-type': 'application/json',
    'x-amzn-apigateway-api-id': 'k3v9wq01ab',
  });
  expect(request?.headers['x-amzn-trace-id']).toMatch(/^Root=1-/);
  expect(request?.headers).not.toHaveProperty('x-forwarded-for');
});

test('a handshake goes out with its headers and query, without hop headers', async () => {
  const backend = await startBackend((response) => {
    response.writeHead(401, { 'Sec-WebSocket-Protocol': 'chat' });
    response.end();
  });
  const integration = proxy({
    IntegrationUri: `${backend.url}/auth?a=1`,
    IntegrationMethod: 'ANY',
  });
  const result = await integration.invoke(connect);
  expect([result.status, result.body]).toEqual([401, undefined]);
  expect(result.headers['sec-websocket-protocol']).toBe('chat');
  const [request] = backend.requests;
  expect(request).toMatchObject({ method: 'GET', url: '/auth?a=1&token=t%201&x=1', body: '' });
  expect(request?.headers).toMatchObject({
    host: backend.url.slice('http://'.length),
    'sec-websocket-version': '13',
    'user-agent': 'duel/1',
    'x-twice': 'a, b',
    authorization: 'Bearer t',
    'x-forwarded-for': '203.0.113.9, 198.51.100.23',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  });
  expect(request?.headers).not.toHaveProperty('upgrade');
  expect(request?.headers).not.toHaveProperty('te');
});

test('request parameters become headers, query and path; headers replace', async () => {
  const backend = await startBackend((response) => response.end());
  const integration = proxy(
    {
      IntegrationUri: '${stageVariables.base}/rooms/{room}/{none}/x',
      IntegrationMethod: 'PUT',
      RequestParameters: {
        'integration.request.header.connectionId': 'context.connectionId',
        'integration.request.header.Sec-WebSocket-Version': "'0'",
        'integration.request.header.Missing': 'route.request.header.none',
        'integration.request.querystring.x': "'a b'",
        'integration.request.querystring.token': 'route.request.querystring.token',
        'integration.request.path.room': "'r/1 ä'",
        'integration.request.path.none': 'stageVariables.none',
      },
    },
    { base: backend.url },
  );
  await integration.invoke(connect);
  const [request] = backend.requests;
  expect(request?.method).toBe('PUT');
  expect(request?.url).toBe('/rooms/r%2F1%20%C3%A4//x?token=t%201&x=1&x=a%20b&token=t%201');
  expect(request?.headers).toMatchObject({
    connectionid: 'AhT3mfC0liACJ9g=',
    'sec-websocket-version': '0',
  });
  expect(request?.headers).not.toHaveProperty('missing');
});

test.each([
  ['GET', 'GET', ''],
  ['DELETE', 'DELETE', '{"a":"x/y"}'],
  ['ANY', 'POST', '{"a":"x/y"}'],
])('method %s sends %s with body %j', async (IntegrationMethod, method, body) => {
  const backend = await startBackend((response) => response.end());
  await proxy({ IntegrationUri: backend.url, IntegrationMethod }).invoke(oneWay);
  expect(backend.requests[0]).toMatchObject({ method, url: '/', body });
});

test('CONVERT_TO_BINARY decodes, and refuses what is no base64', async () => {
  const backend = await startBackend((response) => response.end());
  const integration = proxy({
    IntegrationUri: backend.url,
    ContentHandlingStrategy: 'CONVERT_TO_BINARY',
  });
  await integration.invoke(testMessage('aGk='));
  expect(backend.requests[0]?.body).toBe('hi');
  const error = await failure(integration.invoke(testMessage('{}')));
  expect(error.type).toBe('API_CONFIGURATION_ERROR');
});

test('an answer that is no UTF-8 becomes text', async () => {
  const backend = await startBackend((response) => response.end(Buffer.from([97, 255])));
  const { body } = await proxy({ IntegrationUri: backend.url }).invoke(twoWay);
  expect(Buffer.from(body ?? []).toString('utf8')).toBe('a\uFFFD');
});

test('connections are used again, also when nobody wants the answer', async () => {
  const backend = await startBackend((response) => response.end('x'.repeat(1000)));
  const integration = proxy({ IntegrationUri: backend.url });
  for (const exchange of Array.from({ length: 20 }, (_, at) => (at % 2 ? twoWay : oneWay))) {
    const { body } = await integration.invoke(exchange);
    expect(body?.length).toBe(exchange === twoWay ? 1000 : undefined);
  }
  expect(backend.connections()).toBeLessThanOrEqual(2);
});

test('redirects are answers', async () => {
  const backend = await startBackend((response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/' });
    response.end();
  });
  expect((await proxy({ IntegrationUri: backend.url }).invoke(twoWay)).status).toBe(302);
});

test('no answer in time is a timeout, and never later', async () => {
  const backend = await startBackend(() => clock.advance(100));
  const error = await failure(
    proxy({ IntegrationUri: backend.url, TimeoutInMillis: 100 }).invoke(twoWay),
  );
  expect([error.type, error.status]).toEqual(['INTEGRATION_TIMEOUT', 504]);
});

test('an answer that stops half way is a timeout', async () => {
  const backend = await startBackend((response) => {
    response.write('half', () => clock.advance(29_000));
  });
  const error = await failure(proxy({ IntegrationUri: backend.url }).invoke(twoWay));
  expect(error.type).toBe('INTEGRATION_TIMEOUT');
});

test.each<[string, RoutedExchange]>([
  ['wanted', twoWay],
  ['unwanted', oneWay],
])('an answer that is too large and %s is a failure', async (_what, exchange) => {
  const backend = await startBackend((response) => {
    response.on('error', () => undefined);
    response.end(Buffer.alloc(HTTP_ANSWER_BYTES + 1, 'x'));
  });
  const error = await failure(proxy({ IntegrationUri: backend.url }).invoke(exchange));
  expect(error.type).toBe('INTEGRATION_FAILURE');
  expect(error.detail).toContain('larger than');
});

test('a back end that cannot be reached, breaks off or speaks no HTTP is a failure', async () => {
  const backend = await startBackend((response, request) => {
    if (request.url === '/break') response.destroy();
    else response.socket?.end('nonsense\r\n\r\n');
  });
  const uris = [
    'http://127.0.0.1:1/',
    `${backend.url}/break`,
    `${backend.url}/nonsense`,
    backend.url.replace('http:', 'https:'),
  ];
  for (const IntegrationUri of uris) {
    const error = await failure(proxy({ IntegrationUri }).invoke(twoWay));
    expect([IntegrationUri, error.type]).toEqual([IntegrationUri, 'INTEGRATION_FAILURE']);
  }
});

test('a message cannot smuggle headers', async () => {
  const backend = await startBackend((response) => response.end());
  const integration = proxy({
    IntegrationUri: backend.url,
    RequestParameters: { 'integration.request.header.X-A': 'route.request.body.a' },
  });
  const error = await failure(integration.invoke(testMessage('{"a":"x\\r\\nEvil: 1"}')));
  expect(error.type).toBe('INTEGRATION_FAILURE');
  expect(backend.requests).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['http://${stageVariables.host}/x', {}, 'stage variable host is not set'],
  ['http://${stageVariables.host}/x', { host: 'a b' }, 'is no http or https address'],
  ['${stageVariables.url}', { url: 'ftp://x' }, 'is no http or https address'],
  ['http://127.0.0.1:1/{room}', {}, 'integration.request.path.room'],
])('%s with %j fails the call', async (IntegrationUri, variables, detail) => {
  const error = await failure(proxy({ IntegrationUri }, variables).invoke(twoWay));
  expect(error.type).toBe('API_CONFIGURATION_ERROR');
  expect(error.detail).toContain(detail);
});

test.each<[Partial<IntegrationRecord>, string]>([
  [{ IntegrationUri: 'not an address' }, 'is no http or https address'],
  [{ IntegrationUri: 'ftp://example.com/' }, 'is no http or https address'],
  [{ IntegrationUri: 'http://user:secret@example.com/' }, 'is no http or https address'],
  [{ IntegrationUri: 'http://{host}/' }, 'is no http or https address'],
  [
    {
      IntegrationUri: 'http://example.com/',
      RequestParameters: { 'integration.request.header.Content-Length': "'1'" },
    },
    'header Content-Length cannot be mapped',
  ],
  [
    {
      IntegrationUri: 'http://example.com/',
      RequestParameters: { 'integration.request.header.x': 'nonsense' },
    },
    'invalid mapping source "nonsense"',
  ],
])('%j fails the deployment', (record, text) => {
  expect(() => proxy(record)).toThrow(DefinitionError);
  expect(() => proxy(record)).toThrow(text);
});

test('closing waits for calls in flight, and a later call still works', async () => {
  let finish: (() => void) | undefined;
  const backend = await startBackend((response, request) => {
    if (request.body === '{"later":1}') response.end('later');
    else finish = () => response.end('done');
  });
  const integration = proxy({ IntegrationUri: backend.url });
  const call = integration.invoke(twoWay);
  while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
  const closed = integration.close?.();
  finish();
  expect(Buffer.from((await call).body ?? []).toString()).toBe('done');
  await closed;
  const later = await integration.invoke({
    ...twoWay,
    request: testRequest({ body: '{"later":1}' }),
  });
  expect(Buffer.from(later.body ?? []).toString()).toBe('later');
});
