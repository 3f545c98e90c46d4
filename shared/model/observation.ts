// What is told of an exchange when it has ended, and who listens: counters, access logs, execution logs.
import type { Exchange } from './exchange.ts';
import type { Route } from './stage.ts';

/** An exchange whose route may not have been chosen. */
export interface EndedExchange extends Exchange {
  readonly route?: Route;
}

/** Why a pipeline ended early: an entry of the catalogue of failures. */
export interface Failure {
  readonly type: string;
  readonly status: number;
  readonly message: string;
  readonly detail: string;
}

/** How an exchange ended. */
export interface ExchangeEnd {
  /** Status the client got, or would get where messages have none. */
  readonly status: number;
  readonly error?: Failure;
  /** Milliseconds the integration took; absent when it was not called. */
  readonly integrationMs?: number;
  /** What the integration answered; absent where nobody has read it. */
  readonly integrationStatus?: number;
  /** What was sent to the client. */
  readonly reply?: Uint8Array;
}

/** Listens to the ends of exchanges. Never throws. */
export interface ExchangeObserver {
  /** Whether it reads the phases and the integration's status, which cost something to find out. */
  readonly thorough: boolean;
  ended(exchange: EndedExchange, end: ExchangeEnd): void;
  /** A push to the client outside of any exchange. */
  pushed?(): void;
}

/** One line of an access log. */
export interface AccessLine {
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
  /** Where the stage wants it. */
  readonly destinationArn: string;
  readonly message: string;
}
