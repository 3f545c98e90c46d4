// The admin listener: the first front that claims, health, foreign names refused, other AWS services named.
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Admin } from '#services/edge/admin.ts';
import { openAuthority } from '#services/edge/ca.ts';
import type { Readiness } from '#services/edge/health.ts';
import { Leaves } from '#services/edge/leaves.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { AdminFront } from '#shared/model/services.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { get } from '../../support/edge-gateway.ts';
import type { Reply } from '../../support/edge-gateway.ts';
import { ask, tcp } from '../../support/raw-client.ts';

let admin: Admin;
let folder: string;
let ca: string;
let readiness: Readiness;

const front = (name: string, prefix: string): AdminFront => ({
  name,
  claims: ({ url }) => url?.startsWith(prefix) === true,
  handle: (_request, response) => void response.end(name),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-admin-'));
  const authority = await openAuthority(folder);
  ca = authority.cert;
  admin = new Admin({
    ...{ host: '127.0.0.1', port: 0, limits: AWS_LIMITS, logger: silentLogger },
    leaves: new Leaves({ authority, logger: silentLogger }),
    names: ['Postern.Internal'],
    fronts: [front('one', '/v2/'), front('two', '/v2/apis'), front('three', '/restapis')],
    readiness: () => readiness,
  });
  await admin.start();
});

afterAll(async () => {
  await admin.stop('test');
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  readiness = { ready: true, reasons: [] };
});

const ask1 = (path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  get(`${admin.url}${path}`, ca, { headers });

test.each([
  ['/v2/apis', 'one'],
  ['/restapis', 'three'],
])('%s goes to front %s', async (path, body) => {
  expect(await ask1(path)).toMatchObject({ status: 200, body });
});

test('healthz is ok while it answers, readyz says what is missing', async () => {
  readiness = { ready: false, reasons: ['redis is away'] };
  expect(await ask1('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  const body = '{"ready":false,"reasons":["redis is away"]}';
  expect(await ask1('/readyz')).toMatchObject({ status: 503, body });
  readiness = { ready: true, reasons: [] };
  expect(await ask1('/readyz?x')).toMatchObject({ status: 200 });
});

test.each([
  { host: 'localhost' },
  { host: 'localhost:1' },
  { host: '127.0.0.1:8444' },
  { host: '[::1]:8444' },
  { host: 'LOCALHOST:8444' },
  { host: 'postern.internal:8444' },
  { host: 'localhost', origin: 'https://localhost:8443' },
  { host: 'localhost', origin: 'http://127.0.0.1:3000' },
  { host: 'localhost', origin: 'https://[::1]:8444' },
])('%j is its own name', async (headers) => {
  expect(await ask1('/healthz', headers)).toMatchObject({ status: 200 });
});

test.each([
  { host: 'evil.example.com' },
  { host: 'localhost.evil.example.com:8444' },
  { host: '127.0.0.1.nip.io' },
  { host: 'evil.localhost' },
  { host: '[::1' },
  { host: '192.0.2.1' },
  { host: 'localhost', origin: 'https://evil.example.com' },
  { host: 'localhost', origin: 'https://localhost.evil.example.com' },
  { host: 'localhost', origin: 'https://localhost@evil.example.com' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', origin: 'file://localhost' },
])('%j is a foreign name', async (headers) => {
  const { status, body } = await ask1('/healthz', headers);
  expect(status).toBe(403);
  expect(body).toMatch(/does not name the admin listener/);
});

const SIGNED = 'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/';

test.each([
  ['s3', '/', { authorization: `${SIGNED}s3/aws4_request, SignedHeaders=host, Signature=0` }],
  ['sqs', '/', { authorization: `AWS4-ECDSA-P256-SHA256 Credential=A/20260101/sqs/aws4_request` }],
  ['Logs_20140328', '/', { 'x-amz-target': 'Logs_20140328.CreateLogGroup' }],
  ['s3', '/b?X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request', {}],
])('a request for %s is told that it is not here', async (service, path, headers) => {
  const reply = await ask1(path, headers);
  expect(reply.status).toBe(501);
  expect(reply.headers['x-amzn-errortype']).toBe('NotImplementedException');
  expect(reply.body).toContain(`The service ${service} is no part of Postern.`);
});

const CODE =
  '<Code>NotImplementedException</Code><Message>The service s3 is no part of Postern.</Message>';

test.each([
  ['s3', {}, 'text/xml', `<Error>${CODE}</Error>`],
  [
    'sns',
    { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    'text/xml',
    `<ErrorResponse><Error><Type>Sender</Type>${CODE.replace('s3', 'sns')}</Error></ErrorResponse>`,
  ],
  [
    'ssm',
    { 'content-type': 'application/x-amz-json-1.1' },
    'application/json',
    '{"__type":"NotImplementedException","message":"The service ssm is no part of Postern."}',
  ],
])('a client of %s reads the refusal in its own protocol', async (service, more, type, body) => {
  const authorization = `${SIGNED}${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const reply = await ask1('/', { authorization, ...more });
  expect(reply.headers['content-type']).toBe(type);
  expect(reply.body.endsWith(body)).toBe(true);
});

test.each([
  ['/', {}],
  ['/x', { authorization: 'Bearer Credential=' }],
  ['/x', { authorization: 'Basic eA==', 'x-amz-target': '<script>.x' }],
  ['/x?X-Amz-Credential=%zz', {}],
])('%s of nobody is not found', async (path, headers) => {
  expect(await ask1(path, headers)).toMatchObject({
    status: 404,
    body: '{"message":"Not Found"}',
  });
});

test('an upgrade is answered as an ordinary request', async () => {
  expect(await ask1('/healthz', { connection: 'Upgrade', upgrade: 'websocket' })).toMatchObject({
    status: 200,
  });
});

test('long tool URLs and session tokens pass, plain HTTP does not', async () => {
  const token = { 'x-amz-security-token': 't'.repeat(20_000) };
  expect(await ask1(`/v2/tags/${'a'.repeat(20_000)}`, token)).toMatchObject({ status: 200 });
  const answer = await ask(await tcp(admin.port), 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*https:\/\/localhost/s);
});

test('an agent as SDKs have it keeps its connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const ports = new Set<number | undefined>();
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve, reject) => {
      const request = httpsRequest(`${admin.url}/healthz`, { agent }, (response) => {
        ports.add(response.socket.localPort);
        response.resume().on('end', resolve);
      });
      request.on('error', reject).end();
    });
  }
  expect(ports.size).toBe(1);
  agent.destroy();
});
