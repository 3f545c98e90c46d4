// The MESSAGE pipeline: count, select, route, throttle, validate, integrate, reply. AWS guide: websocket-api-develop-routes, apigateway-websocket-api-route-response.
import { isUtf8 } from 'node:buffer';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { IntegrationResult } from '#shared/model/integration.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import { admit } from './admission.ts';
import { integrate, integrationOf } from './integrate.ts';
import type { MessageExchange } from './message-exchange.ts';

/** What the pipeline needs of the node. */
export interface MessagePipelineDeps {
  readonly limiter: RateLimiter;
  /** The longest reply. */
  readonly messageBytes: number;
}

/** The bytes for the client; `undefined` where nothing is to be sent. */
export type Reply = Uint8Array | undefined;

/**
 * The body of a two-way route's answer: a text of at most `messageBytes`. A promise only where something had to be
 * waited for: a message to a MOCK is answered within the turn it came in. Throws, or rejects with, `GatewayError`.
 */
export function messagePipeline(
  exchange: MessageExchange,
  deps: MessagePipelineDeps,
): Reply | Promise<Reply> {
  const counted = admit(deps.limiter, exchange.stage.throttles?.account);
  return counted === undefined ? route(exchange, deps) : counted.then(() => route(exchange, deps));
}

function route(exchange: MessageExchange, deps: MessagePipelineDeps): Reply | Promise<Reply> {
  chooseRoute(exchange);
  const admitted = admit(deps.limiter, exchange.route.throttle);
  return admitted === undefined ? run(exchange, deps) : admitted.then(() => run(exchange, deps));
}

function run(
  exchange: MessageExchange,
  { messageBytes }: MessagePipelineDeps,
): Reply | Promise<Reply> {
  const { route } = exchange;
  const fault = route.validate?.(exchange.body);
  if (fault !== undefined) throw new GatewayError('BAD_REQUEST_BODY', fault);
  const integration = integrationOf(route);
  exchange.integrationBegan = performance.now();
  const isNoted = route.observer?.thorough === true;
  const result = isNoted ? integrateNoting(exchange) : integration.invoke(exchange);
  return result instanceof Promise
    ? result.then((answer) => replyOf(exchange, answer, messageBytes))
    : replyOf(exchange, result, messageBytes);
}

function replyOf(
  exchange: MessageExchange,
  result: IntegrationResult,
  messageBytes: number,
): Reply {
  exchange.integrationMs = performance.now() - exchange.integrationBegan;
  if (!exchange.route.twoWay) return undefined;
  exchange.integrationStatus = result.status;
  const { body } = result;
  if (body === undefined) return undefined;
  if (body.length > messageBytes) {
    throw new GatewayError('INTEGRATION_FAILURE', `the reply has ${body.length} bytes`);
  }
  if (!isUtf8(body)) throw new GatewayError('INTEGRATION_FAILURE', 'the reply is not UTF-8');
  return body;
}

/** For observers that want to know everything; reading a status that nobody else needs may cost a parse. */
async function integrateNoting(exchange: MessageExchange): Promise<IntegrationResult> {
  exchange.phases = {};
  const result = await integrate(exchange);
  exchange.integrationStatus = result.status;
  return result;
}

/** The route whose key the message names, else `$default`; `$connect` and `$disconnect` cannot be named. */
function chooseRoute(exchange: MessageExchange): void {
  const { stage } = exchange;
  const key = stage.selectRouteKey(exchange.body);
  const found = key === undefined ? undefined : stage.routes.match(key);
  if (found !== undefined) {
    exchange.route = found.route;
    exchange.params = found.params;
  } else if (stage.defaultRoute !== undefined) {
    exchange.route = stage.defaultRoute;
  } else {
    throw new GatewayError('ROUTE_NOT_FOUND', `no route ${JSON.stringify(key)} and no $default`);
  }
}
