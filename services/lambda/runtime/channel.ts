// The environment's side of the pipe: reads frames as events, writes them at once and in order.
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { encodeFrame, FRAME, FrameReader, PEAK } from '../frames.ts';

/** Descriptors the node opens for an environment. */
const READ_FD = 3;
const WRITE_FD = 4;

/** An invocation, and when it began: the turn of the event loop, and `performance.now()`. */
export interface Begun {
  readonly index: number;
  readonly turn: number;
  readonly beganAt: number;
}

/** A handler that works for longer holds up what lies behind it as one that waits would. */
const QUICK_MS = 10;

/** How old a reading of the memory may be. */
const PEAK_MS = 50;

/** Longest line of a log, as CloudWatch keeps them. */
const LOG_LENGTH = 262_144;

/**
 * Frames from and to the node. Writes block: a line logged before an endless loop or an exit must not be lost, and an
 * environment that waits for a slow node has nothing better to do. A pipe that closes ends the process, whatever the
 * function is doing.
 */
export class Channel {
  readonly #socket: Socket;
  readonly #indexed = Buffer.alloc(8);
  #turn = 0;
  #turning = false;
  readonly #turned = (): void => {
    this.#turning = false;
    this.#turn++;
    this.#onTurn();
  };
  readonly #onTurn: () => void;
  #peakAt = -Infinity;
  #peakKb = 0;

  /** `onTurn` is called when a turn that `turn` has named is over. */
  constructor(onFrame: (type: number, body: Buffer) => void, onTurn: () => void) {
    this.#onTurn = onTurn;
    const reader = new FrameReader(onFrame);
    this.#socket = new Socket({ fd: READ_FD, readable: true, writable: false });
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk));
    this.#socket.on('error', end);
    this.#socket.on('close', end);
  }

  /** Whether waiting for events keeps the process alive; not while a handler runs, so that its end can be seen. */
  hold(on: boolean): void {
    if (on) this.#socket.ref();
    else this.#socket.unref();
  }

  send(type: number, ...parts: readonly Uint8Array[]): void {
    writeAll(encodeFrame(type, ...parts));
  }

  /** Names what is handled now until the event loop goes on: an answer in a later turn is one that was waited for. */
  turn(): number {
    if (!this.#turning) {
      this.#turning = true;
      setImmediate(this.#turned);
    }
    return this.#turn;
  }

  /**
   * A result or a failure of an invocation, with the peak of the process's memory in kilobytes and whether it was quick.
   */
  answer(type: number, { index, turn, beganAt }: Begun, payload: Uint8Array): void {
    const now = performance.now();
    this.#indexed.writeUInt32LE(index, 0);
    const waited = turn === this.#turn && now - beganAt < QUICK_MS ? 0 : PEAK.waited;
    this.#indexed.writeUInt32LE(waited + Math.min(this.#peak(now), PEAK.kilobytes), 4);
    this.send(type, this.#indexed, payload);
  }

  /** Peak of the process's memory in kilobytes, asked for now and then: it costs as much as the rest of an answer. */
  #peak(now: number): number {
    if (now - this.#peakAt < PEAK_MS) return this.#peakKb;
    this.#peakAt = now;
    this.#peakKb = process.resourceUsage().maxRSS;
    return this.#peakKb;
  }

  log(index: number, text: string): void {
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32LE(index, 0);
    this.send(FRAME.log, head, Buffer.from(text.slice(0, LOG_LENGTH)));
  }
}

function end(): void {
  process.exit(0);
}

function writeAll(frame: Buffer): void {
  let at = 0;
  while (at < frame.length) at += writeSome(frame, at);
}

function writeSome(frame: Buffer, at: number): number {
  try {
    return writeSync(WRITE_FD, frame, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    return end() as never;
  }
}
