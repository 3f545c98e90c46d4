// Every way in which a connection ends: what the client sees, and what the DISCONNECT event tells.
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import { clientFrame, closed, opened, RawClient, until } from '../../support/client.ts';
import { ok, fakeStage } from '../../support/fake-stage.ts';
import {
  startSocketNode,
  type SocketNode,
  type SocketNodeOptions,
} from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

const TEXT = 0x81;
const OPEN: SocketNodeOptions = { routes: { $default: ok() } };

async function start(options: SocketNodeOptions = OPEN): Promise<WebSocket> {
  node = await startSocketNode(options);
  const client = node.client();
  await opened(client);
  return client;
}

async function ending(): Promise<unknown> {
  await until(() => node.disconnects.length > 0 && node.store.records.size === 0);
  // Exactly once: whatever would come twice comes within this time.
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(node.disconnects).toHaveLength(1);
  expect(node.service.hub.size).toBe(0);
  return node.disconnects[0]?.disconnect;
}

const a = (count: number): Buffer => Buffer.alloc(count, 'a');

test.each<[string, (client: WebSocket) => void, number, string]>([
  ['without a code', (c) => c.close(), 1005, 'Client-side close frame status not set'],
  ['with 1000', (c) => c.close(1000), 1000, ''],
  ['with 1001, as a browser that leaves the page', (c) => c.close(1001), 1001, ''],
  ['with a code and reason of its own', (c) => c.close(4321, 'bye ✓'), 4321, 'bye ✓'],
  ['with a binary message', (c) => c.send(Buffer.from([1]), { binary: true }), 1003, ''],
  ['with a frame of 32 KB + 1', (c) => c.send(a(32_769)), 1009, ''],
])('the client ends it %s', async (_, end, code, reason) => {
  const client = await start();
  const seen = closed(client);
  if (code === 1009) client.send(a(32_769).toString());
  else end(client);
  const { code: seenCode } = await seen;
  expect(seenCode).toBe(code);
  expect(await ending()).toEqual({ code, reason });
});

test('a frame of 32 KB and a message of 128 KB in four frames are taken, a byte more is not', async () => {
  let size = 0;
  const client = await start({
    routes: {
      $default: ({ request }) => {
        size = request.body.bytes.length;
        return {};
      },
    },
  });
  for (let part = 1; part <= 4; part++) client.send(a(32_768).toString(), { fin: part === 4 });
  await until(() => size === 131_072);
  const seen = closed(client);
  for (let part = 1; part <= 4; part++) client.send(a(32_768).toString(), { fin: false });
  client.send('a', { fin: true });
  expect((await seen).code).toBe(1009);
  expect(await ending()).toEqual({ code: 1009, reason: '' });
});

const control = (first: number, length: number): Buffer => clientFrame(first, a(length));

test.each<[string, Uint8Array, number]>([
  ['RSV1 without an extension', clientFrame(TEXT | 0x40, a(1)), 1002],
  ['RSV2', clientFrame(TEXT | 0x20, a(1)), 1002],
  ['RSV3', clientFrame(TEXT | 0x10, a(1)), 1002],
  ['a reserved opcode', clientFrame(0x83, a(1)), 1002],
  ['a reserved control opcode', clientFrame(0x8b, a(1)), 1002],
  ['a continuation of nothing', clientFrame(0x80, a(1)), 1002],
  [
    'a new message within a message',
    Buffer.concat([clientFrame(0x01, a(1)), clientFrame(TEXT, a(1))]),
    1002,
  ],
  ['a fragmented ping', control(0x09, 1), 1002],
  ['a ping of 126 bytes', control(0x89, 126), 1002],
  ['a close frame of one byte', control(0x88, 1), 1002],
  ['a frame without mask', Buffer.from([TEXT, 1, 97]), 1002],
  ['close code 1005 on the wire', clientFrame(0x88, Buffer.from([3, 0xed])), 1002],
  ['close code 999', clientFrame(0x88, Buffer.from([3, 0xe7])), 1002],
  ['text that is not UTF-8', clientFrame(TEXT, Buffer.from([0xc3, 0x28])), 1007],
  ['a surrogate in UTF-8', clientFrame(TEXT, Buffer.from([0xed, 0xa0, 0x80])), 1007],
  ['a close reason that is not UTF-8', clientFrame(0x88, Buffer.from([3, 0xe8, 0xff])), 1007],
  ['a character cut by the end of the message', clientFrame(TEXT, Buffer.from([0xe2, 0x9c])), 1007],
  ['a length of 2^63', Buffer.from([TEXT, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
  [
    'a length of 1 GB, of which nothing comes',
    Buffer.from([TEXT, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0]),
    1009,
  ],
  ['a length of 32 KB + 1, of which nothing comes', Buffer.from([TEXT, 0xfe, 0x80, 0x01]), 1009],
  ['a binary frame', clientFrame(0x82, a(1)), 1003],
  [
    'a message in 1,025 fragments',
    Buffer.concat([clientFrame(0x01, a(1)), ...Array<Buffer>(1024).fill(clientFrame(0x00, a(1)))]),
    1008,
  ],
])('%s closes with its code', async (_, bytes, code) => {
  node = await startSocketNode(OPEN);
  const raw = await RawClient.open(node.port);
  raw.write(bytes);
  expect(await raw.closeFrame()).toEqual({ code, reason: '' });
  raw.socket.end();
  expect(await ending()).toEqual({ code, reason: '' });
});

test.each<[string, (raw: RawClient) => void]>([
  ['a TCP reset', (raw) => raw.socket.resetAndDestroy()],
  ['a FIN without a close frame', (raw) => raw.socket.end()],
  [
    'a reset within a frame',
    (raw) => {
      raw.write(clientFrame(TEXT, a(100)).subarray(0, 50));
      setTimeout(() => raw.socket.resetAndDestroy(), 5);
    },
  ],
])('%s is 1006', async (_, end) => {
  node = await startSocketNode(OPEN);
  end(await RawClient.open(node.port));
  expect(await ending()).toEqual({ code: 1006, reason: 'Connection Closed Abnormally' });
});

test('ten minutes without a message: 1001 Going away; a ping does not help', async () => {
  const client = await start();
  const seen = closed(client);
  node.clock.advance(599_000);
  const pong = new Promise((resolve) => client.once('pong', resolve));
  client.ping();
  await pong;
  expect(client.readyState).toBe(client.OPEN);
  node.clock.advance(2000);
  expect(await seen).toEqual({ code: 1001, reason: 'Going away' });
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
});

test('a peer that vanishes is not asked whether it is there: only the idle limit finds it', async () => {
  node = await startSocketNode({ ...OPEN, limits: { closeMs: 20 } });
  const raw = await RawClient.open(node.port);
  node.clock.advance(599_000);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(raw.received.length).toBe(0);
  expect(node.disconnects).toEqual([]);
  node.clock.advance(2000);
  expect(await raw.closeFrame()).toEqual({ code: 1001, reason: 'Going away' });
  // It answers nothing: dropped after closeMs.
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
  raw.destroy();
});

test('two hours, however busy: 1001 Going away', async () => {
  const client = await start();
  const seen = closed(client);
  const [socket] = node.service.connections;
  for (let minutes = 0; minutes < 120; minutes += 7) {
    node.clock.advance(7 * 60_000);
    if (minutes < 113) expect(socket?.send(Buffer.from('still here'))).toBe(true);
  }
  expect(await seen).toEqual({ code: 1001, reason: 'Going away' });
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
});

test.each<[string, (client: WebSocket) => void]>([
  ['the client closes', (client) => client.close(1000)],
  ['the client is lost', (client) => client.terminate()],
  ['the gateway closes', () => node.stages.delete('abcdefghij', 'prod')],
])('%s: nothing of the socket stays on the wheel', async (_, end) => {
  const scheduled = vi.spyOn(TimingWheel.prototype, 'schedule');
  const cancelled = vi.spyOn(TimingWheel.prototype, 'cancel');
  onTestFinished(() => void vi.restoreAllMocks());
  const client = await start();
  const entries = scheduled.mock.results.map(({ value }) => value as unknown);
  expect(entries.length).toBeGreaterThan(0);
  end(client);
  await ending();
  expect(cancelled.mock.calls.map(([entry]) => entry as unknown)).toEqual(
    expect.arrayContaining(entries),
  );
});

test('profile open cuts nobody', async () => {
  const client = await start({ ...OPEN, limits: { idleMs: Infinity, connectionMs: Infinity } });
  node.clock.advance(100 * 86_400_000);
  client.send('x');
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(client.readyState).toBe(client.OPEN);
});

test('a stage that is deleted closes its sockets 1001 and still hears of it', async () => {
  const client = await start();
  const seen = closed(client);
  node.stages.delete('abcdefghij', 'prod');
  expect(await seen).toEqual({ code: 1001, reason: 'Going away' });
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
});

test('a stage that is deleted while $connect runs closes its socket as soon as it is open', async () => {
  node = await startSocketNode({
    routes: {
      $connect: () => {
        node.stages.delete('abcdefghij', 'prod');
        return {};
      },
    },
  });
  expect(await closed(node.client())).toEqual({ code: 1001, reason: 'Going away' });
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
});

test('an open socket uses the newest stage from its next message', async () => {
  const client = await start({ routes: { $default: ok('old') } });
  const replies: string[] = [];
  client.on('message', (data: Buffer) => replies.push(data.toString()));
  client.send('1');
  await until(() => replies.length === 1);
  node.stages.put(fakeStage({ $default: ok('new') }));
  client.send('2');
  await until(() => replies.length === 2);
  expect(replies).toEqual(['old', 'new']);
});

test('the DISCONNECT of a socket without a message runs on the newest stage', async () => {
  const client = await start();
  const told: string[] = [];
  node.stages.put(fakeStage({ $disconnect: () => (told.push('new'), {}) }));
  client.close();
  await until(() => told.length === 1);
  expect(node.disconnects).toEqual([]);
});

test('a node that stops closes all 1001 and waits for their DISCONNECTs', async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let told = 0;
  const client = await start({
    routes: {
      $disconnect: async () => {
        await gate;
        told++;
        return {};
      },
    },
  });
  let stored: (() => void) | undefined;
  node.store.gate = new Promise<void>((resolve) => (stored = resolve));
  const seen = closed(client);
  let stopped = false;
  const stop = node.service.stop('test').then(() => (stopped = true));
  expect(await seen).toEqual({ code: 1001, reason: 'Going away' });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(stopped).toBe(false);
  release?.();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(told).toBe(1);
  expect(stopped).toBe(false);
  stored?.();
  await stop;
  expect(node.store.records.size).toBe(0);
});

test('a stop does not wait for ever for a DISCONNECT that hangs', async () => {
  const client = await start({
    routes: { $disconnect: () => new Promise(() => undefined) },
  });
  const seen = closed(client);
  const stop = node.service.stop('test');
  await seen;
  await until(() => node.service.hub.size === 0);
  node.clock.advance(40_000);
  await stop;
});

test('a stop drops what has not closed in time', async () => {
  node = await startSocketNode({ ...OPEN, limits: { closeMs: 600_000 } });
  const raw = await RawClient.open(node.port);
  const stop = node.service.stop('test');
  await raw.closeFrame();
  node.clock.advance(700_000);
  await stop;
  await until(() => raw.ended);
});

test('a server close tells its code and reason to both sides; a long reason is cut at a character', async () => {
  const client = await start();
  const seen = closed(client);
  const [socket] = node.service.connections;
  socket?.close(1000, `${'é'.repeat(61)}xé`);
  socket?.close(1001, 'too late');
  expect(node.service.hub.get(socket?.id ?? '')).toBeUndefined();
  expect(socket?.send(Buffer.from('x'))).toBe(false);
  expect(await seen).toEqual({ code: 1000, reason: `${'é'.repeat(61)}x` });
  expect(await ending()).toEqual({ code: 1000, reason: `${'é'.repeat(61)}xé` });
});

test('a client that never answers a close frame is dropped after closeMs', async () => {
  node = await startSocketNode({ ...OPEN, limits: { closeMs: 20 } });
  const raw = await RawClient.open(node.port);
  const [socket] = node.service.connections;
  socket?.close(1001, 'Going away');
  await raw.closeFrame();
  expect(await ending()).toEqual({ code: 1001, reason: 'Going away' });
  raw.destroy();
});

test('a record that cannot be deleted is logged, and DISCONNECT runs all the same', async () => {
  const client = await start();
  node.store.failing = true;
  client.close(1000);
  await until(() => node.disconnects.length === 1);
  await until(() => node.logs.some(({ message }) => message.includes('could not be deleted')));
});
