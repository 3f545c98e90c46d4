// The interfaces by which services meet; each is implemented by one service and wired in services/node.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection, ConnectionDescription, LiveConnection } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { StageMatch, WebSocketStage } from './stage.ts';

/** A part of the node with a life. `stop` drains; the node stops its services in reverse order of their start. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(reason: string): Promise<void>;
}

/** A data-plane front: gets requests of stages of its protocol from the edge. Must answer every request. */
export interface Front {
  handle(request: IncomingMessage, response: ServerResponse, match: StageMatch): void;
  /** Absent: the edge refuses the upgrade with 400. Owns `socket` from the call on. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, match: StageMatch): void;
}

/** A front of the admin listener. The first whose `claims` is true gets the request. */
export interface AdminFront {
  readonly name: string;
  claims(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** Answer to a handshake: open with a subprotocol, or refuse with an HTTP answer. */
export type HandshakeDecision =
  | {
      readonly accept: true;
      readonly subprotocol?: string;
      readonly authorizer?: Connection['authorizer'];
      readonly identity?: Connection['identity'];
    }
  | {
      readonly accept: false;
      readonly status: number;
      /** Value of `x-amzn-errortype`; absent when the integration itself refused. */
      readonly errorType?: string;
      readonly message: string;
    };

/** A MESSAGE exchange's way back: how the router answers the socket it came from. */
export interface ReplyTarget extends Connection {
  send(data: Uint8Array): boolean;
}

/**
 * Runs the CONNECT, MESSAGE and DISCONNECT pipelines; implemented by services/router, used by services/connection.
 * None of the three ever rejects: failures are logged and become frames or refusals.
 */
export interface WebSocketRouter {
  connect(exchange: Exchange): Promise<HandshakeDecision>;
  /**
   * `data` is one complete text message, valid UTF-8. Resolves when the pipeline has ended; `undefined` when it has ended
   * already, since nothing had to be waited for.
   */
  message(stage: WebSocketStage, connection: ReplyTarget, data: Buffer): Promise<void> | undefined;
  disconnect(exchange: Exchange): Promise<void>;
}

/** Pushes from server to client, to any node's connections; implemented by services/broadcaster. Throws `PushError`. */
export interface Broadcaster {
  send(connectionId: string, data: Uint8Array): Promise<void>;
  describe(connectionId: string): Promise<ConnectionDescription>;
  disconnect(connectionId: string, code?: number, reason?: string): Promise<void>;
}

/** What the connection service hands out beside the hub, for stages that go away and nodes that drain. */
export interface ConnectionCloser {
  closeStage(apiId: string, stageName: string, code: number, reason: string): void;
  readonly connections: Iterable<LiveConnection>;
}
