// An endpoint on a real listener: what it claims, how it bounds bodies, and that every answer has a request id.
import { connect } from 'node:net';
import { once } from 'node:events';
import * as management from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, onTestFinished, test } from 'vitest';
import { openCredentials } from '#shared/aws-api/credentials.ts';
import { API_GATEWAY_DIALECT } from '#shared/aws-api/dialect.ts';
import { AwsEndpoint } from '#shared/aws-api/endpoint.ts';
import { defineService } from '#shared/aws-api/service.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { listen } from '../../support/aws-listener.ts';

const SCOPE = (service: string): Record<string, string> => ({
  authorization:
    `AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/${service}/aws4_request, ` +
    'SignedHeaders=host, Signature=x',
  'x-amz-date': '20260131T000000Z',
});

async function serve(log: LogLine[] = []) {
  const bodies: number[] = [];
  const service = defineService({
    service: 'management',
    prefixes: ['@connections'],
    sdk: async () => management,
    handlers: {
      PostToConnection: async ({ Data }: { Data: Uint8Array }) => {
        bodies.push(Data.length);
        if (Data.length === 3) throw new Error('a bug');
        if (Data.length === 4) throw new ServiceError('Bad\r\nHeader', 400, 'not sendable');
        if (Data.length === 5) throw new ServiceError('BadRequestException', 400, 'ä\u0000"\n');
      },
    },
    notImplemented: ['GetConnection', 'DeleteConnection'],
    dialect: API_GATEWAY_DIALECT,
  });
  const endpoint = new AwsEndpoint({
    name: 'management',
    signingName: 'execute-api',
    services: [service],
    verifier: new SigV4Verifier(openCredentials()),
    accountId: '000000000000',
    limits: { controlBodyBytes: 1000 },
    logger: new Logger((line) => log.push(line), 'test'),
  });
  const listener = await listen(endpoint, onTestFinished);
  return { ...listener, bodies };
}

const UUID = /^[0-9a-f-]{36}$/;
const post = (body: string | ReadableStream, service = 'execute-api') => ({
  method: 'POST',
  body,
  headers: SCOPE(service),
  duplex: 'half' as const,
});

test('signed requests are claimed by their service, others by their path', async () => {
  const { endpoint } = await serve();
  const status = async (path: string, init?: RequestInit): Promise<number> =>
    (await fetch(endpoint + path, init)).status;
  expect(await status('/@connections/x', post('ab'))).toBe(200);
  expect(await status('/@connections/x', post('ab', 'iot'))).toBe(599);
  expect(await status('/@connections/x')).toBe(403);
  expect(await status('/elsewhere')).toBe(599);
  expect(await status('/elsewhere', post('ab'))).toBe(403);
});

test.each([
  [
    '/@connections/x',
    {},
    403,
    'MissingAuthenticationTokenException',
    { message: 'Missing Authentication Token' },
  ],
  [
    '/x',
    post('ab'),
    403,
    'AccessDeniedException',
    { Message: 'Unable to determine service/operation name to be authorized' },
  ],
  [
    '/@connections/x',
    { headers: SCOPE('execute-api') },
    501,
    'NotImplementedException',
    { message: 'The operation GetConnection of management is not implemented by this gateway' },
  ],
  [
    '/@connections/x',
    post('x'.repeat(1001)),
    413,
    'RequestEntityTooLargeException',
    { message: 'Request must be smaller than 1000 bytes' },
  ],
  [
    '/@connections/x',
    post('abc'),
    500,
    'InternalFailure',
    { message: 'An internal error has occurred' },
  ],
] as const)('%s %j is %i', async (path, init, status, type, body) => {
  const { endpoint } = await serve();
  const answer = await fetch(endpoint + path, init);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-amzn-errortype')).toBe(type);
  expect(answer.headers.get('x-amzn-requestid')).toMatch(UUID);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await answer.json()).toEqual(body);
});

test('a body as long as the limit passes, also without a length; a longer stream does not', async () => {
  const { endpoint, bodies } = await serve();
  const stream = (size: number) => new Blob(['x'.repeat(size)]).stream();
  const fits = await fetch(`${endpoint}/@connections/x`, post(stream(1000)));
  expect(fits.status).toBe(200);
  expect(fits.headers.get('x-amzn-requestid')).toMatch(UUID);
  const more = await fetch(`${endpoint}/@connections/x`, post(stream(1001)));
  expect(more.status).toBe(413);
  expect(bodies).toEqual([1000]);
});

test('a bug is logged with its stack and request id, and only there', async () => {
  const log: LogLine[] = [];
  const { endpoint } = await serve(log);
  const answer = await fetch(`${endpoint}/@connections/x`, post('abc'));
  expect(await answer.text()).not.toContain('a bug');
  expect(log).toHaveLength(1);
  expect(log[0]?.fields.requestId).toBe(answer.headers.get('x-amzn-requestid'));
  expect((log[0]?.fields.error as Error).message).toBe('a bug');
});

test('a client that goes away in the middle of its body is no failure', async () => {
  const log: LogLine[] = [];
  const { endpoint, requests, bodies } = await serve(log);
  const { port } = new URL(endpoint);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /@connections/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  await expect.poll(() => requests.length).toBe(1);
  const closed = new Promise((resolve) => requests[0]?.once('close', resolve));
  socket.destroy();
  await closed;
  expect((await fetch(`${endpoint}/@connections/x`, post('ab'))).status).toBe(200);
  expect(bodies).toEqual([2]);
  expect(log).toEqual([]);
});

test('an answer that cannot be sent costs its connection, never the node', async () => {
  const log: LogLine[] = [];
  const { endpoint } = await serve(log);
  await expect(fetch(`${endpoint}/@connections/x`, post('abcd'))).rejects.toThrow();
  expect(log.map(({ message }) => message)).toEqual(['an answer could not be sent']);
  const next = await fetch(`${endpoint}/@connections/x`, post('abcde'));
  expect(await next.json()).toEqual({ message: 'ä\u0000"\n' });
});
