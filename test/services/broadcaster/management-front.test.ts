// The @connections API: the official client and hand-written requests against real sockets.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { NodeBroadcaster } from '#services/broadcaster/broadcaster.ts';
import { ManagementFront } from '#services/broadcaster/management-front.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import type { SignedRequest } from '#shared/model/authorizer.ts';
import type { Principal } from '#shared/model/control.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import {
  clientFrame,
  closed,
  frames,
  nextMessage,
  opened,
  RawClient,
  until,
} from '../../support/client.ts';
import { fakeStage } from '../../support/fake-stage.ts';
import { NOW, startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
let client: WebSocket;
let id: string;
let sdk: ApiGatewayManagementApiClient;
/** What the verifier was asked, and what it is to throw. */
let asked: [SignedRequest, string, string][];
let refusal: Error | undefined;
/** Set to have signatures checked for real. */
let verifier: SigV4Verifier | undefined;
let principal: Principal;
/** Set to have the broadcaster fail. */
let busClosed: () => Promise<void>;

beforeEach(async () => {
  node = await startSocketNode({ routes: { $default: () => ({}) } });
  asked = [];
  refusal = undefined;
  verifier = undefined;
  principal = { name: 'dev', accessKeyId: 'AKIAEXAMPLE' };
  const bus = new MemoryBus(new MemoryHub(), silentLogger);
  busClosed = () => bus.close();
  const broadcaster = new NodeBroadcaster({
    nodeId: 'AAAA',
    hub: node.service.hub,
    bus,
    limits: node.limits,
  });
  node.management = new ManagementFront({
    broadcaster,
    limits: node.limits,
    limiter: new MemoryRateLimiter(node.clock),
    logger: silentLogger,
    verifier: {
      verify: (...args) => {
        asked.push(args);
        if (refusal !== undefined) throw refusal;
        verifier?.verify(...args);
        return { principal };
      },
    },
  });
  client = node.client({ headers: { 'user-agent': 'tester/1' } });
  await opened(client);
  id = [...node.service.connections][0]?.id ?? '';
  sdk = new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${node.port}/prod`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  sdk.destroy();
  await node.close();
});

interface Plain {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function plain(
  method: string,
  path: string,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Plain> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port: node.port, host: '127.0.0.1', method, path, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: text });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

test('the SDK posts, describes and deletes', async () => {
  const message = nextMessage(client);
  const posted = await sdk.send(
    new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from('hello ✓') }),
  );
  expect(await message).toBe('hello ✓');
  expect(posted.$metadata.httpStatusCode).toBe(200);
  expect(posted.$metadata.requestId).toMatch(/^[A-Za-z0-9_-]{15}=$/);

  node.clock.advance(12_345);
  client.send('active');
  await until(() => [...node.service.connections][0]?.lastActiveAt === NOW + 12_345);
  const described = await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
  expect(described).toMatchObject({
    ConnectedAt: new Date(NOW),
    LastActiveAt: new Date(NOW + 12_345),
    Identity: { SourceIp: '127.0.0.1', UserAgent: 'tester/1' },
  });

  const end = closed(client);
  const deleted = await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  expect(await end).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]?.disconnect).toEqual({
    code: 1000,
    reason: 'Connection Closed Normally',
  });
  const gone = await sdk
    .send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' }))
    .catch((error: unknown) => error);
  expect(gone).toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
});

test('the verifier gets the request as it came, the service and the region of the stage', async () => {
  await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'hello' }));
  const [request, service, region] = asked[0] ?? [];
  expect(request?.method).toBe('POST');
  expect(request?.url).toBe(`/prod/@connections/${encodeURIComponent(id)}`);
  expect(Buffer.from(request?.body ?? []).toString()).toBe('hello');
  expect(request?.rawHeaders.map((text) => text.toLowerCase())).toContain('authorization');
  expect([service, region]).toEqual(['execute-api', 'us-east-1']);
});

const ENCODED = (text: string): string => encodeURIComponent(text);

test.each([
  ['as SDKs write it', () => `/prod/@connections/${ENCODED(id)}`],
  ['with the @ encoded', () => `/prod/%40connections/${ENCODED(id)}`],
  ['with the id as it is', () => `/prod/@connections/${id}`],
  ['behind an endpoint that ends in a slash', () => `/prod//@connections/${ENCODED(id)}`],
  [
    'with more encoded than needed',
    () => `/prod/@connections/${id.replace('A', '%41').replace('=', '%3d')}`,
  ],
])('POST %s', async (_, path) => {
  const message = nextMessage(client);
  const answer = await plain('POST', path(), 'hi');
  expect([answer.status, answer.body]).toEqual([200, '']);
  expect(answer.headers['content-length']).toBe('0');
  expect(await message).toBe('hi');
});

test('GET gives dates with milliseconds and in AWS’s order', async () => {
  const answer = await plain('GET', `/prod/@connections/${id}`);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.body).toBe(
    '{"connectedAt":"2026-11-24T12:00:00.000Z","identity":{"sourceIp":"127.0.0.1","userAgent":"tester/1"},"lastActiveAt":"2026-11-24T12:00:00.000Z"}',
  );
});

test.each<[string, string, string | Buffer | undefined, number, string, string]>([
  ['POST', 'AAAA00000000000=', 'x', 410, 'GoneException', ''],
  ['GET', 'AAAA00000000000=', undefined, 410, 'GoneException', ''],
  ['DELETE', 'AAAA00000000000=', undefined, 410, 'GoneException', ''],
  ['POST', 'ZZZZ00000000000=', 'x', 410, 'GoneException', ''],
  [
    'POST',
    'nonsense',
    'x',
    400,
    'BadRequestException',
    '{"message":"Invalid connectionId: nonsense"}',
  ],
  [
    'GET',
    'a%20b',
    undefined,
    400,
    'BadRequestException',
    '{"message":"Invalid connectionId: a b"}',
  ],
  [
    'DELETE',
    '%zz',
    undefined,
    400,
    'BadRequestException',
    '{"message":"Invalid connectionId: %zz"}',
  ],
  [
    'POST',
    ':id',
    Buffer.from([0xff]),
    400,
    'BadRequestException',
    '{"message":"The payload is not valid UTF-8"}',
  ],
  [
    'POST',
    ':id',
    Buffer.alloc(131_073, 'a'),
    413,
    'PayloadTooLargeException',
    '{"message":"Payload Too Large"}',
  ],
  [
    'PUT',
    ':id',
    'x',
    404,
    'NotFoundException',
    '{"message":"No method found matching route @connections/:id for http method PUT."}',
  ],
  [
    'POST',
    ':id/more',
    'x',
    404,
    'NotFoundException',
    '{"message":"No method found matching route @connections/:id/more for http method POST."}',
  ],
  [
    'POST',
    '',
    'x',
    404,
    'NotFoundException',
    '{"message":"No method found matching route @connections/ for http method POST."}',
  ],
])('%s …/%s is %i', async (method, target, body, status, errorType, text) => {
  const answer = await plain(
    method,
    `/prod/@connections/${target.replace(':id', ENCODED(id))}`,
    body,
  );
  expect(answer.status).toBe(status);
  expect(answer.headers['x-amzn-errortype']).toBe(errorType);
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  expect(answer.body).toBe(text.replace(':id', id));
});

test('a connection of another stage is gone here', async () => {
  node.stages.put(fakeStage({}, 'dev'));
  const other = new RawClientOf('/dev');
  const otherId = await other.open();
  expect((await plain('POST', `/prod/@connections/${otherId}`, 'x')).status).toBe(410);
  other.destroy();
});

/** A raw client with the id of its connection. */
class RawClientOf {
  readonly #path: string;
  #raw: RawClient | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<string> {
    this.#raw = await RawClient.open(node.port, this.#path);
    return [...node.service.connections].at(-1)?.id ?? '';
  }

  destroy(): void {
    this.#raw?.destroy();
  }
}

test('who is not let in gets the verifier’s refusal, whatever else is wrong', async () => {
  refusal = new ServiceError(
    'MissingAuthenticationTokenException',
    403,
    'Missing Authentication Token',
  );
  for (const target of [id, 'nonsense', 'AAAA00000000000=']) {
    const answer = await plain('POST', `/prod/@connections/${target}`, 'x');
    expect([answer.status, answer.headers['x-amzn-errortype'], answer.body]).toEqual([
      403,
      'MissingAuthenticationTokenException',
      '{"message":"Missing Authentication Token"}',
    ]);
  }
});

test('signatures of the SDK are verified over the path as it came, encoded twice', async () => {
  const credential = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', principal };
  verifier = new SigV4Verifier(new Credentials([credential], { open: false }));
  const message = nextMessage(client);
  await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'signed' }));
  expect(await message).toBe('signed');
  await sdk.send(new GetConnectionCommand({ ConnectionId: id }));

  const forger = new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${node.port}/prod`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'guess' },
    maxAttempts: 1,
  });
  const refused: unknown = await forger
    .send(new DeleteConnectionCommand({ ConnectionId: id }))
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({
    name: 'InvalidSignatureException',
    $metadata: { httpStatusCode: 403 },
  });
  forger.destroy();
  expect((await plain('POST', `/prod/@connections/${id}`, 'x')).status).toBe(403);
  expect(client.readyState).toBe(client.OPEN);
});

const RESOURCE = 'arn:aws:execute-api:us-east-1:000000000000:abcdefghij/prod';

test('each verb needs a policy that allows it', async () => {
  const allow = {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: `${RESOURCE}/POST/@connections/*`,
  };
  principal = { ...principal, policy: { Version: '2012-10-17', Statement: allow } };
  expect((await plain('POST', `/prod/@connections/${id}`, 'x')).status).toBe(200);
  for (const method of ['GET', 'DELETE']) {
    const answer = await plain(method, `/prod/@connections/${id}`);
    expect([answer.status, answer.headers['x-amzn-errortype'], answer.body]).toEqual([
      403,
      'AccessDeniedException',
      JSON.stringify({
        Message: `User: arn:aws:iam::000000000000:user/dev is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********0000:abcdefghij/prod/${method}/@connections/{connectionId}`,
      }),
    ]);
  }
});

test('an explicit deny is told, for one connection, by a condition on the address', async () => {
  const deny = {
    Effect: 'Deny',
    Action: '*',
    Resource: `${RESOURCE}/POST/@connections/${id}`,
    Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
  };
  const allow = { Effect: 'Allow', Action: 'execute-api:*', Resource: '*' };
  principal = { ...principal, policy: { Version: '2012-10-17', Statement: [allow, deny] } };
  const answer = await plain('POST', `/prod/@connections/${id}`, 'x');
  expect(answer.status).toBe(403);
  expect(answer.body).toContain(' with an explicit deny in an identity-based policy"}');
  expect((await plain('GET', `/prod/@connections/${id}`)).status).toBe(200);
});

test('a bus that is away is a 500 for connections of other nodes only', async () => {
  await busClosed();
  const answer = await plain('POST', '/prod/@connections/BBBB00000000000=', 'x');
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
    500,
    'InternalServerErrorException',
  ]);
  expect((await plain('POST', `/prod/@connections/${id}`, 'x')).status).toBe(200);
});

test('an empty body is an empty message; 128 KB come in frames of 32 KB; chunked bodies are as good', async () => {
  const raw = await RawClient.open(node.port);
  const rawId = [...node.service.connections].at(-1)?.id ?? '';
  const path = `/prod/@connections/${rawId}`;
  expect((await plain('POST', path)).status).toBe(200);
  expect((await plain('POST', path, Buffer.alloc(131_072, 'a'))).status).toBe(200);
  const chunked = { 'transfer-encoding': 'chunked' };
  expect((await plain('POST', path, 'chunks', chunked)).status).toBe(200);
  await until(() => frames(raw.received).length === 6);
  const got = frames(raw.received);
  expect(got.map(({ payload }) => payload.length)).toEqual([0, 32_768, 32_768, 32_768, 32_768, 6]);
  expect(got.map(({ opcode }) => opcode)).toEqual([1, 1, 0, 0, 0, 1]);
  raw.destroy();
});

test('a body far over the limit is refused after it has been read, or cut off', async () => {
  const answer = await plain('POST', `/prod/@connections/${id}`, Buffer.alloc(5_000_000, 'a'));
  expect(answer.status).toBe(413);
  await expect(
    plain('POST', `/prod/@connections/${id}`, Buffer.alloc(20_000_000, 'a')),
  ).rejects.toThrow(/ECONNRESET|EPIPE|hang up/);
});

test('a client that goes away in the midst of its body reaches nobody', async () => {
  const raw = await RawClient.connect(node.port);
  raw.write(`POST /prod/@connections/${id} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  raw.socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toEqual([]);
});

test('a client that does not read gets its poster a 429', async () => {
  const raw = await RawClient.open(node.port);
  raw.socket.pause();
  raw.write(clientFrame(0x81, Buffer.from('x')));
  const slow = [...node.service.connections].at(-1);
  while (slow?.send(Buffer.alloc(131_072, 'a')))
    await new Promise((resolve) => setTimeout(resolve));
  const answer = await plain('POST', `/prod/@connections/${slow?.id}`, 'x');
  expect([answer.status, answer.headers['x-amzn-errortype'], answer.body]).toEqual([
    429,
    'LimitExceededException',
    '{"message":"Limit Exceeded"}',
  ]);
  raw.destroy();
});

test('a message for a client that does not read is answered 200: it is queued, not received', async () => {
  const raw = await RawClient.open(node.port);
  raw.socket.pause();
  const ofRaw = [...node.service.connections].at(-1)?.id ?? '';
  expect((await plain('POST', `/prod/@connections/${ofRaw}`, 'x')).status).toBe(200);
  expect(raw.received).toHaveLength(0);
  raw.socket.resume();
  await until(() => raw.received.includes('x'));
  raw.destroy();
});

test('of several faults the first of this order is told: verb, size, signature, id, rate, connection', async () => {
  const unsigned = new ServiceError('MissingAuthenticationTokenException', 403, 'no');
  const blocked = { key: 'k', rate: 0, burst: 0 };
  const stage = node.stages.get('abcdefghij', 'prod') as WebSocketStage;
  const throttled: WebSocketStage = { ...stage, throttles: { account: blocked } };
  node.stages.put(throttled);
  const big = Buffer.alloc(131_073, 'a');
  const status = async (method: string, target: string, body?: Buffer | string) =>
    (await plain(method, `/prod/@connections/${target}`, body)).status;
  refusal = unsigned;
  expect(await status('PUT', 'nonsense', big)).toBe(404);
  expect(await status('POST', 'nonsense', big)).toBe(413);
  expect(await status('POST', 'nonsense', 'x')).toBe(403);
  refusal = undefined;
  expect(await status('POST', 'nonsense', 'x')).toBe(400);
  expect(await status('POST', 'AAAA00000000000=', 'x')).toBe(429);
  node.stages.put(stage);
  expect(await status('POST', 'AAAA00000000000=', 'x')).toBe(410);
});

test('410 while $connect is unfinished', async () => {
  const statuses: number[] = [];
  node.stages.put(
    fakeStage({
      $connect: async ({ connection }) => {
        for (const method of ['POST', 'GET', 'DELETE']) {
          statuses.push((await plain(method, `/prod/@connections/${connection?.id}`)).status);
        }
        return {};
      },
    }),
  );
  const late = node.client();
  await opened(late);
  expect(statuses).toEqual([410, 410, 410]);
  late.terminate();
});
