// How exchanges have ended, told to those who count and log.
import { admittedExchange } from '#shared/exchange/admitted.ts';
import type { GatewayError } from '#shared/exchange/errors.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { ExchangeEnd, ExchangeObserver } from '#shared/model/observation.ts';
import type { HandshakeDecision } from '#shared/model/services.ts';
import type { Route, WebSocketStage } from '#shared/model/stage.ts';
import type { MessageExchange } from './message-exchange.ts';

const OK = 200;

/** What a pipeline that was told of in one piece has come to. */
interface Conclusion {
  readonly status: number;
  readonly error?: GatewayError;
}

/** Tells of a handshake with what its authorizer has found out. */
export function connectEnded(
  exchange: Exchange,
  decision: HandshakeDecision,
  error: GatewayError | undefined,
): void {
  const { connectRoute } = exchange.stage as WebSocketStage;
  const status = decision.accept ? OK : decision.status;
  const admitted = decision.accept ? admittedExchange(exchange, decision) : exchange;
  tell(admitted, connectRoute, { status, ...(error && { error }) });
}

/** Tells of a DISCONNECT; its back end's status is of no consequence. */
export function disconnectEnded(exchange: Exchange, error: GatewayError | undefined): void {
  const { disconnectRoute } = exchange.stage as WebSocketStage;
  tell(exchange, disconnectRoute, { status: error?.status ?? OK, ...(error && { error }) });
}

/** Tells of a message; `reply` is what was sent to the client, a frame of ours or the integration's answer. */
export function messageEnded(
  exchange: MessageExchange,
  reply: Uint8Array | undefined,
  error: GatewayError | undefined,
): void {
  const observer = observerOf(exchange);
  if (observer === undefined) return;
  observer.ended(exchange, endOf(exchange, reply, error));
}

/** Members are set one by one: a spread for each would cost more than the counting. */
function endOf(
  exchange: MessageExchange,
  reply: Uint8Array | undefined,
  error: GatewayError | undefined,
): ExchangeEnd {
  const end: Writable<ExchangeEnd> = { status: error?.status ?? OK };
  if (error !== undefined) end.error = error;
  if (exchange.integrationBegan > 0) end.integrationMs = integrationMs(exchange);
  if (exchange.integrationStatus > 0) end.integrationStatus = exchange.integrationStatus;
  if (reply !== undefined) end.reply = reply;
  return end;
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** One that has thrown has taken until now. */
function integrationMs({ integrationBegan, integrationMs: taken }: MessageExchange): number {
  return taken < 0 ? performance.now() - integrationBegan : taken;
}

/** Who listens to `exchange`: its route's observer, or the stage's where no route was found. */
function observerOf({ route, stage }: MessageExchange): ExchangeObserver | undefined {
  return route.routeId === '' ? stage.observer : route.observer;
}

function tell(exchange: Exchange, route: Route | undefined, conclusion: Conclusion): void {
  const observer = route?.observer ?? (exchange.stage as WebSocketStage).observer;
  if (observer === undefined) return;
  const { latency, status } = exchange.phases?.integration ?? {};
  const end: ExchangeEnd = {
    ...conclusion,
    ...(latency !== undefined && { integrationMs: latency }),
    ...(status !== undefined && { integrationStatus: status }),
  };
  observer.ended({ ...exchange, ...(route && { route }) }, end);
}
