// The gateway's routing: fronts by protocol, the management front, refusals as AWS answers them, upgrades.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, HTTP, startGateway, tellingFront, WS } from '../../support/edge-gateway.ts';
import type { RunningGateway } from '../../support/edge-gateway.ts';
import { ask, tls } from '../../support/raw-client.ts';

let running: RunningGateway;
let ca: string;

beforeAll(async () => {
  running = await startGateway();
  ca = running.authority.cert;
});

afterAll(() => running.stop());

const url = (path: string): string => `${running.gateway.url}${path}`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';

/** Sends an upgrade and reads the whole answer. */
async function upgrade(path: string, at: RunningGateway = running): Promise<string> {
  const socket = await tls(at.gateway.port, { ca: at.authority.cert, servername: 'localhost' });
  const answer = ask(socket, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}\r\n`);
  socket.once('data', () => socket.end());
  return answer;
}

test.each([
  ['GET', `${WS}`, 'websocket', ''],
  ['GET', `${WS}/`, 'websocket', '/'],
  ['GET', `${WS}/x?y=/@connections/z`, 'websocket', '/x'],
  ['POST', `${WS}/@connections/a%3D`, 'management', '/@connections/a%3D'],
  ['GET', `${WS}//@connections/a=`, 'management', '//@connections/a='],
  ['DELETE', `${WS}/%40connections/a`, 'management', '/%40connections/a'],
  ['GET', `${WS}//%40connections/a?x=1`, 'management', '//%40connections/a'],
  ['GET', `${WS}/@connections`, 'management', '/@connections'],
  ['POST', `${WS}/prod/@connections/a`, 'management', '/prod/@connections/a'],
  ['GET', `${WS}/@connectionsx`, 'websocket', '/@connectionsx'],
  ['GET', `${WS}/x@connections/a`, 'websocket', '/x@connections/a'],
])('%s %s goes to the %s front with path %j', async (method, path, front, rest) => {
  const { status, body } = await get(url(path), ca, { method });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ front, method, path: rest, stage: 'prod' });
});

test.each([
  '/',
  '/prod',
  '/@connections/a',
  '/_aws/execute-api/ws1/test',
  '/_aws/execute-api/ws1',
  '/_aws/execute-api/nothing/prod/@connections/a',
])('%s is forbidden as on AWS', async (path) => {
  const { status, headers, body } = await get(url(path), ca);
  expect(status).toBe(403);
  expect(body).toBe('{"message":"Forbidden"}');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': '23',
    'x-amzn-errortype': 'ForbiddenException',
    'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  });
});

test('a stage whose protocol has no front answers 501 by name', async () => {
  const { status, headers, body } = await get(url(`${HTTP}/@connections/x`), ca);
  expect(status).toBe(501);
  expect(headers['x-amzn-errortype']).toBe('NotImplementedException');
  expect(body).toBe('{"message":"Stages of HTTP APIs cannot be called yet."}');
});

test('an upgrade of a stage goes to its front', async () => {
  const answer = await upgrade(`${WS}?token=1`);
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).toContain('"front":"websocket"');
});

test('an upgrade of an unknown stage gets 403 and is closed', async () => {
  const answer = await upgrade('/_aws/execute-api/ws1/test');
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(answer).toMatch(/x-amzn-errortype: ForbiddenException\r\n/);
  expect(answer).toMatch(/connection: close\r\n/);
  expect(answer.split('\r\n\r\n')[1]).toBe('{"message":"Forbidden"}');
});

test('an upgrade that no front takes is refused', async () => {
  expect(await upgrade(HTTP)).toMatch(/^HTTP\/1\.1 501 Not Implemented\r\n/);
  const plain = tellingFront('plain');
  const handle: typeof plain.handle = (...args) => plain.handle(...args);
  const other = await startGateway({ fronts: { HTTP: { handle } } });
  expect(await upgrade(HTTP, other)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  await other.stop();
});

test('an offer to upgrade to another protocol is an ordinary request', async () => {
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' };
  const { status, body } = await get(url(WS), ca, { headers });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ front: 'websocket', method: 'GET' });
});

test('a front that throws costs its request, not the node', async () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const other = await startGateway({ fronts: { WEBSOCKET: { handle: boom, upgrade: boom } } });
  const { status, body } = await get(`${other.gateway.url}${WS}`, other.authority.cert);
  expect([status, body]).toEqual([500, '{"message":"Internal server error"}']);
  expect(await upgrade(WS, other)).toMatch(/^HTTP\/1\.1 500 /);
  expect((await get(`${other.gateway.url}/`, other.authority.cert)).status).toBe(403);
  await other.stop();
});

test('without TLS it speaks plain HTTP and says so', async () => {
  const plain = await startGateway({ plain: true });
  expect(plain.gateway.url).toBe(`http://localhost:${plain.gateway.port}`);
  const answer = await fetch(`${plain.gateway.url}${WS}/x`);
  expect(await answer.json()).toMatchObject({ front: 'websocket', path: '/x' });
  await plain.stop();
});
