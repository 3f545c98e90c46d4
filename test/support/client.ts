// Waiting for what a WebSocket client gets, and raw clients for what a good client would never send.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';

/** Resolves when `client` is open. */
export const opened = (client: WebSocket): Promise<unknown> => once(client, 'open');

/** The next text message. */
export async function nextMessage(client: WebSocket): Promise<string> {
  const [data] = (await once(client, 'message')) as [Buffer];
  return data.toString();
}

/** Close code and reason as the client sees them. */
export async function closed(client: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

/** The HTTP answer to a refused handshake. */
export async function refused(
  client: WebSocket,
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  client.on('error', () => undefined);
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Polls until `probe` is true; the test's own timeout bounds it. */
export async function until(probe: () => boolean): Promise<void> {
  while (!probe()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A TCP client that speaks bytes. */
export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.ended = true));
    socket.on('error', () => (this.ended = true));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and shakes hands; `received` begins after the 101. */
  static async open(port: number, path = '/prod'): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.socket.write(handshake(path));
    await until(() => client.received.includes('\r\n\r\n'));
    client.received = client.received.subarray(client.received.indexOf('\r\n\r\n') + 4);
    return client;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Code and reason of the first close frame received, once it is there. */
  async closeFrame(): Promise<{ code: number; reason: string }> {
    for (;;) {
      const frame = frames(this.received).find(({ opcode }) => opcode === 8);
      if (frame !== undefined) {
        return { code: frame.payload.readUInt16BE(0), reason: frame.payload.toString('utf8', 2) };
      }
      if (this.ended) throw new Error('the connection ended without a close frame');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Text of a correct handshake, with lines to add. */
export const handshake = (path = '/prod', extra = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`;

/** One frame as a client sends it: masked with a fixed key. */
export function clientFrame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(size + 4 + length);
  frame[0] = first;
  frame[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (size === 4) frame.writeUInt16BE(length, 2);
  if (size === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = [1, 2, 3, 4];
  frame.set(mask, size);
  for (let at = 0; at < length; at++) {
    frame[size + 4 + at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  }
  return frame;
}

/** Frames of a server in `bytes`; a part at the end is left out. */
export function frames(bytes: Buffer): { fin: boolean; opcode: number; payload: Buffer }[] {
  const found = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes[at] ?? 0;
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    let start = at + 2;
    if (length === 126) [length, start] = [bytes.readUInt16BE(at + 2), at + 4];
    else if (length === 127) [length, start] = [Number(bytes.readBigUInt64BE(at + 2)), at + 10];
    if (start + length > bytes.length) break;
    found.push({
      fin: first >= 0x80,
      opcode: first & 0xf,
      payload: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return found;
}
