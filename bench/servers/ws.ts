// The reference: a bare `ws` server with the same duties as the gateway under test and nothing else.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
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
const streams = new Set<Duplex>();
const sockets = new Map<string, WebSocket>();
const wss = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false });

wss.on('connection', (socket, { socket: stream }) => {
  streams.add(stream);
  const id = `c${sockets.size}`;
  sockets.set(id, socket);
  socket.on('close', () => {
    sockets.delete(id);
    streams.delete(stream);
  });
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { action: string };
    socket.send(message.action === 'id' ? id : data, { binary: false });
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

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined }));
});
process.on('SIGTERM', () => process.exit(0));
