// The 101 and what `ws` makes of the stream behind it; the only file that makes WebSockets.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type Server, type ServerOptions } from 'ws';
import type { Limits } from '#shared/model/limits.ts';
import { violationEnding } from './ending.ts';
import { frameLimiter } from './frame-limit.ts';
import type { GatewaySocket } from './socket.ts';

/** A WebSocket that knows whose it is, so that its listeners are functions and not closures. */
export class OwnedWebSocket extends WebSocket {
  owner: GatewaySocket | undefined;

  /** Also called by `ws` itself, which answers close frames and violations. Nothing may follow a close frame. */
  override close(code?: number, data?: string | Buffer): void {
    this.owner?.release();
    super.close(code, data);
  }
}

/** How to open sockets. */
export interface UpgraderOptions {
  readonly limits: Limits;
  /** Whether to accept an offer of permessage-deflate. AWS does; it costs 4.7 times the CPU, so it is off by default. */
  readonly deflate: boolean;
}

/** What ws 8.23 takes and its types do not have. */
type Options = Omit<ServerOptions<typeof OwnedWebSocket>, 'perMessageDeflate'> & {
  readonly closeTimeout: number;
  readonly perMessageDeflate: false | { readonly clientMaxWindowBits: false };
};

/**
 * Parts in which one message, and one frame, may come. Each keeps the memory alive in which it was read, so that without
 * a bound a client could hold many times what it sends.
 */
const MOST_PARTS = 1024;

/** Answers handshakes with 101 and turns their streams into WebSockets. */
export class Upgrader {
  readonly #server: Server<typeof OwnedWebSocket>;
  readonly #limitFrames: (socket: WebSocket) => void;
  #subprotocol: string | undefined;

  constructor({ limits, deflate }: UpgraderOptions) {
    const options: Options = {
      noServer: true,
      clientTracking: false,
      autoPong: false,
      maxPayload: limits.messageBytes,
      maxFragments: MOST_PARTS,
      maxBufferedChunks: MOST_PARTS,
      // AWS answers a wish for the server's window and none for the client's.
      perMessageDeflate: deflate ? { clientMaxWindowBits: false } : false,
      closeTimeout: limits.closeMs,
      WebSocket: OwnedWebSocket,
    };
    this.#server = new WebSocketServer(options as ServerOptions<typeof OwnedWebSocket>);
    this.#server.on('headers', (lines) => this.#rewrite(lines));
    this.#limitFrames = frameLimiter(limits.frameBytes);
  }

  /**
   * Writes the 101 for a checked handshake, with `subprotocol` if the back end chose one. `undefined` when the client
   * has gone, or offered extensions that cannot be read: then the stream is closed or about to be.
   */
  open(
    request: IncomingMessage,
    stream: Duplex,
    options: { readonly head: Buffer; readonly subprotocol?: string },
  ): OwnedWebSocket | undefined {
    // The choice is the back end's, and the offer was its to judge: `ws` must neither choose nor refuse.
    delete request.headers['sec-websocket-protocol'];
    this.#subprotocol = options.subprotocol;
    let opened: OwnedWebSocket | undefined;
    this.#server.handleUpgrade(request, stream, options.head, (ws) => {
      opened = ws;
    });
    if (opened !== undefined) this.#limitFrames(opened);
    return opened;
  }

  /** AWS's order and casing of the 101, as captured (github.com/python-websockets/websockets/issues/1065). */
  #rewrite(lines: string[]): void {
    const status = lines[0] ?? '';
    const value = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const extensions = value('Sec-WebSocket-Extensions')?.replaceAll('; ', ';');
    lines.splice(
      0,
      lines.length,
      status,
      `Date: ${new Date().toUTCString()}`,
      'Connection: upgrade',
      'upgrade: websocket',
      `sec-websocket-accept: ${value('Sec-WebSocket-Accept') ?? ''}`,
    );
    if (this.#subprotocol !== undefined) lines.push(`sec-websocket-protocol: ${this.#subprotocol}`);
    if (extensions !== undefined) lines.push(`sec-websocket-extensions: ${extensions}`);
  }
}

/** Connects the events of `ws` to `owner`. */
export function attach(ws: OwnedWebSocket, owner: GatewaySocket): void {
  ws.owner = owner;
  ws.on('message', onMessage);
  ws.on('ping', onPing);
  ws.on('error', onError);
  ws.on('close', onClose);
}

function onMessage(this: WebSocket, data: unknown, binary: boolean): void {
  (this as OwnedWebSocket).owner?.receive(data as Buffer, binary);
}

function onPing(this: WebSocket, data: Buffer): void {
  (this as OwnedWebSocket).owner?.receivePing(data);
}

function onError(this: WebSocket, error: Error): void {
  const ending = violationEnding(error);
  if (ending !== undefined) (this as OwnedWebSocket).owner?.violated(ending);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as OwnedWebSocket).owner?.closed(code, reason);
}
