// A WebSocket whose client was allowed an extension: `ws` reads, writes and compresses.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type Server, type ServerOptions } from 'ws';
import type { Limits } from '#shared/model/limits.ts';
import { violationEnding } from './ending.ts';
import { frameLimiter } from './frame-limit.ts';
import { MOST_FRAGMENTS } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Transport, TransportOwner } from './transport.ts';

/** A WebSocket that knows whose it is, so that its listeners are functions and not closures. */
class OwnedWebSocket extends WebSocket {
  transport: DeflateTransport | undefined;
}

/** What ws 8.23 takes and its types do not have. */
type Options = Omit<ServerOptions<typeof OwnedWebSocket>, 'perMessageDeflate'> & {
  readonly closeTimeout: number;
  readonly perMessageDeflate: false | { readonly clientMaxWindowBits: false };
};

/** What transports with compression of a node share. */
export interface DeflateHost {
  readonly writer: FrameWriter;
  readonly limits: Pick<Limits, 'frameBytes' | 'messageBytes' | 'closeMs'>;
}

/** Answers handshakes that offer extensions. */
export class DeflateUpgrader {
  readonly #host: DeflateHost;
  readonly #server: Server<typeof OwnedWebSocket>;
  readonly #limitFrames: (socket: WebSocket) => void;
  #head: (extensions: string | undefined) => string[] = () => [];

  constructor(host: DeflateHost) {
    const { limits } = host;
    const options: Options = {
      noServer: true,
      clientTracking: false,
      autoPong: false,
      maxPayload: limits.messageBytes,
      maxFragments: MOST_FRAGMENTS,
      maxBufferedChunks: MOST_FRAGMENTS,
      // AWS answers a wish for the server's window and none for the client's.
      perMessageDeflate: { clientMaxWindowBits: false },
      closeTimeout: limits.closeMs,
      WebSocket: OwnedWebSocket,
    };
    this.#host = host;
    this.#server = new WebSocketServer(options as ServerOptions<typeof OwnedWebSocket>);
    this.#server.on('headers', (lines) => {
      lines.splice(0, lines.length, ...this.#head(extensionsOf(lines)));
    });
    this.#limitFrames = frameLimiter(limits.frameBytes);
  }

  /**
   * Writes the lines that `head` makes of the extensions agreed on, and a transport for what follows. `undefined` when
   * the offer cannot be read, or the client has gone: then the stream is closed or about to be.
   */
  open(
    request: IncomingMessage,
    stream: Duplex,
    options: {
      readonly head: Buffer;
      readonly lines: (extensions: string | undefined) => string[];
    },
  ): Transport | undefined {
    // The choice is the back end's, and the offer was its to judge: `ws` must neither choose nor refuse.
    delete request.headers['sec-websocket-protocol'];
    this.#head = options.lines;
    let opened: OwnedWebSocket | undefined;
    this.#server.handleUpgrade(request, stream, options.head, (ws) => {
      opened = ws;
    });
    if (opened === undefined) return undefined;
    this.#limitFrames(opened);
    return new DeflateTransport(this.#host, opened, stream);
  }
}

function extensionsOf(lines: readonly string[]): string | undefined {
  const name = 'Sec-WebSocket-Extensions: ';
  return lines.find((line) => line.startsWith(name))?.slice(name.length);
}

/** The port over a socket of `ws`. */
class DeflateTransport implements Transport {
  owner: TransportOwner | undefined;
  readonly gathers = false;
  readonly #ws: OwnedWebSocket;
  readonly #stream: Duplex;
  readonly #host: DeflateHost;
  /** Messages that came in the same chunk as the one at which reading was paused; mostly absent. */
  #waiting: Buffer[] | undefined;

  constructor(host: DeflateHost, ws: OwnedWebSocket, stream: Duplex) {
    this.#host = host;
    this.#ws = ws;
    this.#stream = stream;
    ws.transport = this;
    ws.on('message', onMessage);
    ws.on('ping', onPing);
    ws.on('error', onError);
    ws.on('close', onClose);
  }

  get open(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  get queuedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  get paused(): boolean {
    return this.#ws.isPaused;
  }

  gather(): void {
    return undefined;
  }

  send(data: Uint8Array): void {
    const { writer, limits } = this.#host;
    const { frameBytes } = limits;
    writer.cork(this.#stream);
    for (let at = 0; at === 0 || at < data.length; at += frameBytes) {
      const fin = at + frameBytes >= data.length;
      this.#ws.send(data.subarray(at, at + frameBytes), { binary: false, fin });
    }
  }

  pong(data: Buffer): void {
    this.#ws.pong(data);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
    while (!this.#ws.isPaused) {
      const next = this.#waiting?.shift();
      if (next === undefined) break;
      this.owner?.receive(next, false);
    }
  }

  /** For the listener. */
  message(data: Buffer, binary: boolean): void {
    if (!this.open) return;
    if (this.#ws.isPaused && !binary) (this.#waiting ??= []).push(data);
    else this.owner?.receive(data, binary);
  }

  /** For the listener; the owner is told no more. */
  gone(code: number, reason: Buffer): void {
    const { owner } = this;
    this.#waiting = undefined;
    this.owner = undefined;
    owner?.closed(code, reason);
  }
}

function onMessage(this: WebSocket, data: unknown, binary: boolean): void {
  (this as OwnedWebSocket).transport?.message(data as Buffer, binary);
}

function onPing(this: WebSocket, data: Buffer): void {
  const { transport } = this as OwnedWebSocket;
  if (transport?.open === true) transport.owner?.receivePing(data);
}

function onError(this: WebSocket, error: Error): void {
  const ending = violationEnding(error);
  if (ending !== undefined) (this as OwnedWebSocket).transport?.owner?.violated(ending);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as OwnedWebSocket).transport?.gone(code, reason);
}
