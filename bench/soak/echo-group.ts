// Sockets that send messages at a rate and check that each comes back to the socket it was sent on.
import { textFrame } from '../frames.ts';
import { openSocket, type BenchSocket, type Target } from '../socket.ts';
import type { Ledger } from './ledger.ts';

const TICK_MS = 10;
/** A socket with so many answers outstanding is left out: a node that lags is not to be overrun. */
const MOST_IN_FLIGHT = 64;
/** One latency of so many is kept. */
const SAMPLED = 16;

/** How a group is made. */
export interface EchoGroupOptions {
  readonly target: Target;
  readonly ledger: Ledger;
  /** Route that answers every message with itself. */
  readonly action: string;
  readonly sockets: number;
}

interface Member {
  readonly socket: BenchSocket;
  /** What it sends, each time the same and unlike every other's. */
  readonly text: Buffer;
  readonly frame: Buffer;
  readonly sent: number[];
}

/** Sends while it has a rate. */
export class EchoGroup {
  readonly #ledger: Ledger;
  readonly #members: readonly Member[];
  readonly #timer: NodeJS.Timeout;
  #rate = 0;
  #owed = 0;
  #next = 0;
  #lastTick = performance.now();
  #answers = 0;
  #latencies: number[] = [];

  private constructor(ledger: Ledger, members: readonly Member[]) {
    this.#ledger = ledger;
    this.#members = members;
    for (const member of members) {
      member.socket.onMessage = (payload) => this.#answered(member, payload);
      member.socket.onClose = () => ledger.fault('a steady socket was closed');
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Opens the sockets; nothing is sent yet. */
  static async open({ target, ledger, action, sockets }: EchoGroupOptions): Promise<EchoGroup> {
    const members: Member[] = [];
    for (let at = 0; at < sockets; at++) {
      const text = JSON.stringify({ action, data: `${at}`.padEnd(80, 'x') });
      const socket = await openSocket(target);
      members.push({ socket, text: Buffer.from(text), frame: textFrame(text), sent: [] });
    }
    return new EchoGroup(ledger, members);
  }

  /** Messages a second from now on; 0 rests. */
  set rate(rate: number) {
    this.#rate = rate;
    this.#owed = 0;
  }

  /** Answers so far. */
  get answers(): number {
    return this.#answers;
  }

  /** Answers that are still to come. */
  get inFlight(): number {
    return this.#members.reduce((sum, { sent }) => sum + sent.length, 0);
  }

  /** Sampled latencies in milliseconds since this was asked last. */
  takeLatencies(): readonly number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }

  /** Closes the sockets cleanly. */
  close(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#members) {
      socket.onClose = () => undefined;
      socket.close();
    }
  }

  #tick(): void {
    const now = performance.now();
    this.#owed += (this.#rate * (now - this.#lastTick)) / 1000;
    this.#lastTick = now;
    for (let turns = this.#members.length * MOST_IN_FLIGHT; this.#owed >= 1 && turns > 0; turns--) {
      const member = this.#members[this.#next++ % this.#members.length];
      if (member === undefined || member.sent.length >= MOST_IN_FLIGHT) continue;
      member.sent.push(now);
      member.socket.raw.write(member.frame);
      this.#owed--;
    }
    // What could not be sent in its tick is not made up for later.
    this.#owed = Math.min(this.#owed, 1);
  }

  #answered({ text, sent }: Member, payload: Buffer): void {
    const started = sent.shift();
    if (started === undefined) this.#ledger.fault('an answer came that nobody had asked for');
    else if (++this.#answers % SAMPLED === 0) this.#latencies.push(performance.now() - started);
    if (!payload.equals(text)) this.#ledger.fault(`an answer was ${String(payload)}`);
    this.#ledger.messages++;
  }
}
