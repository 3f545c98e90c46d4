// Opcodes, and headers of unmasked frames from server to client (RFC 6455 5.2).

/** First bytes of frames: opcode, and whether the message ends with it. */
export const FRAMES = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
  fin: 0x80,
} as const;

/** Length of the header before a payload of `length` bytes: 2, 4 or 10. */
export function headerBytes(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Writes the header of a frame with `length` payload bytes at `at`, and tells where the payload follows. */
export function writeHeader(
  target: Buffer,
  at: number,
  { first, length }: { readonly first: number; readonly length: number },
): number {
  target[at] = first;
  if (length < 126) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    target[at + 1] = 126;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = 127;
  target.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2);
  return target.writeUInt32BE(length >>> 0, at + 6);
}
