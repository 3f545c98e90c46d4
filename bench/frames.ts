// The client side of RFC 6455 as the generator needs it: masked frames out, whole frames in.

/** A mask that is not zero: a server would skip its work for that one. */
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x8e]);
const FIN = 0x80;
const TEXT = 1;
const CLOSE = 8;

/** API Gateway takes frames up to this; what is longer comes in fragments. */
const FRAGMENT_BYTES = 32_768;

/** A client's text message, masked; in several frames when it is long. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const frames: Buffer[] = [];
  for (let at = 0; at < payload.length || at === 0; at += FRAGMENT_BYTES) {
    const part = payload.subarray(at, at + FRAGMENT_BYTES);
    const isLast = at + FRAGMENT_BYTES >= payload.length;
    const masked = Buffer.from(part.map((byte, index) => byte ^ (MASK[index & 3] ?? 0)));
    frames.push(header((isLast ? FIN : 0) | (at === 0 ? TEXT : 0), part.length), MASK, masked);
  }
  return Buffer.concat(frames);
}

/** A client's close frame without a status. */
export const CLOSE_FRAME = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

function header(first: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  const long = Buffer.from([first, 0xfe, 0, 0]);
  long.writeUInt16BE(length, 2);
  return long;
}

/** What comes out of a `frameReader`. The buffer is valid during the call only. */
export interface FrameListener {
  /** A whole message. */
  message(payload: Buffer): void;
  close(): void;
}

/** Splits what arrives into frames; pings and pongs are dropped. `rest` is what came before it was there. */
export function frameReader(listener: FrameListener, rest: Buffer): (chunk: Buffer) => void {
  let pending: Buffer = rest;
  let parts: Buffer[] = [];
  const take = ({ isLast, start, end }: Frame, data: Buffer): void => {
    const part = data.subarray(start, end);
    if (isLast && parts.length === 0) return listener.message(part);
    parts.push(Buffer.from(part));
    if (!isLast) return;
    listener.message(Buffer.concat(parts));
    parts = [];
  };
  return (chunk) => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    for (let frame = readFrame(data, at); frame !== undefined; frame = readFrame(data, at)) {
      if (frame.opcode === CLOSE) listener.close();
      else if (frame.opcode < CLOSE) take(frame, data);
      at = frame.end;
    }
    pending = at === data.length ? Buffer.alloc(0) : data.subarray(at);
  };
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly start: number;
  readonly end: number;
}

/** The frame at `at`, or `undefined` while it is not whole. Servers do not mask. */
function readFrame(data: Buffer, at: number): Frame | undefined {
  if (data.length - at < 2) return undefined;
  const short = (data[at + 1] ?? 0) & 0x7f;
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  if (data.length < start) return undefined;
  const end = start + payloadLength(data, at + 2, short);
  if (data.length < end) return undefined;
  const first = data[at] ?? 0;
  return { opcode: first & 0x0f, isLast: (first & FIN) !== 0, start, end };
}

function payloadLength(data: Buffer, at: number, short: number): number {
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(at) : Number(data.readBigUInt64BE(at));
}
