// A WebSocket without compression on a stream: our own end of RFC 6455, from the 101 to the end of the TCP connection.
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { Limits } from '#shared/model/limits.ts';
import { FrameReader, type FrameListener } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import { FRAMES } from './frame.ts';
import type { Transport, TransportOwner } from './transport.ts';

/** What the plain transports of a node share. */
export interface PlainHost {
  readonly writer: FrameWriter;
  readonly limits: Pick<Limits, 'frameBytes' | 'messageBytes' | 'closeMs'>;
}

const ABNORMAL = 1006;
const NO_STATUS = 1005;
const NO_REASON = Buffer.alloc(0);
/** Where a stream knows whose it is, so that its listeners are functions and not closures. */
const TRANSPORT = Symbol('transport');

type OwnedStream = Duplex & { [TRANSPORT]?: PlainTransport | undefined };

/** Our end of one WebSocket. */
export class PlainTransport implements Transport, FrameListener {
  owner: TransportOwner | undefined;
  open = true;
  paused = false;
  readonly #stream: OwnedStream;
  readonly #host: PlainHost;
  readonly #reader: FrameReader;
  #closeSent = false;
  /** 1006 until the client's close frame has come. */
  #code = ABNORMAL;
  #reason: Buffer = NO_REASON;
  #closeTimer: NodeJS.Timeout | undefined;

  /** Takes over `stream`, whose 101 is written; `head` is what has been read behind the handshake. */
  constructor(host: PlainHost, stream: Duplex, head: Buffer) {
    this.#host = host;
    this.#stream = stream;
    this.#reader = new FrameReader(this, host.limits);
    this.#stream[TRANSPORT] = this;
    const { setTimeout: limit, setNoDelay } = stream as Partial<Socket>;
    limit?.call(stream, 0);
    setNoDelay?.call(stream, true);
    if (head.length > 0) stream.unshift(head);
    stream.on('close', onClose);
    stream.on('error', onError);
    stream.on('end', onEnd);
    stream.on('data', onData);
  }

  get queuedBytes(): number {
    return this.#stream.writableLength;
  }

  get gathers(): boolean {
    return this.#host.writer.gathers(this.#stream);
  }

  gather(): void {
    this.#host.writer.gather(this.#stream);
  }

  send(data: Uint8Array): void {
    this.#host.writer.text(this.#stream, data);
  }

  pong(data: Buffer): void {
    if (this.open) this.#host.writer.control(this.#stream, FRAMES.pong, data);
  }

  close(code: number, reason: string): void {
    const payload = Buffer.allocUnsafe(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.#close(payload);
  }

  terminate(): void {
    this.open = false;
    this.#stream.destroy();
  }

  pause(): void {
    this.paused = true;
    this.#reader.pause();
    this.#stream.pause();
  }

  resume(): void {
    this.paused = false;
    this.#reader.resume();
    if (!this.paused) this.#stream.resume();
  }

  /** For the reader; the client's messages behind our own close frame are nobody's. */
  message(data: Buffer, binary: boolean): void {
    if (this.open) this.owner?.receive(data, binary);
  }

  /** For the reader. */
  ping(data: Buffer): void {
    if (this.open) this.owner?.receivePing(data);
  }

  /** For the reader: the client's close frame, which is answered with its own code and reason. */
  closing(code: number, reason: Buffer): void {
    this.#code = code;
    this.#reason = reason;
    const answer = Buffer.allocUnsafe(code === NO_STATUS ? 0 : 2 + reason.length);
    if (answer.length > 0) {
      answer.writeUInt16BE(code);
      reason.copy(answer, 2);
    }
    this.#finish(answer);
  }

  /** For the reader. */
  violation(code: number): void {
    this.owner?.violated({ code, reason: '' });
    const answer = Buffer.allocUnsafe(2);
    answer.writeUInt16BE(code);
    this.#finish(answer);
  }

  /** Bytes have come; for the listener. */
  read(chunk: Buffer): void {
    this.#reader.read(chunk);
  }

  /** The client sends no more, or the connection has failed: nothing can be said to it any more. For the listeners. */
  lost(): void {
    this.open = false;
  }

  /** The connection is gone; for the listener. */
  gone(): void {
    this.open = false;
    clearTimeout(this.#closeTimer);
    this.#readRest();
    this.#reader.end();
    const { owner } = this;
    this.owner = undefined;
    this.#stream[TRANSPORT] = undefined;
    owner?.closed(this.#code, this.#reason);
  }

  /** A close frame may lie behind messages that were not read yet when the connection went. */
  #readRest(): void {
    this.#reader.resume();
    const rest = this.#stream.readableLength > 0 ? (this.#stream.read() as Buffer | null) : null;
    if (rest !== null) this.#reader.read(rest);
  }

  /** Nothing more is to come from the client: says the last word, and hangs up. */
  #finish(answer: Buffer): void {
    if (this.#stream.destroyed) return;
    // What still comes has to be read, or the end of the connection would not be seen.
    process.nextTick(resumeStream, this.#stream);
    this.#close(answer);
    this.#stream.end();
  }

  /** The first close frame is the only one; nothing follows it. */
  #close(payload: Buffer): void {
    this.open = false;
    if (this.#closeSent || !this.#stream.writable) return;
    this.#closeSent = true;
    this.#host.writer.control(this.#stream, FRAMES.close, payload);
    this.#closeTimer = setTimeout(destroyStream, this.#host.limits.closeMs, this.#stream);
  }
}

function onData(this: OwnedStream, chunk: Buffer): void {
  this[TRANSPORT]?.read(chunk);
}

function onEnd(this: OwnedStream): void {
  this[TRANSPORT]?.lost();
  this.end();
}

function onError(this: OwnedStream): void {
  this[TRANSPORT]?.lost();
  this.destroy();
}

function onClose(this: OwnedStream): void {
  this[TRANSPORT]?.gone();
}

function resumeStream(stream: Duplex): void {
  stream.resume();
}

function destroyStream(stream: Duplex): void {
  stream.destroy();
}
