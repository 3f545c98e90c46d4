// What is left on a connection when its first bytes have been read and somebody else goes on.
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FirstByte, type NamedHandshakes } from '#services/edge/first-byte.ts';

/** A ClientHello without extensions. */
const HELLO = Buffer.from([
  ...[22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3],
  ...Buffer.alloc(32),
  ...[0, 0, 2, 0x13, 0x01, 1, 0, 0, 0],
]);

/** A connection as it is handed on after `pieces` have come. */
async function handedOn(pieces: readonly Buffer[], named: NamedHandshakes): Promise<Socket> {
  const server = createHttpsServer();
  server.removeAllListeners('connection');
  const { promise, resolve } = Promise.withResolvers<Socket>();
  server.on('connection', resolve);
  new FirstByte(60_000, () => '', named).guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  for (const piece of pieces) {
    client.write(piece);
    await new Promise(setImmediate);
  }
  const socket = await promise;
  onTestFinished(() => void socket.destroy());
  return socket;
}

const listeners = (socket: Socket): Record<string, number> =>
  Object.fromEntries(socket.eventNames().map((name) => [name, socket.listenerCount(name)]));

test('reading the whole ClientHello leaves nothing more on the connection than its first byte does', async () => {
  const take = (): boolean => false;
  const unread = listeners(await handedOn([HELLO], { any: false, take }));
  for (const pieces of [[HELLO], [HELLO.subarray(0, 9), HELLO.subarray(9)]]) {
    const socket = await handedOn(pieces, { any: true, take });
    expect(listeners(socket)).toEqual(unread);
    expect(socket.timeout).toBe(0);
    expect(socket.read()).toEqual(HELLO);
  }
});
