// The server name in a ClientHello: real ones of several kinds, in any number of records and pieces, and broken ones.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { readClientHello } from '#services/edge/client-hello.ts';

/** What Node's client says first. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ...options });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same message in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

test.each<[string, ConnectionOptions, string | undefined]>([
  ['TLS 1.3', { servername: 'mtls.example.com' }, 'mtls.example.com'],
  ['TLS 1.2', { servername: 'mtls.example.com', maxVersion: 'TLSv1.2' }, 'mtls.example.com'],
  ['capitals', { servername: 'MTLS.Example.COM' }, 'mtls.example.com'],
  ['ALPN before it', { servername: 'a.b', ALPNProtocols: ['h2', 'http/1.1'] }, 'a.b'],
  ['no name', {}, undefined],
])('%s', async (_what, options, name) => {
  const hello = await helloOf(options);
  const read = { kind: 'read', ...(name === undefined ? {} : { serverName: name }) };
  expect(readClientHello(hello)).toEqual(read);
  for (const size of [1, 3, 100, 1000]) {
    expect(readClientHello(inRecords(hello, size))).toEqual(read);
  }
});

test('while something is missing it says how much is needed, never more than there will be', async () => {
  const hello = await helloOf({ servername: 'mtls.example.com' });
  for (const whole of [hello, inRecords(hello, 7)]) {
    for (let length = 1; length < whole.length; length++) {
      const read = readClientHello(whole.subarray(0, length));
      if (read.kind !== 'short') throw new Error(`${length} bytes are ${read.kind}`);
      expect(read.needed).toBeGreaterThan(length);
      expect(read.needed).toBeLessThanOrEqual(whole.length);
    }
  }
});

test('tiny records cost no more than large ones: nothing is copied while the message is not whole', () => {
  const message = Buffer.alloc(10_000);
  message.set([1, 0, 0xff, 0xff]);
  const bytes = inRecords(Buffer.concat([Buffer.alloc(5), message]), 1);
  const concat = vi.spyOn(Buffer, 'concat');
  const read = readClientHello(bytes);
  const copies = concat.mock.calls.length;
  concat.mockRestore();
  // The message's header; and all that is missing, which one record may bring.
  expect(copies).toBe(1);
  expect(read).toEqual({ kind: 'short', needed: bytes.length + 5 + 0xffff + 4 - 10_000 });
});

test('what is no ClientHello is left to the TLS layer', async () => {
  const hello = await helloOf({ servername: 'mtls.example.com' });
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(hello);
    copy[at] = value;
    return copy;
  };
  const nameAt = hello.indexOf('mtls.example.com');
  const broken: [string, Buffer][] = [
    ['another record', changed(0, 23)],
    ['another message', changed(5, 2)],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0x7f, 0xff])],
    ['a session id beyond the end', changed(43, 255)],
    ['another kind of name', changed(nameAt - 3, 1)],
    ['a name beyond its list', changed(nameAt - 1, 200)],
    [
      'a second record of another kind',
      Buffer.concat([inRecords(hello, 100).subarray(0, 105), changed(0, 20)]),
    ],
  ];
  for (const [what, bytes] of broken)
    expect([what, readClientHello(bytes)]).toEqual([what, { kind: 'wrong' }]);
});

test('bytes of no sense never throw', () => {
  let seed = 1;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let round = 0; round < 2000; round++) {
    const body = Buffer.from(Array.from({ length: next() % 200 }, () => next() % 256));
    const head = [22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length];
    expect(['read', 'wrong', 'short']).toContain(
      readClientHello(Buffer.concat([Buffer.from(head), body])).kind,
    );
  }
});
