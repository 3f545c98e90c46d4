// Reads a client's frames: whole messages, pings and the close frame out, or the code of what was violated (RFC 6455 5, 7.4).
import { isUtf8 } from 'node:buffer';
import type { Limits } from '#shared/model/limits.ts';
import { FRAMES } from './frame.ts';
import { unmask } from './unmask.ts';

/** What comes out of a `FrameReader`. */
export interface FrameListener {
  /** A whole message; a text is valid UTF-8. The bytes are the listener's. */
  message(data: Buffer, binary: boolean): void;
  ping(data: Buffer): void;
  /** The close frame, the last that is read; 1005 when it has no code. */
  closing(code: number, reason: Buffer): void;
  /** The client broke the protocol or a limit; nothing is read any more. */
  violation(code: number): void;
}

/** Frames in which one message may come; beyond it 1008. */
export const MOST_FRAGMENTS = 1024;

const NO_STATUS = 1005;
const PROTOCOL_ERROR = 1002;
const INVALID_DATA = 1007;
const TOO_MANY = 1008;
const TOO_BIG = 1009;
const CONTROL_BYTES = 125;
const MASK_BYTES = 4;
const RSV = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const WHOLE_TEXT = FRAMES.fin | FRAMES.text;
const SMALLEST_PIECE = 64;
const NOTHING = Buffer.alloc(0);

/** Where a frame ends after which nothing is read. */
const END = Infinity;

/** Reads the frames of one connection. Holds no more memory than twice what the client has sent of a message. */
export class FrameReader {
  readonly #listener: FrameListener;
  readonly #limits: Pick<Limits, 'frameBytes' | 'messageBytes'>;
  #ended = false;
  #paused = false;
  /** What was read and not looked at when the reader was paused. */
  #unread: Buffer | undefined;
  /** Beginning of a frame whose rest has not come; its buffer may be longer. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  /** So many bytes of the held frame tell more about it, or are all of it. */
  #needed = 0;
  /** Opcode of the message whose last fragment has not come; 0 between messages. */
  #opcode = 0;
  #fragments = 0;
  /** The message so far; its buffer may be longer. */
  #message: Buffer | undefined;
  #messageBytes = 0;

  constructor(listener: FrameListener, limits: Pick<Limits, 'frameBytes' | 'messageBytes'>) {
    this.#listener = listener;
    this.#limits = limits;
  }

  /** Reads no frame after the one at work, until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  /** Reads on. May come to be paused again before it returns. */
  resume(): void {
    this.#paused = false;
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined) this.read(unread);
  }

  /** Ends the reading: what still comes is no longer looked at. */
  end(): void {
    this.#ended = true;
    this.#unread = undefined;
    this.#held = undefined;
    this.#message = undefined;
  }

  /** The next bytes of the connection. They are unmasked in place, and become the listener's. */
  read(chunk: Buffer): void {
    let at = this.#held === undefined || this.#paused ? 0 : this.#complete(chunk);
    while (at < chunk.length && !this.#ended) {
      if (this.#paused) return this.#keepUnread(chunk.subarray(at));
      const end = this.#frame(chunk, at);
      if (end < 0) return this.#hold(chunk, at, -end);
      at = end;
    }
  }

  #keepUnread(rest: Buffer): void {
    this.#unread = this.#unread === undefined ? rest : Buffer.concat([this.#unread, rest]);
  }

  #hold(chunk: Buffer, at: number, needed: number): void {
    this.#held = NOTHING;
    this.#heldBytes = 0;
    this.#needed = needed;
    this.#add(chunk, at, chunk.length);
  }

  /** Completes the held frame out of `chunk`; answers how far that went. */
  #complete(chunk: Buffer): number {
    let at = 0;
    while (this.#held !== undefined && at < chunk.length) {
      const end = Math.min(chunk.length, at + this.#needed - this.#heldBytes);
      this.#add(chunk, at, end);
      at = end;
      if (this.#heldBytes === this.#needed) this.#tryHeld(this.#held);
    }
    return at;
  }

  #tryHeld(held: Buffer): void {
    const end = this.#frame(held.subarray(0, this.#heldBytes), 0);
    if (end < 0) this.#needed = -end;
    else this.#held = undefined;
  }

  /** Grows with what has come, and not with what a header has announced. */
  #add(chunk: Buffer, from: number, to: number): void {
    const bytes = this.#heldBytes + to - from;
    this.#held = grown(this.#held, this.#heldBytes, { bytes, most: this.#needed });
    chunk.copy(this.#held, this.#heldBytes, from, to);
    this.#heldBytes = bytes;
  }

  /**
   * Handles the frame at `at`; answers where it ends. Below 0: not all of it is there, and so many bytes of it (times
   * -1) are needed to know more.
   */
  #frame(data: Buffer, at: number): number {
    const available = data.length - at;
    if (available < 2) return -2;
    const first = data[at] ?? 0;
    const second = data[at + 1] ?? 0;
    if (first !== WHOLE_TEXT || second < MASKED || this.#opcode !== 0) {
      if (!this.#isAllowed(first, second)) return this.#violate(PROTOCOL_ERROR);
    }
    let length = second & LENGTH;
    let header = 2;
    if (length >= LENGTH_16) {
      header = length === LENGTH_16 ? 4 : 10;
      if (available < header) return -header;
      length = header === 4 ? data.readUInt16BE(at + 2) : readLength64(data, at + 2);
    }
    if (this.#isTooBig(length)) return this.#violate(TOO_BIG);
    header += MASK_BYTES;
    if (available < header + length) return -header - length;
    const start = at + header;
    const payload = data.subarray(start, start + length);
    unmask(payload, data, start - MASK_BYTES);
    this.#take(first, payload);
    return this.#ended ? END : start + length;
  }

  /** Whether a frame may begin with these two bytes here. */
  #isAllowed(first: number, second: number): boolean {
    if ((first & RSV) !== 0 || second < MASKED) return false;
    const opcode = first & OPCODE;
    if (opcode === FRAMES.continuation) return this.#opcode !== 0;
    if (opcode === FRAMES.text || opcode === FRAMES.binary) return this.#opcode === 0;
    if (opcode < FRAMES.close || opcode > FRAMES.pong || first < FRAMES.fin) return false;
    const length = second & LENGTH;
    return length <= CONTROL_BYTES && (opcode !== FRAMES.close || length !== 1);
  }

  /** Control frames, whose length has been looked at, are below any limit. */
  #isTooBig(length: number): boolean {
    const { frameBytes, messageBytes } = this.#limits;
    return (
      length > frameBytes || (length > CONTROL_BYTES && this.#messageBytes + length > messageBytes)
    );
  }

  #take(first: number, payload: Buffer): void {
    const opcode = first & OPCODE;
    if (opcode >= FRAMES.close) return this.#takeControl(opcode, payload);
    if (first < FRAMES.fin || opcode === FRAMES.continuation)
      return this.#takeFragment(first, payload);
    this.#deliver(opcode, payload);
  }

  #takeFragment(first: number, payload: Buffer): void {
    const bytes = this.#messageBytes + payload.length;
    if (bytes > this.#limits.messageBytes) return void this.#violate(TOO_BIG);
    if (++this.#fragments > MOST_FRAGMENTS) return void this.#violate(TOO_MANY);
    if (this.#opcode === 0) this.#opcode = first & OPCODE;
    const most = this.#limits.messageBytes;
    this.#message = grown(this.#message, this.#messageBytes, { bytes, most });
    payload.copy(this.#message, this.#messageBytes);
    this.#messageBytes = bytes;
    if (first >= FRAMES.fin) this.#deliverFragments(this.#message.subarray(0, bytes));
  }

  #deliverFragments(message: Buffer): void {
    const opcode = this.#opcode;
    this.#opcode = 0;
    this.#fragments = 0;
    this.#message = undefined;
    this.#messageBytes = 0;
    this.#deliver(opcode, message);
  }

  #deliver(opcode: number, message: Buffer): void {
    const isBinary = opcode === FRAMES.binary;
    if (!isBinary && !isUtf8(message)) this.#violate(INVALID_DATA);
    else this.#listener.message(message, isBinary);
  }

  #takeControl(opcode: number, payload: Buffer): void {
    if (opcode === FRAMES.ping) this.#listener.ping(payload);
    else if (opcode === FRAMES.close) this.#takeClose(payload);
  }

  #takeClose(payload: Buffer): void {
    const code = payload.length === 0 ? NO_STATUS : payload.readUInt16BE(0);
    // Copied: the view keeps all that was read with it.
    const reason = payload.length > 2 ? Buffer.from(payload.subarray(2)) : NOTHING;
    if (payload.length > 0 && !isCloseCode(code)) return void this.#violate(PROTOCOL_ERROR);
    if (!isUtf8(reason)) return void this.#violate(INVALID_DATA);
    this.end();
    this.#listener.closing(code, reason);
  }

  #violate(code: number): number {
    this.end();
    this.#listener.violation(code);
    return END;
  }
}

/** Codes that may stand in a close frame (RFC 6455 7.4.1, IANA's registry). */
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== NO_STATUS && code !== 1006;
}

/** A length of 64 bits; exact up to 2^53, which is far above any limit. */
function readLength64(data: Buffer, at: number): number {
  return data.readUInt32BE(at) * 2 ** 32 + data.readUInt32BE(at + 4);
}

/** `buffer`, or a longer copy of its first `used` bytes, with room for `bytes`; never longer than `most`. */
function grown(
  buffer: Buffer | undefined,
  used: number,
  { bytes, most }: { readonly bytes: number; readonly most: number },
): Buffer {
  if (buffer !== undefined && buffer.length >= bytes) return buffer;
  const longer = Buffer.allocUnsafeSlow(Math.min(most, Math.max(SMALLEST_PIECE, 2 * bytes)));
  buffer?.copy(longer, 0, 0, used);
  return longer;
}
