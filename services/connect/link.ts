// One client's connection: handshake, messages, pings, the end, and another try when it is lost and one is wanted.
import type { IncomingMessage } from 'node:http';
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { ConnectOptions } from './options.ts';

/** How it ended, or what ended one try. */
export type LinkEnd =
  | {
      readonly kind: 'closed';
      readonly code: number;
      readonly reason: string;
      readonly ours: boolean;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Who hears of it. */
export interface LinkListener {
  opened(subprotocol: string): void;
  message(data: Buffer, isBinary: boolean): void;
  /** What had been queued over the bound is gone for the most part: more may be sent. */
  drained(): void;
  /** Round trip in milliseconds. */
  pong(ms: number): void;
  /** The connection is lost or did not come about; the next try is in `ms`. */
  retrying(end: LinkEnd, ms: number): void;
  ended(end: LinkEnd): void;
}

/** Longer than a gateway waits for its `$connect` integration. */
const HANDSHAKE_MS = 35_000;
const CLOSE_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const QUEUE_BYTES = 1_048_576;
const REFUSAL_BYTES = 65_536;

/** A connection that its owner opens once, sends on, and closes. */
export class Link {
  readonly #options: ConnectOptions;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  #socket: WebSocket | undefined;
  #closing = false;
  #tries = 0;
  #timers: Timer[] = [];
  #pingedAt: number | undefined;
  #isFull = false;

  constructor(options: ConnectOptions, listener: LinkListener, clock: Clock) {
    this.#options = options;
    this.#listener = listener;
    this.#clock = clock;
  }

  /** Begins the handshake. */
  open(): void {
    const { url, subprotocols, headers, ca, identity } = this.#options;
    const socket = new WebSocket(url, [...subprotocols], {
      headers: { ...headers },
      handshakeTimeout: HANDSHAKE_MS,
      lookup: lookupLocalhost,
      ...(ca !== undefined && { ca: [...ca] }),
      ...identity,
    });
    this.#socket = socket;
    let end: LinkEnd | undefined;
    socket.on('open', () => this.#opened(socket));
    socket.on('message', (data: Buffer, isBinary) => this.#listener.message(data, isBinary));
    socket.on('pong', () => this.#ponged());
    socket.on('unexpected-response', (_request, response) => {
      void refusalOf(response).then((refusal) => {
        end = refusal;
        socket.terminate();
      });
    });
    socket.on('error', (error) => (end ??= { kind: 'failed', message: messageOf(error) }));
    socket.on('close', (code, reason) => {
      const ours = this.#closing;
      this.#ended(end ?? { kind: 'closed', code, reason: reason.toString(), ours });
    });
  }

  /** Sends a text message; `false` when there is no open connection. */
  send(text: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    const socket = this.#socket;
    socket.send(text, () => {
      if (!this.#isFull || socket.bufferedAmount > QUEUE_BYTES / 2) return;
      this.#isFull = false;
      this.#listener.drained();
    });
    this.#isFull ||= socket.bufferedAmount > QUEUE_BYTES;
    return true;
  }

  /** Whether so much waits to be sent that more should wait for `drained`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Sends a ping; `false` when there is no open connection. */
  ping(): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#pingedAt = performance.now();
    this.#socket.ping();
    return true;
  }

  /** Closes, also what is not open yet or waits for its next try. `ended` is called in any case. */
  close(code = 1000, reason = ''): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelTimers();
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) {
      this.#listener.ended({ kind: 'closed', code, reason, ours: true });
    } else if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else {
      socket.close(code, reason);
      this.#timers.push(this.#clock.after(CLOSE_MS, () => socket.terminate()));
    }
  }

  #opened(socket: WebSocket): void {
    this.#tries = 0;
    this.#isFull = false;
    const { pingMs } = this.#options;
    if (pingMs !== undefined) this.#pingEvery(pingMs);
    this.#listener.opened(socket.protocol);
  }

  #pingEvery(ms: number): void {
    const timer = this.#clock.after(ms, () => {
      this.ping();
      this.#pingEvery(ms);
    });
    this.#timers = [timer];
  }

  #ponged(): void {
    if (this.#pingedAt !== undefined) this.#listener.pong(performance.now() - this.#pingedAt);
    this.#pingedAt = undefined;
  }

  #ended(end: LinkEnd): void {
    this.#cancelTimers();
    if (this.#closing) {
      const closed = { kind: 'closed', code: 1000, reason: '', ours: true } as const;
      this.#listener.ended(end.kind === 'closed' ? end : closed);
    } else if (this.#options.reconnect && isWorthRetrying(end)) {
      const ms = Math.min(FIRST_RETRY_MS * 2 ** this.#tries++, LONGEST_RETRY_MS);
      this.#timers.push(this.#clock.after(ms, () => this.open()));
      this.#listener.retrying(end, ms);
    } else this.#listener.ended(end);
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }
}

/** A client that was told no will be told no again, and a normal closure is no loss. */
function isWorthRetrying(end: LinkEnd): boolean {
  if (end.kind === 'closed') return end.code !== 1000;
  return end.kind !== 'refused' || end.status === 429 || end.status >= 500;
}

async function refusalOf(response: IncomingMessage): Promise<LinkEnd> {
  const { statusCode: status = 0, headers } = response;
  let body = '';
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      body += chunk;
      if (body.length > REFUSAL_BYTES) break;
    }
  } catch {
    body += ' (cut off)'; // the status is what counts
  }
  const type = headers['x-amzn-errortype'];
  return { kind: 'refused', status, detail: type === undefined ? body : `${String(type)} ${body}` };
}

function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

/** `*.localhost` is this machine (RFC 6761), which not every resolver knows. */
const lookupLocalhost: LookupFunction = (host, options, callback) => {
  lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, options, callback);
};
