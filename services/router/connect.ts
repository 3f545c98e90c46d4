// The CONNECT pipeline: who may open a socket, and with which subprotocol. AWS guide: apigateway-websocket-api-route-keys-connect-disconnect.
import { STATUS_CODES } from 'node:http';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { IntegrationResult } from '#shared/model/integration.ts';
import type { HandshakeDecision } from '#shared/model/services.ts';
import type { Route, WebSocketStage } from '#shared/model/stage.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { refusal } from './failure.ts';
import { integrationOf } from './integrate.ts';
import { missingParameters } from './required-parameters.ts';

/**
 * Throttle, authorize, API key, required parameters, integration, answer. Throws `GatewayError`.
 * The first three are not built yet: a route that demands them lets nobody in.
 */
export async function connectPipeline(
  exchange: Exchange,
  logger: Logger,
): Promise<HandshakeDecision> {
  const route = (exchange.stage as WebSocketStage).connectRoute;
  if (route === undefined) return { accept: true };
  const unbuilt = unbuiltDemand(route);
  if (unbuilt !== undefined) return refuseUnbuilt(unbuilt, exchange, logger);
  const missing = missingParameters(exchange.request, route.requiredParameters);
  if (missing.length > 0) {
    throw new GatewayError('BAD_REQUEST_PARAMETERS', `missing: ${missing.join(', ')}`);
  }
  const result = await integrationOf(route).invoke({ ...exchange, route, params: {} });
  return decide(result, logger);
}

/** What `route` demands of clients that nobody can check yet; `undefined` when anybody may come in. */
function unbuiltDemand(route: Route): string | undefined {
  if (route.authorizationType !== 'NONE') {
    return `Authorization type ${route.authorizationType} of $connect is not implemented`;
  }
  return route.apiKeyRequired ? 'API keys of $connect are not implemented' : undefined;
}

function refuseUnbuilt(demand: string, exchange: Exchange, logger: Logger): HandshakeDecision {
  const { stage, id } = exchange;
  logger.warn(demand, { apiId: stage.apiId, stage: stage.name, requestId: id });
  return refusal(new GatewayError('NOT_IMPLEMENTED', demand), demand);
}

/** 2xx opens; any other status refuses with itself. What can be no answer to a handshake is a broken integration. */
function decide(result: IntegrationResult, logger: Logger): HandshakeDecision {
  const { status } = result;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new GatewayError('INTEGRATION_FAILURE', `the integration answered status ${status}`);
  }
  if (status > 299) return { accept: false, status, message: STATUS_CODES[status] ?? 'Refused' };
  const subprotocol = chosenSubprotocol(result, logger);
  return subprotocol === undefined ? { accept: true } : { accept: true, subprotocol };
}

/** A token of RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The subprotocol that the integration chose by a header of its answer, in any casing; only a token reaches the 101. */
function chosenSubprotocol({ headers }: IntegrationResult, logger: Logger): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'sec-websocket-protocol');
  const value = name === undefined ? undefined : headers[name]?.trim();
  if (value === undefined || value === '') return undefined;
  if (TOKEN.test(value)) return value;
  logger.warn('$connect chose a subprotocol that is not a token; opening without one', { value });
  return undefined;
}
