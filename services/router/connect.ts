// The CONNECT pipeline: who may open a socket, and with which subprotocol. AWS guide: apigateway-websocket-api-route-keys-connect-disconnect.
import { STATUS_CODES } from 'node:http';
import { decide } from '#shared/authorizer/decide.ts';
import { admittedExchange } from '#shared/exchange/admitted.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { headerValues } from '#shared/exchange/headers.ts';
import type { Admission } from '#shared/model/authorizer.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { IntegrationResult } from '#shared/model/integration.ts';
import type { HandshakeDecision } from '#shared/model/services.ts';
import type { Route, WebSocketStage } from '#shared/model/stage.ts';
import type { ApiKeyGate } from '#shared/model/usage.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { integrate } from './integrate.ts';
import { missingParameters } from './required-parameters.ts';

/** What the pipeline needs. */
export interface ConnectPipelineDeps {
  readonly apiKeys: ApiKeyGate;
  readonly logger: Logger;
}

/** Authorize, API key, required parameters, integration, answer. Throws `GatewayError`. */
export async function connectPipeline(
  exchange: Exchange,
  { apiKeys, logger }: ConnectPipelineDeps,
): Promise<HandshakeDecision> {
  const route = (exchange.stage as WebSocketStage).connectRoute;
  if (route === undefined) return { accept: true };
  const authorized = await authorize(route, exchange);
  const admission = route.apiKeyRequired
    ? await withApiKey(apiKeys, exchange, authorized)
    : authorized;
  const missing = missingParameters(exchange.request, route.requiredParameters);
  if (missing.length > 0) {
    throw new GatewayError('BAD_REQUEST_PARAMETERS', `missing: ${missing.join(', ')}`);
  }
  const admitted = admittedExchange(exchange, admission);
  const result = await integrate({ ...admitted, route, params: {} });
  return decideByAnswer(result, admission, logger);
}

/** What the route's authorizer finds out of the client; throws when it may not come in. */
async function authorize(route: Route, exchange: Exchange): Promise<Admission> {
  if (route.authorizer !== undefined) return decide(route.authorizer, exchange);
  if (route.authorizationType === 'NONE') return {};
  const detail = `authorization ${route.authorizationType} has no authorizer`;
  throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', detail);
}

/** The admission with the client's API key, which its plan counts; throws when it has none that is good here. */
async function withApiKey(
  apiKeys: ApiKeyGate,
  { stage, request }: Exchange,
  admission: Admission,
): Promise<Admission> {
  const value =
    (stage as WebSocketStage).apiKeySource === 'AUTHORIZER'
      ? admission.usageIdentifierKey
      : headerValues(request.rawHeaders, 'x-api-key')[0];
  const key = await apiKeys.admit(stage, '$connect', value);
  return { ...admission, identity: { ...admission.identity, ...key } };
}

/** 2xx opens; any other status refuses with itself. What can be no answer to a handshake is a broken integration. */
function decideByAnswer(
  result: IntegrationResult,
  { authorizer, identity }: Admission,
  logger: Logger,
): HandshakeDecision {
  const { status } = result;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new GatewayError('INTEGRATION_FAILURE', `the integration answered status ${status}`);
  }
  if (status > 299) return { accept: false, status, message: STATUS_CODES[status] ?? 'Refused' };
  const subprotocol = chosenSubprotocol(result, logger);
  return {
    accept: true,
    ...(subprotocol !== undefined && { subprotocol }),
    ...(authorizer && { authorizer }),
    ...(identity && { identity }),
  };
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
