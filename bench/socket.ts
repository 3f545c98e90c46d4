// A light WebSocket client on a bare socket (RFC 6455): prebuilt masked frames out, a counting frame parser in.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a server listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Path of the handshake. */
  readonly path: string;
  /** TLS 1.3 with a full handshake each time; the certificate is not checked. */
  readonly tls: boolean;
}

/** An open connection of the generator. */
export interface BenchSocket {
  readonly raw: Socket;
  /** Called with every complete text message; the buffer is only valid during the call. */
  onMessage: (payload: Buffer) => void;
  onClose: () => void;
}

const HANDSHAKE_END = Buffer.from('\r\n\r\n');

/** A client's text frame with `text`; the mask is zero, so the payload is copied as it is. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const extended = payload.length > 125;
  const header = Buffer.alloc(extended ? 8 : 6);
  header[0] = 0x81;
  header[1] = 0x80 | (extended ? 126 : payload.length);
  if (extended) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** A client's close frame without a status. */
export const CLOSE_FRAME = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

/** Opens a WebSocket; rejects when the answer is not 101. */
export function openSocket(target: Target): Promise<BenchSocket> {
  return new Promise((resolve, reject) => {
    const raw = open(target);
    raw.setNoDelay(true);
    const socket: BenchSocket = { raw, onMessage: () => undefined, onClose: () => undefined };
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
      raw.on('data', frameReader(socket, pending.subarray(end + 4)));
      resolve(socket);
    };
    raw.on('data', onHandshake);
    raw.once('error', reject);
    raw.once('close', () => {
      reject(new Error('closed during the handshake'));
      socket.onClose();
    });
    raw.write(
      `GET ${target.path} HTTP/1.1\r\nHost: localhost:${target.port}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Key: mJx2l0c4m1Nn6Qe1r7bq0A==\r\n' +
        'Sec-WebSocket-Version: 13\r\n\r\n',
    );
  });
}

function open({ host, port, tls }: Target): Socket {
  if (!tls) return connect(port, host);
  const trust = { rejectUnauthorized: false, servername: 'localhost' };
  return connectTls({ host, port, minVersion: 'TLSv1.3', ...trust });
}

/** Splits what arrives into frames; control frames other than close are dropped. */
function frameReader(socket: BenchSocket, rest: Buffer): (chunk: Buffer) => void {
  let pending: Buffer = rest;
  return (chunk) => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    for (;;) {
      const frame = readFrame(data, at);
      if (frame === undefined) break;
      if (frame.opcode === 8) socket.raw.end(CLOSE_FRAME);
      else if (frame.opcode < 8) socket.onMessage(data.subarray(frame.start, frame.end));
      at = frame.end;
    }
    pending = at === data.length ? Buffer.alloc(0) : data.subarray(at);
  };
}

interface Frame {
  readonly opcode: number;
  readonly start: number;
  readonly end: number;
}

/** The frame at `at`, or `undefined` while it is not whole. Servers do not mask. */
function readFrame(data: Buffer, at: number): Frame | undefined {
  if (data.length - at < 2) return undefined;
  const short = (data[at + 1] ?? 0) & 0x7f;
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  if (data.length < start) return undefined;
  const length =
    short < 126
      ? short
      : short === 126
        ? data.readUInt16BE(at + 2)
        : Number(data.readBigUInt64BE(at + 2));
  const end = start + length;
  return data.length < end ? undefined : { opcode: (data[at] ?? 0) & 0x0f, start, end };
}
