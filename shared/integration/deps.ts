// What integrations get from the stage they belong to and from the node.
import type { TlsIdentity } from '#shared/model/certificates.ts';
import type { ExchangeEvent } from '#shared/model/exchange.ts';
import type { Invoker } from '#shared/model/functions.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { StringMap } from '#shared/model/records.ts';
import type { RoutedExchange, Stage } from '#shared/model/stage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { ServiceDirectory } from './services.ts';

/** Event shapes by kind of exchange; a protocol brings its own table. */
export type EventWriters = Readonly<
  Partial<Record<ExchangeEvent, (exchange: RoutedExchange) => string>>
>;

/** Given to every kind's `create`. */
export interface IntegrationDeps {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Where AWS services answer. */
  readonly services: ServiceDirectory;
  /** Origins of private back ends by the ids of VPC links. */
  readonly vpcLinks: StringMap;
  /** What HTTPS back ends are shown; absent: the stage has no client certificate. */
  readonly identity?: () => Promise<TlsIdentity>;
  /** The stage being compiled; its routes are not there yet. */
  readonly stage: Stage;
  readonly events: EventWriters;
}

/** Shortest timeout that AWS accepts, in milliseconds. */
export const MIN_TIMEOUT_MS = 50;

/** Time an integration may take: its own `TimeoutInMillis` within AWS's lower and the node's upper bound. */
export function timeoutOf(timeoutInMillis: number, limits: Limits): number {
  return Math.min(Math.max(timeoutInMillis, MIN_TIMEOUT_MS), limits.integrationTimeoutMs);
}

/**
 * Whether somebody waits for an exchange's answer: the handshake, requests, and messages of two-way routes.
 * Everything else must not pay for decoding what nobody reads.
 */
export function isAnswered(exchange: RoutedExchange): boolean {
  if (exchange.event === 'DISCONNECT') return false;
  return exchange.event !== 'MESSAGE' || exchange.route.twoWay;
}
