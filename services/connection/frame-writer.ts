// Writes text frames to the sockets of this node: small replies to messages that came together leave as one piece.
import type { Duplex } from 'node:stream';
import { Flusher } from './flusher.ts';
import { FRAMES, headerBytes, writeHeader } from './frame.ts';

/** Up to this many payload bytes it is cheaper to copy them behind their header than to write twice. */
const COPY_BYTES = 2048;
/** What is gathered lies in pieces of memory of this size, one after another; a slow reader keeps a piece alive. */
const CHUNK_BYTES = 16_384;

/** One for all sockets of a node. Writes are held back to the end of the turn, and messages keep their order. */
export class FrameWriter {
  readonly #frameBytes: number;
  readonly #flusher = new Flusher();
  #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** Where in the chunk the piece for `#gathering` begins, and how far it goes. */
  #from = 0;
  #end = 0;
  /** The stream whose small frames are gathered now. */
  #gathering: Duplex | undefined;
  #scheduled = false;
  readonly #release = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** Messages are split into frames of at most `frameBytes` payload. */
  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  /**
   * Gathers small frames for `stream` until what is read from it now has been handled. Who writes to the stream by
   * another way meanwhile must `flush` first.
   */
  gather(stream: Duplex): void {
    if (this.#gathering === stream) return;
    this.flush();
    this.#gathering = stream;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#release);
  }

  /** Whether small frames for `stream` are gathered now. */
  gathers(stream: Duplex): boolean {
    return stream === this.#gathering;
  }

  /** Holds back what is written to `stream` by another way to the end of this turn. */
  cork(stream: Duplex): void {
    this.#flusher.cork(stream);
  }

  /** Hands what is gathered to its stream, and gathers no more. */
  flush(): void {
    const stream = this.#gathering;
    this.#gathering = undefined;
    if (stream !== undefined) this.#writePiece(stream);
  }

  /**
   * Writes `data` as one text message. Keeps a large one until the kernel has it: the caller must not change it
   * afterwards.
   */
  text(stream: Duplex, data: Uint8Array): void {
    this.#flusher.cork(stream);
    if (data.length <= this.#frameBytes) {
      this.#frame(stream, FRAMES.fin | FRAMES.text, data);
      return;
    }
    for (let at = 0; at < data.length; at += this.#frameBytes) {
      const opcode = at === 0 ? FRAMES.text : FRAMES.continuation;
      const last = at + this.#frameBytes >= data.length;
      const part = data.subarray(at, at + this.#frameBytes);
      this.#frame(stream, last ? FRAMES.fin | opcode : opcode, part);
    }
  }

  /** Writes a control frame: a pong, or the close frame, behind everything that was sent before it. */
  control(stream: Duplex, opcode: number, payload: Uint8Array): void {
    this.flush();
    this.#flusher.cork(stream);
    this.#frame(stream, FRAMES.fin | opcode, payload);
  }

  #frame(stream: Duplex, first: number, payload: Uint8Array): void {
    const { length } = payload;
    const header = headerBytes(length);
    if (length > COPY_BYTES) {
      if (stream === this.#gathering) this.#writePiece(stream);
      const head = Buffer.allocUnsafe(header);
      writeHeader(head, 0, { first, length });
      stream.write(head);
      stream.write(payload);
    } else if (stream === this.#gathering) {
      if (this.#end + header + length > CHUNK_BYTES) this.#nextChunk(stream);
      const start = writeHeader(this.#chunk, this.#end, { first, length });
      this.#chunk.set(payload, start);
      this.#end = start + length;
    } else {
      const frame = Buffer.allocUnsafe(header + length);
      frame.set(payload, writeHeader(frame, 0, { first, length }));
      stream.write(frame);
    }
  }

  #nextChunk(stream: Duplex): void {
    this.#writePiece(stream);
    this.#chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#from = 0;
    this.#end = 0;
  }

  #writePiece(stream: Duplex): void {
    if (this.#end === this.#from) return;
    const piece = this.#chunk.subarray(this.#from, this.#end);
    this.#from = this.#end;
    // One that has been cut in the same turn takes no more.
    if (stream.writable) stream.write(piece);
  }
}
