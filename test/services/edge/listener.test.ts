// A listener against bad clients, taken ports and stops: real sockets on free ports.
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuthority } from '#services/edge/ca.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import { Leaves } from '#services/edge/leaves.ts';
import { Listener } from '#services/edge/listener.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { get, startGateway, WS } from '../../support/edge-gateway.ts';
import type { RunningGateway } from '../../support/edge-gateway.ts';
import { ask, readAll, tcp, tls } from '../../support/raw-client.ts';

let running: RunningGateway;
let ca: string;

beforeAll(async () => {
  running = await startGateway();
  ca = running.authority.cert;
});

afterAll(() => running.stop());

const open = (): ReturnType<typeof tls> =>
  tls(running.gateway.port, { ca, servername: 'localhost' });
const HOST = 'Host: localhost\r\n';
const UPGRADE = `${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n`;
const long = (length: number): string => 'a'.repeat(length);

test('plain HTTP on the TLS port gets a 400 that names https', async () => {
  const answer = await ask(await tcp(running.gateway.port), `POST / HTTP/1.1\r\n${HOST}\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain('content-type: text/plain');
  expect(answer).toContain(`use https://localhost:${running.gateway.port} instead`);
});

test.each([
  ['a request line that is none', `nonsense\r\n\r\n`, 400],
  ['an HTTP version that is none', `GET / HTTP/9.9\r\n${HOST}\r\n`, 400],
  ['a header that is none', `GET / HTTP/1.1\r\n${HOST}a b: c\r\n\r\n`, 400],
  ['two lengths', `POST / HTTP/1.1\r\n${HOST}content-length: 1\r\ncontent-length: 2\r\n\r\n`, 400],
  [
    'length and chunks',
    `POST / HTTP/1.1\r\n${HOST}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    400,
  ],
  ['no host', `GET ${WS} HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
  ['a target that is none', `OPTIONS * HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 400],
  ['CONNECT', `CONNECT localhost:1 HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['a long URL', `GET /${long(4096)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, 414],
  ['a URL over all limits', `GET /${long(12_000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  ['a long URL of a handshake', `GET ${WS}?${long(4096)} HTTP/1.1\r\n${UPGRADE}\r\n`, 414],
  ['headers in several packets', `GET / HTTP/1.1\r\n${HOST}x: ${long(300_000)}\r\n\r\n`, 431],
  ['large headers', `GET / HTTP/1.1\r\n${HOST}x: ${long(10_240)}\r\n\r\n`, 431],
  [
    'large headers of a handshake',
    `GET ${WS} HTTP/1.1\r\n${UPGRADE}x: ${long(10_240)}\r\n\r\n`,
    431,
  ],
  ['two hosts', `GET / HTTP/1.1\r\n${HOST}host: other\r\nConnection: close\r\n\r\n`, 400],
  ['two hosts of a handshake', `GET ${WS} HTTP/1.1\r\n${UPGRADE}HOST: other\r\n\r\n`, 400],
  [
    'a handshake without host',
    `GET ${WS} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    400,
  ],
])('%s gets an answer and the connection is closed', async (_what, text, status) => {
  const answer = await ask(await open(), text);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/\r\n\r\n\{"message":"[^"]+"\}$/);
});

test('headers just within the limits pass', async () => {
  const request = `GET ${WS}?${long(4000)} HTTP/1.1\r\n${HOST}x: ${long(5000)}\r\nConnection: close\r\n\r\n`;
  expect(await ask(await open(), request)).toMatch(/^HTTP\/1\.1 200 /);
});

/** Runs `check` against a gateway that waits `headersMs` for headers. */
async function impatient(
  options: { readonly headersMs: number; readonly plain?: boolean },
  check: (server: RunningGateway) => Promise<void>,
): Promise<void> {
  const { headersMs, plain = false } = options;
  const server = await startGateway({ plain, limits: { ...AWS_LIMITS, headersMs } });
  await check(server).finally(() => server.stop());
}

test('clients that send nothing or half of something and then wait are cut off with 408', () =>
  impatient({ headersMs: 200, plain: true }, async ({ gateway }) => {
    const halves = [
      '',
      'GET /_aws/exec',
      `GET ${WS} HTTP/1.1\r\n${HOST}x: y\r\n`,
      `GET ${WS} HTTP/1.1\r\n${UPGRADE}Sec-WebSocket-Key: `,
    ];
    const answers = halves.map(async (half) => ask(await tcp(gateway.port), half));
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    }
  }));

test('under TLS too, also when headers drip byte by byte or the greeting never ends', () =>
  impatient({ headersMs: 1000 }, async ({ gateway, authority }) => {
    const socket = await tls(gateway.port, { ca: authority.cert, servername: 'localhost' });
    const dripping = readAll(socket);
    socket.write(`GET ${WS} HTTP/1.1\r\n${HOST}x: `);
    const drip = setInterval(() => socket.write('y'), 20);
    const silent = ['', '\x16\x03\x01'].map(async (text) => ask(await tcp(gateway.port), text));
    expect(await dripping).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
    expect(await Promise.all(silent)).toEqual(['', '']);
  }));

test('clients that leave in the middle of a handshake leave nothing behind', async () => {
  const half = `GET ${WS} HTTP/1.1\r\n${UPGRADE}`;
  const leaving = await open();
  leaving.write(half);
  leaving.destroy();
  const ending = await open();
  const answer = readAll(ending);
  ending.end(half);
  expect(await answer).toMatch(/^HTTP\/1\.1 400 /);
  const resetting = await tcp(running.gateway.port);
  resetting.write('\x16\x03');
  resetting.resetAndDestroy();
  expect((await get(`${running.gateway.url}${WS}`, ca)).status).toBe(200);
});

test('an absolute target names its host itself', async () => {
  const target = 'https://ws1.execute-api.us-east-1.localhost:9/prod/x?y';
  const request = `GET ${target} HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n`;
  const answer = await ask(await open(), request);
  expect(answer).toContain('"path":"/x","domainName":"ws1.execute-api.us-east-1.localhost:9"');
});

test('HTTP/1.0 may leave the host out', async () => {
  expect(await ask(await open(), `GET ${WS}/x HTTP/1.0\r\n\r\n`)).toContain('"path":"/x"');
});

test.each([
  ['port', { host: '127.0.0.1' }, '--port', /port \d+ on 127\.0\.0\.1 is taken/],
  ['address', { host: '203.0.113.1' }, '--host', /is no address of this machine/],
])('a %s that cannot be used is a fault of its flag', async (_what, where, field, message) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const starting = startGateway({ ...where, port });
  await expect(starting).rejects.toBeInstanceOf(StartError);
  await expect(starting).rejects.toMatchObject({ field });
  await expect(starting).rejects.toThrow(message);
  holder.close();
});

/** A gateway whose front answers when told to, with one request waiting in it over a keep-alive connection. */
async function withOneWaiting(drainMs: number): Promise<{
  server: RunningGateway;
  answer: () => void;
  reply: Promise<string>;
}> {
  const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
  const handle = (_request: IncomingMessage, response: ServerResponse): void => resolve(response);
  const server = await startGateway({ drainMs, fronts: { WEBSOCKET: { handle } } });
  const agent = new Agent({ keepAlive: true, ca: server.authority.cert });
  const reply = new Promise<string>((resolve, reject) => {
    const request = httpsRequest(`${server.gateway.url}${WS}`, { agent }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    });
    request.on('error', reject).end();
  });
  const response = await arrived;
  return { server, reply, answer: () => void response.end('late') };
}

test('stop lets a request in flight end, and closes idle and silent connections at once', async () => {
  const { server, reply, answer } = await withOneWaiting(60_000);
  const silent = await tcp(server.gateway.port);
  const idle = await tls(server.gateway.port, {
    ca: server.authority.cert,
    servername: 'localhost',
  });
  const ended = Promise.all([readAll(silent), readAll(idle)]);
  const stopping = server.gateway.stop('test');
  expect(await ended).toEqual(['', '']);
  await expect(tcp(server.gateway.port)).rejects.toThrow();
  answer();
  expect(await reply).toBe('late');
  await stopping;
  await server.stop();
});

test('stop cuts what does not end in its time', async () => {
  const { server, reply } = await withOneWaiting(50);
  const broken = expect(reply).rejects.toThrow();
  await server.gateway.stop('test');
  await broken;
  await server.stop();
});

test('stop leaves upgraded sockets to their owner', async () => {
  const { promise: upgraded, resolve } = Promise.withResolvers<Duplex>();
  const upgrade = (_request: IncomingMessage, socket: Duplex): void => resolve(socket);
  const server = await startGateway({
    fronts: { WEBSOCKET: { handle: () => undefined, upgrade } },
  });
  const { port } = server.gateway;
  const socket = await tls(port, { ca: server.authority.cert, servername: 'localhost' });
  const answer = ask(socket, `GET ${WS} HTTP/1.1\r\n${UPGRADE}\r\n`);
  const owned = await upgraded;
  await server.gateway.stop('test');
  owned.end('still here');
  expect(await answer).toBe('still here');
  await server.stop();
});

/** A TLS listener whose certificates live by a clock that can be moved. */
async function renewable() {
  const folder = await mkdtemp(join(tmpdir(), 'postern-renewal-'));
  let now = Date.now();
  const clock = (): number => now;
  const authority = await openAuthority(folder, { now: clock });
  const leaves = new Leaves({ authority, logger: silentLogger, now: clock });
  const options = {
    ...{ host: '127.0.0.1', port: 0, leaves, logger: silentLogger },
    ...AWS_LIMITS,
  };
  const listener = new Listener(
    { ...options, fields: { host: '--host', port: '--port' } },
    { request: (_request, response) => void response.end('answered') },
  );
  await listener.start();
  return {
    listener,
    later: () => void (now += 61 * 86_400_000),
    shake: (more: ConnectionOptions = {}): ReturnType<typeof tls> =>
      tls(listener.port, { servername: 'localhost', rejectUnauthorized: false, ...more }),
    stop: async () => {
      await listener.stop();
      await rm(folder, { recursive: true });
    },
  };
}

test('a renewed leaf is for new handshakes, open connections notice nothing', async () => {
  const { listener, later, shake, stop } = await renewable();
  const serial = async (): Promise<string | undefined> => {
    const socket = await shake();
    const { serialNumber } = socket.getPeerX509Certificate() ?? {};
    socket.destroy();
    return serialNumber;
  };
  const open = await shake();
  const first = await serial();
  await listener.renew();
  expect(await serial()).toBe(first);
  later();
  await listener.renew();
  expect(await serial()).not.toBe(first);
  const request = `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
  expect(await ask(open, request)).toContain('answered');
  await stop();
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'a session of %s is resumed after the renewal of the default leaf, under every name',
  async (maxVersion) => {
    const { listener, later, shake, stop } = await renewable();
    const request = `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
    for (const servername of ['localhost', 'chat.localhost']) {
      const first = await shake({ servername, maxVersion });
      const session = new Promise<Buffer>((resolve) => first.once('session', resolve));
      const known = first.getSession();
      await ask(first, request);
      later();
      await listener.renew();
      const kept = maxVersion === 'TLSv1.3' ? await session : (known ?? Buffer.alloc(0));
      const again = await shake({ servername, maxVersion, session: kept });
      expect([servername, again.isSessionReused()]).toEqual([servername, true]);
      expect(await ask(again, request)).toContain('answered');
    }
    await stop();
  },
);
