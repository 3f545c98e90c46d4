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

/**
 * Resolves with the bytes for the client: the body of a two-way route's answer, `undefined` where nothing is to be
 * sent. Throws `GatewayError`. A reply must be a text frame of at most `messageBytes`.
 */
export async function messagePipeline(
  exchange: MessageExchange,
  { limiter, messageBytes }: MessagePipelineDeps,
): Promise<Uint8Array | undefined> {
  const counted = admit(limiter, exchange.stage.throttles?.account);
  if (counted !== undefined) await counted;
  chooseRoute(exchange);
  const { route } = exchange;
  const admitted = admit(limiter, route.throttle);
  if (admitted !== undefined) await admitted;
  const fault = route.validate?.(exchange.body);
  if (fault !== undefined) throw new GatewayError('BAD_REQUEST_BODY', fault);
  const integration = integrationOf(route);
  exchange.integrationBegan = performance.now();
  const isNoted = route.observer?.thorough === true;
  const result = await (isNoted ? integrateNoting(exchange) : integration.invoke(exchange));
  exchange.integrationMs = performance.now() - exchange.integrationBegan;
  if (!route.twoWay) return undefined;
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
