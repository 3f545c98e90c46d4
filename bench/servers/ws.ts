// The reference: a bare `ws` server that echoes, and pushes what is POSTed.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** With a folder of `key.pem` and `cert.pem` it speaks TLS. */
const [, , folder] = process.argv;
const pem = (name: string): Buffer => readFileSync(join(folder ?? '', name));
const server =
  folder === undefined
    ? createServer()
    : createTlsServer({ key: pem('key.pem'), cert: pem('cert.pem'), minVersion: 'TLSv1.3' });
/** The only message that is not echoed; no JSON is read. */
const ASKS_ID = Buffer.from('{"action":"id"}');
const streams = new Set<Duplex>();
const sockets = new Map<string, WebSocket>();
let opened = 0;
const wss = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false });

wss.on('connection', (socket, { socket: stream }) => {
  streams.add(stream);
  const id = `c${++opened}`;
  sockets.set(id, socket);
  socket.on('close', () => {
    sockets.delete(id);
    streams.delete(stream);
  });
  socket.on('message', (data: Buffer) => {
    socket.send(data.equals(ASKS_ID) ? id : data, { binary: false });
  });
});

server.on('request', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const id = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    response.statusCode = push(id, Buffer.concat(chunks)) ? 200 : 410;
    response.setHeader('content-length', 0);
    response.end();
  });
});

/** To one connection by `ws`, or to all (`*`) as one frame that is written to each. */
function push(id: string, data: Buffer): boolean {
  const socket = sockets.get(id);
  socket?.send(data, { binary: false });
  if (id !== '*') return socket !== undefined;
  const frame = Buffer.concat([Buffer.from([0x81, data.length]), data]);
  if (data.length > 125) throw new Error('the bench broadcasts short messages only');
  for (const stream of streams) stream.write(frame);
  return true;
}

/** Whether `ws` unmasks by bufferutil's native code: it takes the package when it can be loaded. */
function hasBufferutil(): boolean {
  if (process.env['WS_NO_BUFFER_UTIL'] !== undefined) return false;
  try {
    const { unmask } = createRequire(import.meta.url)('bufferutil') as { unmask: () => void };
    return String(unmask).includes('[native code]');
  } catch {
    return false; // an optional dependency that is not there
  }
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  console.log(JSON.stringify({ port, bufferutil: hasBufferutil() }));
});
process.on('SIGTERM', () => process.exit(0));
