// One connection from its handshake to its end over real sockets: $connect, 101, messages, replies, pushes, DISCONNECT.
import { afterEach, expect, test } from 'vitest';
import { closed, handshake, nextMessage, opened, RawClient, until } from '../../support/client.ts';
import { startSocketNode, NOW, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

const only = (): NonNullable<ReturnType<SocketNode['service']['hub']['get']>> => {
  const [socket] = node.service.connections;
  if (socket === undefined) throw new Error('no connection');
  return socket;
};

test('handshake, message, reply, push, disconnect', async () => {
  const events: string[] = [];
  node = await startSocketNode({
    routes: {
      $connect: ({ connection, request, event }) => {
        events.push(`${event} ${request.query} ${connection?.userAgent ?? ''}`);
        // Not in the hub while $connect runs: pushes to it are Gone.
        expect(node.service.hub.get(connection?.id ?? '')).toBeUndefined();
        return {};
      },
      echo: ({ request }) => ({ body: Buffer.from(`echo ${request.body.text}`) }),
    },
  });
  const client = node.client({ headers: { 'user-agent': 'tester/1' } });
  const open = opened(client);
  await open;
  expect(events).toEqual(['CONNECT  tester/1']);
  const socket = only();
  expect(node.store.records.get(socket.id)).toMatchObject({
    id: socket.id,
    nodeId: 'AAAA',
    apiId: 'abcdefghij',
    stageName: 'prod',
    accountId: '000000000000',
    connectedAt: NOW,
    sourceIp: '127.0.0.1',
    userAgent: 'tester/1',
    domainName: 'api.test',
    expiresAt: NOW / 1000 + 7200 + 3600,
  });
  expect(socket.id).toMatch(/^AAAA[A-Za-z0-9_-]{11}=$/);

  client.send('{"action":"echo"}');
  expect(await nextMessage(client)).toBe('echo {"action":"echo"}');
  expect(node.service.hub.get(socket.id)?.send(Buffer.from('pushed ✓'))).toBe(true);
  expect(await nextMessage(client)).toBe('pushed ✓');

  client.close(4001, 'enough');
  await closed(client);
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]).toMatchObject({
    event: 'DISCONNECT',
    connection: { id: socket.id, userAgent: 'tester/1' },
    disconnect: { code: 4001, reason: 'enough' },
  });
  await until(() => node.store.records.size === 0);
  expect(node.service.hub.size).toBe(0);
  expect(node.logs.map(({ message, fields }) => [message, fields['connectionId']])).toEqual([
    ['connected', socket.id],
    ['disconnected', socket.id],
  ]);
});

test('the 101 has the headers of AWS in their order, and nothing else', async () => {
  node = await startSocketNode({
    routes: { $connect: () => ({ headers: { 'sec-WebSocket-protocol': 'chat.v2' } }) },
  });
  const raw = await RawClient.connect(node.port);
  raw.write(
    'GET /prod HTTP/1.1\r\nHost: api.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: chat.v1, chat.v2\r\n' +
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n',
  );
  await until(() => raw.received.includes('\r\n\r\n'));
  const lines = raw.received.toString().split('\r\n');
  expect(lines[1]).toMatch(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  expect(lines.toSpliced(1, 1)).toEqual([
    'HTTP/1.1 101 Switching Protocols',
    'Connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    'sec-websocket-protocol: chat.v2',
    '',
    '',
  ]);
  raw.destroy();
});

test('permessage-deflate, where it is configured, is answered as AWS writes it and works', async () => {
  node = await startSocketNode({
    deflate: true,
    routes: { $default: ({ request }) => ({ body: Buffer.from(request.body.text.repeat(500)) }) },
  });
  const client = node.client({ perMessageDeflate: { threshold: 0 } });
  let extensions: string | undefined;
  client.on('upgrade', (response) => (extensions = response.headers['sec-websocket-extensions']));
  await opened(client);
  expect(extensions).toBe('permessage-deflate');
  const text = 'ab ✓ '.repeat(30);
  client.send(text);
  expect(await nextMessage(client)).toBe(text.repeat(500));
  client.close();
  await closed(client);
});

test('compressed, a message counts by its inflated size: a bomb is 1009', async () => {
  const sizes: number[] = [];
  node = await startSocketNode({
    deflate: true,
    routes: { $default: ({ request }) => (sizes.push(request.body.bytes.length), {}) },
  });
  const client = node.client({ perMessageDeflate: { threshold: 0 } });
  await opened(client);
  client.send('a'.repeat(131_072));
  await until(() => sizes.length === 1);
  const seen = closed(client);
  client.send('a'.repeat(50_000_000));
  expect((await seen).code).toBe(1009);
  await until(() => node.disconnects.length === 1);
  expect(node.disconnects[0]?.disconnect).toEqual({ code: 1009, reason: '' });
  expect(sizes).toEqual([131_072]);
});

test('an offer with window bits is answered as AWS answers it', async () => {
  node = await startSocketNode({ deflate: true });
  const raw = await RawClient.connect(node.port);
  const offer = 'permessage-deflate; server_max_window_bits=12; client_max_window_bits=12';
  raw.write(handshake('/prod', `Sec-WebSocket-Extensions: ${offer}\r\n`));
  await until(() => raw.received.includes('\r\n\r\n'));
  expect(raw.received.toString()).toMatch(
    /accept: \S+\r\nsec-websocket-extensions: permessage-deflate;server_max_window_bits=12\r\n\r\n$/,
  );
  raw.destroy();
});

test('messages of one connection run concurrently, and replies come in the order of their ends', async () => {
  let release: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  node = await startSocketNode({
    routes: {
      slow: async () => {
        await gate;
        return { body: Buffer.from('slow') };
      },
      fast: () => ({ body: Buffer.from('fast') }),
    },
  });
  const client = node.client();
  await opened(client);
  client.send('{"action":"slow"}');
  client.send('{"action":"fast"}');
  expect(await nextMessage(client)).toBe('fast');
  release?.();
  expect(await nextMessage(client)).toBe('slow');
});

test('lastActiveAt follows messages in both directions, and not pings', async () => {
  node = await startSocketNode({ routes: { $default: () => ({}) } });
  const client = node.client();
  await opened(client);
  const socket = only();
  node.clock.advance(10_000);
  const pong = new Promise((resolve) => client.once('pong', resolve));
  client.ping('hello');
  await pong;
  expect(socket.lastActiveAt).toBe(NOW);
  client.send('x');
  await until(() => socket.lastActiveAt === NOW + 10_000);
  node.clock.advance(5000);
  socket.send(Buffer.from('y'));
  expect(socket.lastActiveAt).toBe(NOW + 15_000);
});
