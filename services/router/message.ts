// The MESSAGE pipeline: count, select, route, throttle, validate, integrate, reply. AWS guide: websocket-api-develop-routes, apigateway-websocket-api-route-response.
import { isUtf8 } from 'node:buffer';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import { admit } from './admission.ts';
import { integrationOf } from './integrate.ts';
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
  const result = await integrationOf(route).invoke(exchange);
  if (!route.twoWay) return undefined;
  const { body } = result;
  if (body === undefined) return undefined;
  if (body.length > messageBytes) {
    throw new GatewayError('INTEGRATION_FAILURE', `the reply has ${body.length} bytes`);
  }
  if (!isUtf8(body)) throw new GatewayError('INTEGRATION_FAILURE', 'the reply is not UTF-8');
  return body;
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
