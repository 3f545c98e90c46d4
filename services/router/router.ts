// The router of WebSocket stages: one object over the three pipelines, and the log of their failures.
import type { GatewayError } from '#shared/exchange/errors.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { HandshakeDecision, ReplyTarget, WebSocketRouter } from '#shared/model/services.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import type { ApiKeyGate } from '#shared/model/usage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { admitConnection } from './admission.ts';
import { connectPipeline } from './connect.ts';
import { disconnectPipeline } from './disconnect.ts';
import { connectEnded, disconnectEnded, messageEnded } from './ending.ts';
import { failureFrame, gatewayError, refusal } from './failure.ts';
import { MessageExchange } from './message-exchange.ts';
import { messagePipeline, type MessagePipelineDeps, type Reply } from './message.ts';

/** What the router needs. */
export interface RouterDeps {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly limiter: RateLimiter;
  readonly apiKeys: ApiKeyGate;
  readonly logger: Logger;
}

/** Failures that busy clients make in masses. */
const OVER_LIMIT: ReadonlySet<string> = new Set(['THROTTLED', 'QUOTA_EXCEEDED']);

/** Runs the pipelines and renders what they throw; see docs/pipeline.md. */
export class Router implements WebSocketRouter {
  readonly #clock: Clock;
  readonly #deps: MessagePipelineDeps;
  readonly #apiKeys: ApiKeyGate;
  readonly #logger: Logger;

  constructor({ clock, limits, limiter, apiKeys, logger }: RouterDeps) {
    this.#clock = clock;
    this.#deps = { limiter, messageBytes: limits.messageBytes };
    this.#apiKeys = apiKeys;
    this.#logger = logger;
  }

  async connect(exchange: Exchange): Promise<HandshakeDecision> {
    const noted = { ...exchange, phases: {} };
    let error: GatewayError | undefined;
    let decision: HandshakeDecision;
    try {
      await admitConnection(this.#deps.limiter, exchange.stage.throttles ?? {});
      decision = await connectPipeline(noted, { apiKeys: this.#apiKeys, logger: this.#logger });
    } catch (thrown) {
      error = gatewayError(thrown);
      this.#log(error, exchange, '$connect');
      decision = refusal(error);
    }
    connectEnded(noted, decision, error);
    return decision;
  }

  message(stage: WebSocketStage, connection: ReplyTarget, data: Buffer): Promise<void> | undefined {
    const exchange = new MessageExchange(stage, connection, data, this.#clock.now());
    let reply: Reply | Promise<Reply>;
    try {
      reply = messagePipeline(exchange, this.#deps);
    } catch (thrown) {
      this.#fail(exchange, thrown);
      return undefined;
    }
    if (reply instanceof Promise) return this.#later(exchange, reply);
    this.#reply(exchange, reply);
    return undefined;
  }

  async #later(exchange: MessageExchange, answer: Promise<Reply>): Promise<void> {
    let reply: Reply;
    try {
      reply = await answer;
    } catch (thrown) {
      this.#fail(exchange, thrown);
      return;
    }
    this.#reply(exchange, reply);
  }

  #fail(exchange: MessageExchange, thrown: unknown): void {
    const error = gatewayError(thrown);
    this.#log(error, exchange, exchange.route.routeKey);
    this.#reply(exchange, failureFrame(error, exchange), error);
  }

  #reply(exchange: MessageExchange, reply: Reply, error?: GatewayError): void {
    if (reply !== undefined && !exchange.connection.send(reply)) this.#logUnsent(exchange);
    messageEnded(exchange, reply, error);
  }

  async disconnect(exchange: Exchange): Promise<void> {
    const noted = { ...exchange, phases: {} };
    let error: GatewayError | undefined;
    try {
      await disconnectPipeline(noted);
    } catch (thrown) {
      error = gatewayError(thrown);
      this.#log(error, exchange, '$disconnect');
    }
    disconnectEnded(noted, error);
  }

  #log(error: GatewayError, exchange: Exchange, routeKey: string): void {
    const fields = {
      ...logFields(exchange, routeKey),
      type: error.type,
      detail: error.detail,
      ...(error.cause === undefined ? {} : { cause: error.cause }),
    };
    if (error.type === 'ROUTE_NOT_FOUND') this.#logger.info('no route for a message', fields);
    else if (OVER_LIMIT.has(error.type)) this.#logger.debug(`${exchange.event} throttled`, fields);
    else this.#logger.warn(`${exchange.event} failed`, fields);
  }

  #logUnsent(exchange: MessageExchange): void {
    const fields = logFields(exchange, exchange.route.routeKey);
    this.#logger.debug('reply not sent: the socket is closing or its queue is full', fields);
  }
}

function logFields(exchange: Exchange, routeKey: string): Record<string, unknown> {
  return {
    apiId: exchange.stage.apiId,
    stage: exchange.stage.name,
    routeKey,
    requestId: exchange.id,
    connectionId: exchange.connection?.id,
  };
}
