// One event going through a pipeline: a request, a CONNECT, a MESSAGE or a DISCONNECT.
import type { Connection } from './connection.ts';
import type { Stage } from './stage.ts';

/** Kind of an exchange; the WebSocket kinds are AWS's `eventType`. */
export type ExchangeEvent = 'HTTP' | 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

/** Bytes of a request or message, with views that are made when first asked for and kept. */
export interface Body {
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8. */
  readonly text: string;
  /** The parsed JSON document, or `undefined` when the bytes are not JSON. Parsed at most once. */
  readonly json: unknown;
}

/** What came from the client. For MESSAGE and DISCONNECT headers and query are empty. */
export interface GatewayRequest {
  readonly method: string;
  /** Percent-encoded path without the query. */
  readonly path: string;
  /** Raw query without `?`; empty when there was none. */
  readonly query: string;
  /** Names and values alternating, in the order and casing received (Node's `rawHeaders`). */
  readonly rawHeaders: readonly string[];
  readonly body: Body;
}

/** Why and how a connection ended, as the DISCONNECT event tells it. */
export interface Disconnect {
  readonly code: number;
  readonly reason: string;
}

/** Phases of a pipeline that AWS's access logs report apart. */
export type Phase = 'authenticate' | 'authorize' | 'authorizer' | 'integration' | 'waf';

/** How one phase went, for access logs. Latencies in milliseconds. */
export interface PhaseOutcome {
  readonly error?: string;
  readonly latency?: number;
  readonly status?: number;
  readonly requestId?: string;
  /** Status of the call itself, where `status` is what the function answered. */
  readonly integrationStatus?: number;
}

/** How the phases of one exchange went; filled while its pipeline runs. */
export type Phases = Partial<Record<Phase, PhaseOutcome>>;

/** One event. `deadline` is a moment, not a signal: a signal per message would cost more than the message. */
export interface Exchange {
  /** AWS's `requestId` and `extendedRequestId`. */
  readonly id: string;
  readonly event: ExchangeEvent;
  readonly stage: Stage;
  readonly request: GatewayRequest;
  /** Epoch milliseconds at which it came in. */
  readonly receivedAt: number;
  readonly connection?: Connection;
  /** MESSAGE only. */
  readonly messageId?: string;
  /** DISCONNECT only. */
  readonly disconnect?: Disconnect;
  /** Where phases are noted; absent where nobody reads them. */
  readonly phases?: Phases;
}
