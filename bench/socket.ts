// A light WebSocket client on a bare socket: a prebuilt handshake out, then frames.
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { CLOSE_FRAME, frameReader } from './frames.ts';

/** Where a server listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Path of the handshake. */
  readonly path: string;
  /** TLS 1.3; the certificate is not checked. */
  readonly tls: boolean;
}

/** An open connection of the generator. */
export interface BenchSocket {
  readonly raw: Socket;
  /** Whether TLS went on with an earlier session. */
  readonly resumed: boolean;
  /** Called with every complete text message; the buffer is only valid during the call. */
  onMessage: (payload: Buffer) => void;
  /** Called after the messages of everything that was read at once. */
  onRead: () => void;
  onClose: () => void;
  /** Says goodbye; `onClose` follows when the server has answered. */
  close(): void;
}

const HANDSHAKE_END = Buffer.from('\r\n\r\n');

/** Opens a WebSocket, over TLS with `session` if there is one; rejects when the answer is not 101. */
export function openSocket(target: Target, session?: Buffer): Promise<BenchSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<BenchSocket>();
  const raw = open(target, session);
  raw.setNoDelay(true);
  let onClose = (): void => reject(new Error('closed during the handshake'));
  let pending: Buffer = Buffer.alloc(0);
  const onHandshake = (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk]);
    const end = pending.indexOf(HANDSHAKE_END);
    if (end === -1) return;
    raw.off('data', onHandshake);
    const status = pending.toString('latin1', 9, 12);
    if (status !== '101') {
      raw.destroy();
      reject(new Error(`handshake answered ${status}: ${pending.toString('utf8', end + 4)}`));
      return;
    }
    const socket = opened(raw, pending.subarray(end + 4));
    onClose = () => socket.onClose();
    resolve(socket);
  };
  raw.on('data', onHandshake);
  raw.once('error', reject);
  raw.once('close', () => onClose());
  raw.write(handshake(target));
  return promise;
}

/** A session that later connections to `target` may go on with: one connection is made for it. */
export function sessionOf(target: Target): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const raw = open(target);
  // A server may think that it is spoken to before it gives tickets out.
  raw.write(handshake(target));
  raw.once('session', (session: Buffer) => {
    resolve(session);
    raw.destroy();
  });
  raw.once('error', reject);
  raw.once('close', () => reject(new Error('the server gave no session ticket')));
  return promise;
}

/** `raw` after its 101, with what came behind that. */
function opened(raw: Socket, rest: Buffer): BenchSocket {
  let closing = false;
  const socket: BenchSocket = {
    raw,
    resumed: raw instanceof TLSSocket && raw.isSessionReused(),
    onMessage: () => undefined,
    onRead: () => undefined,
    onClose: () => undefined,
    close: () => {
      closing = true;
      raw.write(CLOSE_FRAME);
    },
  };
  const listener = {
    message: (payload: Buffer) => socket.onMessage(payload),
    close: () => void (closing ? raw.end() : raw.end(CLOSE_FRAME)),
  };
  const read = frameReader(listener, rest);
  raw.on('data', (chunk: Buffer) => {
    read(chunk);
    socket.onRead();
  });
  return socket;
}

function handshake({ path, port }: Target): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\n` +
    'Connection: Upgrade\r\nSec-WebSocket-Key: mJx2l0c4m1Nn6Qe1r7bq0A==\r\n' +
    'Sec-WebSocket-Version: 13\r\n\r\n'
  );
}

function open({ host, port, tls }: Target, session?: Buffer): Socket {
  if (!tls) return connect(port, host);
  const trust = { rejectUnauthorized: false, servername: 'localhost' };
  const earlier = session === undefined ? {} : { session };
  return connectTls({ host, port, minVersion: 'TLSv1.3', ...trust, ...earlier });
}
