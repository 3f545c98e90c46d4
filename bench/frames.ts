// The client side of RFC 6455 as the generator needs it: masked frames out, whole frames in.

/** A mask that is not zero: a server would skip its work for that one. */
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x8e]);
const CLOSE = 8;

/** A client's text frame with `text`, masked. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const masked = payload.map((byte, at) => byte ^ (MASK[at & 3] ?? 0));
  return Buffer.concat([header(payload.length), MASK, masked]);
}

/** A client's close frame without a status. */
export const CLOSE_FRAME = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

function header(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, 0x80 | length]);
  const long = Buffer.from([0x81, 0xfe, 0, 0]);
  if (length > 0xffff) throw new RangeError('the bench sends at most 65,535 bytes a message');
  long.writeUInt16BE(length, 2);
  return long;
}

/** What comes out of a `frameReader`. The buffer is valid during the call only. */
export interface FrameListener {
  /** A data frame; the gateways under test never send fragments. */
  message(payload: Buffer): void;
  close(): void;
}

/** Splits what arrives into frames; pings and pongs are dropped. `rest` is what came before it was there. */
export function frameReader(listener: FrameListener, rest: Buffer): (chunk: Buffer) => void {
  let pending: Buffer = rest;
  return (chunk) => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    for (let frame = readFrame(data, at); frame !== undefined; frame = readFrame(data, at)) {
      if (frame.opcode === CLOSE) listener.close();
      else if (frame.opcode < CLOSE) listener.message(data.subarray(frame.start, frame.end));
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
  const end = start + payloadLength(data, at + 2, short);
  return data.length < end ? undefined : { opcode: (data[at] ?? 0) & 0x0f, start, end };
}

function payloadLength(data: Buffer, at: number, short: number): number {
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(at) : Number(data.readBigUInt64BE(at));
}
