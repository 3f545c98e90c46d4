// Text frames from server to client, written by us: one buffer for a small message, header and payload for a large one.
import type { Duplex } from 'node:stream';

const TEXT = 0x1;
const CONTINUATION = 0x0;
const FIN = 0x80;

/** Up to this many payload bytes it is cheaper to copy them behind their header than to write twice. */
const COPY_BYTES = 2048;

/**
 * Writes `data` to `stream` as one unmasked text message in frames of at most `frameBytes` (RFC 6455 5.2, 5.4).
 * Keeps `data` until the kernel has it: the caller must not change it afterwards.
 */
export function writeText(stream: Duplex, data: Uint8Array, frameBytes: number): void {
  if (data.length <= frameBytes) return writeFrame(stream, FIN | TEXT, data);
  for (let at = 0; at < data.length; at += frameBytes) {
    const opcode = at === 0 ? TEXT : CONTINUATION;
    const last = at + frameBytes >= data.length;
    writeFrame(stream, last ? FIN | opcode : opcode, data.subarray(at, at + frameBytes));
  }
}

function writeFrame(stream: Duplex, first: number, payload: Uint8Array): void {
  const header = headerBytes(payload.length);
  if (payload.length > COPY_BYTES) {
    stream.write(writeHeader(Buffer.allocUnsafe(header), first, payload.length));
    stream.write(payload);
    return;
  }
  const frame = writeHeader(Buffer.allocUnsafe(header + payload.length), first, payload.length);
  frame.set(payload, header);
  stream.write(frame);
}

function headerBytes(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(target: Buffer, first: number, length: number): Buffer {
  target[0] = first;
  if (length < 126) {
    target[1] = length;
  } else if (length < 65_536) {
    target[1] = 126;
    target.writeUInt16BE(length, 2);
  } else {
    target[1] = 127;
    target.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    target.writeUInt32BE(length >>> 0, 6);
  }
  return target;
}
