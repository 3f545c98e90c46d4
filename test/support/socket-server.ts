// A plain WebSocket server for tests of clients: answers as told, remembers handshakes and messages.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

/** The running server; it ends with the test. */
export interface SocketServer {
  readonly url: string;
  readonly handshakes: readonly IncomingMessage[];
  readonly messages: readonly string[];
  readonly sockets: ReadonlySet<WebSocket>;
  /** Answers handshakes with this status instead; `undefined` lets them in again. */
  refuse: { readonly status: number; readonly body: string } | undefined;
  /** Called with every message. */
  answer: (socket: WebSocket, text: string) => void;
}

/** Starts a server that echoes until told otherwise. */
export async function startSocketServer(): Promise<SocketServer> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const handshakes: IncomingMessage[] = [];
  const messages: string[] = [];
  http.on('upgrade', (request, socket, head) => {
    handshakes.push(request);
    if (server.refuse !== undefined) {
      const { status, body } = server.refuse;
      const type = 'x-amzn-ErrorType: ForbiddenException';
      socket.end(
        `HTTP/1.1 ${status} No\r\n${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (data: Buffer) => {
        messages.push(data.toString());
        server.answer(client, data.toString());
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  const server: SocketServer = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`,
    handshakes,
    messages,
    sockets: sockets.clients,
    refuse: undefined,
    answer: (socket, text) => socket.send(text),
  };
  return server;
}
