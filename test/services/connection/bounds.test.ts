// Bounds of one socket: messages in flight, floods, slow readers, half-open handshakes.
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { clientFrame, handshake, opened, RawClient, until } from '../../support/client.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

/** A back end that holds every message until it is let go. */
class HoldingBackEnd {
  readonly #waiting: (() => void)[] = [];
  #open = false;
  running = 0;
  most = 0;
  total = 0;

  readonly run = async (): Promise<object> => {
    this.total++;
    this.most = Math.max(this.most, ++this.running);
    if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.running--;
    return {};
  };

  /** From now on nothing is held. */
  open(): void {
    this.#open = true;
    this.letGo(Infinity);
  }

  letGo(count: number): void {
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }
}

const frame = clientFrame(0x81, Buffer.from('x'));
const turn = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('at most messagesInFlight run at once; the rest waits in the kernel and all come in the end', async () => {
  const back = new HoldingBackEnd();
  node = await startSocketNode({ routes: { $default: back.run }, limits: { messagesInFlight: 3 } });
  const raw = await RawClient.open(node.port);
  for (let count = 0; count < 5; count++) raw.write(Buffer.concat(Array<Buffer>(400).fill(frame)));
  await until(() => back.running === 3);
  await turn();
  expect(back.total).toBe(3);
  while (back.total < 2000) {
    back.letGo(3);
    await turn(0);
  }
  expect(back.most).toBe(3);
  back.letGo(3);
  raw.destroy();
});

test('compressed messages of one chunk wait for their turn too', async () => {
  const back = new HoldingBackEnd();
  node = await startSocketNode({
    routes: { $default: back.run },
    limits: { messagesInFlight: 2 },
    deflate: true,
  });
  const client = node.client({ perMessageDeflate: { threshold: 0 } });
  await opened(client);
  for (let count = 0; count < 20; count++) client.send(`message ${count}`);
  await until(() => back.running === 2);
  await turn();
  expect(back.total).toBe(2);
  while (back.total < 20) {
    back.letGo(2);
    await turn(0);
  }
  expect(back.most).toBe(2);
  back.open();
  client.terminate();
});

test('at most messageBytesInFlight run at once', async () => {
  const back = new HoldingBackEnd();
  node = await startSocketNode({
    routes: { $default: back.run },
    limits: { messageBytesInFlight: 20_000 },
  });
  const raw = await RawClient.open(node.port);
  const large = clientFrame(0x81, Buffer.alloc(8000, 'a'));
  for (let count = 0; count < 10; count++) raw.write(large);
  await until(() => back.running === 3);
  await turn();
  expect(back.total).toBe(3);
  for (; back.total < 10; await turn(0)) back.letGo(1);
  back.letGo(3);
  expect(back.most).toBe(3);
  raw.destroy();
});

test('a client that sends without end and without reading costs bounded memory', async () => {
  const back = new HoldingBackEnd();
  node = await startSocketNode({ routes: { $default: back.run }, limits: { messagesInFlight: 4 } });
  const raw = await RawClient.open(node.port);
  const chunk = Buffer.concat(Array<Buffer>(50).fill(clientFrame(0x81, Buffer.alloc(1000, 'a'))));
  let drained = true;
  for (let count = 0; count < 400 && drained; count++) drained = raw.socket.write(chunk);
  await turn(100);
  // What was written and not taken lies on the client's side of the wire.
  expect(drained).toBe(false);
  expect(back.total).toBe(4);
  raw.destroy();
  back.open();
  await until(() => node.service.hub.size === 0);
});

test('a server close gets through to a client whose messages are held back', async () => {
  const back = new HoldingBackEnd();
  node = await startSocketNode({
    routes: { $default: back.run },
    limits: { messagesInFlight: 1, closeMs: 60_000 },
  });
  const client = node.client();
  await opened(client);
  for (let count = 0; count < 100; count++) client.send('x');
  await until(() => back.running === 1);
  const [socket] = node.service.connections;
  const seen = once(client, 'close');
  socket?.close(1001, 'Going away');
  expect((await seen)[0]).toBe(1001);
  await until(() => node.service.hub.size === 0);
  back.letGo(1);
  await turn(0);
  expect(back.total).toBe(1);
});

test('a slow reader: pushes are refused over socketQueueBytes, and stuck it closes 1008', async () => {
  node = await startSocketNode({ limits: { socketQueueBytes: 100_000, closeMs: 20 } });
  const raw = await RawClient.open(node.port);
  raw.socket.pause();
  const [socket] = node.service.connections;
  if (socket === undefined) throw new Error('no socket');
  const data = Buffer.alloc(30_000, 'a');
  let sent = 0;
  while (socket.send(data)) {
    sent++;
    await turn(0);
    if (sent > 5000) throw new Error('never refused');
  }
  expect(socket.send(Buffer.from('x'))).toBe(false);
  expect(socket.open).toBe(true);
  node.clock.advance(9000);
  expect(socket.open).toBe(true);
  node.clock.advance(2000);
  expect(socket.open).toBe(false);
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]?.disconnect?.code).toBe(1008);
  raw.destroy();
});

test('a reader that catches up is forgiven', async () => {
  node = await startSocketNode({ limits: { socketQueueBytes: 100_000 } });
  const raw = await RawClient.open(node.port);
  raw.socket.pause();
  const [socket] = node.service.connections;
  if (socket === undefined) throw new Error('no socket');
  while (socket.send(Buffer.alloc(30_000, 'a'))) await turn(0);
  raw.socket.resume();
  await until(() => socket.send(Buffer.from('x')));
  node.clock.advance(60_000);
  expect(socket.open).toBe(true);
  raw.destroy();
});

test('stuck means stuck without a break: what was taken meanwhile begins a new count', async () => {
  node = await startSocketNode({ limits: { socketQueueBytes: 100_000 } });
  const raw = await RawClient.open(node.port);
  const [socket] = node.service.connections;
  if (socket === undefined) throw new Error('no socket');
  const fill = async (): Promise<void> => {
    raw.socket.pause();
    while (socket.send(Buffer.alloc(30_000, 'a'))) await turn(0);
  };
  await fill();
  node.clock.advance(8000);
  raw.socket.resume();
  await until(() => socket.send(Buffer.from('x')));
  await fill();
  node.clock.advance(8000);
  expect(socket.open).toBe(true);
  node.clock.advance(4000);
  expect(socket.open).toBe(false);
  raw.destroy();
});

test('pings beyond count are answered, and those of a client that does not read are dropped', async () => {
  node = await startSocketNode({ limits: { socketQueueBytes: 1000 } });
  const raw = await RawClient.open(node.port);
  raw.write(Buffer.concat(Array<Buffer>(300).fill(clientFrame(0x89, Buffer.from('p')))));
  await until(() => raw.received.length >= 300 * 3 - 100);
  expect(raw.received.subarray(0, 6)).toEqual(Buffer.from([0x8a, 1, 112, 0x8a, 1, 112]));
  expect(node.service.hub.size).toBe(1);
  raw.destroy();
});

test('writes of one turn leave together', async () => {
  node = await startSocketNode({});
  const raw = await RawClient.open(node.port);
  const chunks: number[] = [];
  raw.socket.on('data', (chunk: Buffer) => chunks.push(chunk.length));
  const [socket] = node.service.connections;
  for (let count = 0; count < 50; count++) socket?.send(Buffer.from('hello'));
  await until(() => raw.received.length === 50 * 7);
  expect(chunks).toEqual([350]);
  raw.destroy();
});

test('a handshake that stops half way holds nothing', async () => {
  node = await startSocketNode({});
  const socket = connect(node.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(handshake().slice(0, -6));
  await turn();
  expect([node.service.hub.size, node.store.records.size]).toEqual([0, 0]);
  socket.destroy();
});

test('bytes that come with the handshake are the first message', async () => {
  const got: string[] = [];
  node = await startSocketNode({
    routes: { $default: ({ request }) => (got.push(request.body.text), {}) },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(Buffer.concat([Buffer.from(handshake()), clientFrame(0x81, Buffer.from('early'))]));
  await until(() => got.length === 1);
  expect(got).toEqual(['early']);
  raw.destroy();
});

/** A small generator with a seed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('2,000 random chunks in 200 connections end in closes or messages, never in a crash or a leak', async () => {
  node = await startSocketNode({
    routes: { $default: ({ request }) => ({ body: request.body.bytes }) },
  });
  const next = random(20_261_124);
  const bytes = (count: number): Buffer =>
    Buffer.from(Array.from({ length: count }, () => next() * 256));
  for (let connection = 0; connection < 200; connection++) {
    const raw = await RawClient.open(node.port);
    for (let chunk = 0; chunk < 10 && !raw.ended; chunk++) {
      const payload = bytes(Math.floor(next() * 200));
      const first = next() < 0.5 ? 0x81 : Math.floor(next() * 256);
      raw.write(next() < 0.7 ? clientFrame(first, payload) : payload);
    }
    if (next() < 0.5) raw.socket.resetAndDestroy();
    else raw.socket.end();
  }
  await until(() => node.disconnects.length === 200 && node.store.records.size === 0);
  expect(node.service.hub.size).toBe(0);
  const codes = new Set(node.disconnects.map(({ disconnect }) => disconnect?.code));
  for (const code of codes) expect(code).toBeGreaterThanOrEqual(1000);
  expect(node.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
