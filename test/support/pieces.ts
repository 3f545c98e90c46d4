// A TCP proxy before a port that passes a client's first bytes on in small packets and remembers the server's.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

/** A proxy on a free port. */
export interface PieceProxy {
  readonly port: number;
  /** What the server has said on all connections. */
  said(): Buffer;
  close(): void;
}

/** Passes the first packet of each connection to `target` on in pieces of `size` bytes; 0: whole. */
export async function pieceProxy(target: number, size: number): Promise<PieceProxy> {
  const said: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1').setNoDelay(true);
    upstream.on('data', (chunk: Buffer) => {
      said.push(chunk);
      client.write(chunk);
    });
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    client.once('data', (first: Buffer) => {
      client.pause();
      const next = (at: number): void => {
        if (at >= first.length) {
          client.on('data', (chunk: Buffer) => upstream.write(chunk)).resume();
          return;
        }
        const end = size === 0 ? first.length : at + size;
        upstream.write(first.subarray(at, end), () => setImmediate(next, end));
      };
      next(0);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, said: () => Buffer.concat(said), close: () => void server.close() };
}
