// The reference: a bare `ws` server with the same duties as the gateway under test and nothing else.
import { createServer } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

const server = createServer();
const sockets = new Map<string, WebSocket>();
const wss = new WebSocketServer({ server, clientTracking: false, perMessageDeflate: false });

wss.on('connection', (socket) => {
  const id = `c${sockets.size}`;
  sockets.set(id, socket);
  socket.on('close', () => sockets.delete(id));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { action: string };
    socket.send(message.action === 'id' ? id : data, { binary: false });
  });
});

server.on('request', (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const socket = sockets.get(decodeURIComponent(request.url?.split('/').at(-1) ?? ''));
    response.statusCode = socket === undefined ? 410 : 200;
    socket?.send(Buffer.concat(chunks), { binary: false });
    response.setHeader('content-length', 0);
    response.end();
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined }));
});
process.on('SIGTERM', () => process.exit(0));
