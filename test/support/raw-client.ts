// A client that writes what it likes to a port, over TCP or TLS, and reads until the other side closes.
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

/** Resolves with an open TCP connection. */
export function tcp(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

/** Resolves when the handshake is done and the server's certificate is accepted; rejects otherwise. */
export function tls(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Everything that comes until the other side ends or the connection breaks. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.once('end', () => resolve(text));
    socket.once('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
}

/** Sends `text` and reads the answer until the connection ends. */
export function ask(socket: Socket, text: string): Promise<string> {
  const answer = readAll(socket);
  socket.write(text);
  return answer;
}
