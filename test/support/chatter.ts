// A WebSocket client for tests over TLS: messages are awaited one by one, the close is awaited with its code and reason.
import { WebSocket, type ClientOptions } from 'ws';

/** An open client. */
export interface Chatter {
  readonly socket: WebSocket;
  /** Resolves with the next message that was not taken yet; rejects when the socket has closed. */
  next(): Promise<string>;
  send(message: unknown): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Closes and waits. */
  close(code?: number, reason?: string): Promise<void>;
}

/** The handshake was answered with another status than 101. */
export class Refused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;

  constructor(status: number, headers: Readonly<Record<string, unknown>>, body: string) {
    super(`handshake answered ${status}: ${body}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Opens `url`; rejects with `Refused` for any other answer than 101. */
export async function openChatter(
  url: string,
  options: ClientOptions & { readonly protocols?: readonly string[] },
): Promise<Chatter> {
  const { protocols = [], ...rest } = options;
  const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false, ...rest });
  const arrived: string[] = [];
  const waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(text);
    else waiter.resolve(text);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      for (const { reject } of waiting) reject(new Error(`closed ${code} ${reason.toString()}`));
      resolve({ code, reason: reason.toString() });
    });
  });
  await opened(socket);
  return {
    socket,
    closed,
    next: () => {
      const text = arrived.shift();
      if (text !== undefined) return Promise.resolve(text);
      if (socket.readyState === socket.CLOSED) return Promise.reject(new Error('closed'));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    close: async (code, reason) => {
      socket.close(code, reason);
      await closed;
    },
  };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        reject(new Refused(response.statusCode ?? 0, response.headers, body));
        socket.terminate();
      });
    });
  });
}
