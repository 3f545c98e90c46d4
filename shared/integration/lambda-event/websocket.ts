// Lambda proxy events of WebSocket APIs as JSON text, member by member as AWS sends them.
import type { Connection } from '#shared/model/connection.ts';
import type { Exchange, ExchangeEvent } from '#shared/model/exchange.ts';
import type { RoutedExchange, Stage } from '#shared/model/stage.ts';
import { clfTime } from '#shared/exchange/clf-time.ts';
import { queryMap } from '#shared/exchange/query.ts';
import { authorizerHeaders, connectHeaders } from './client-headers.ts';
import { member, multiValues, singleValues, stringMap, type MultiMap } from './text.ts';

/** Writes the event of one exchange. */
export type EventWriter = (exchange: RoutedExchange) => string;

/** Writers of the three WebSocket events; exchanges of these kinds always have a connection. */
export const WEBSOCKET_EVENTS = {
  CONNECT: connectEvent,
  MESSAGE: messageEvent,
  DISCONNECT: disconnectEvent,
} as const satisfies Partial<Record<ExchangeEvent, EventWriter>>;

/** What is the same in all events of a connection on one stage, written once. */
interface Prepared {
  readonly stage: Stage;
  /** From `authorizer` on. */
  readonly authorizer: string;
  /** From `stage` to `connectedAt`. */
  readonly stageAndAge: string;
  /** From `identity` to the quote before the request id. */
  readonly identity: string;
  /** From the quote after the request id to the end of `requestContext`. */
  readonly tail: string;
  /** `stageVariables` if the stage has any. */
  readonly variables: string;
}

const IDENTITY = ',"identity":{';

const prepared = new WeakMap<Connection, Prepared>();

/** The parts of `connection`; written again when its stage has been swapped. */
function partsOf(connection: Connection, stage: Stage): Prepared {
  const known = prepared.get(connection);
  if (known !== undefined && known.stage === stage) return known;
  const parts = prepare(connection, stage);
  prepared.set(connection, parts);
  return parts;
}

function prepare(connection: Connection, stage: Stage): Prepared {
  const { authorizer, userAgent, sourceIp } = connection;
  const identity = JSON.stringify({
    ...connection.identity,
    ...(userAgent !== undefined && { userAgent }),
    sourceIp,
  });
  const names = { domainName: connection.domainName, connectionId: connection.id };
  return {
    stage,
    authorizer: member('authorizer', authorizer && stringMap(authorizer)),
    stageAndAge: `"stage":${JSON.stringify(stage.name)},"connectedAt":${connection.connectedAt},`,
    identity: `${IDENTITY}${identity.slice(1)},"requestId":"`,
    tail: `",${JSON.stringify({ ...names, apiId: connection.apiId }).slice(1)}`,
    variables: Object.keys(stage.variables).length > 0 ? stageVariables(stage) : '',
  };
}

function stageVariables(stage: Stage): string {
  return member('stageVariables', stringMap(stage.variables));
}

/** MESSAGE: only ids, times and the body are written per message. */
function messageEvent(exchange: RoutedExchange): string {
  const parts = partsOf(connectionOf(exchange), exchange.stage);
  const { id, receivedAt } = exchange;
  return (
    `{"requestContext":{"routeKey":${JSON.stringify(exchange.route.routeKey)}${parts.authorizer}` +
    `,"messageId":"${exchange.messageId ?? ''}","eventType":"MESSAGE","extendedRequestId":"${id}"` +
    `,"requestTime":"${clfTime(receivedAt)}","messageDirection":"IN",${parts.stageAndAge}` +
    `"requestTimeEpoch":${receivedAt}${parts.identity}${id}${parts.tail}${parts.variables}` +
    `,"body":${JSON.stringify(exchange.request.body.text)},"isBase64Encoded":false}`
  );
}

function connectEvent(exchange: RoutedExchange): string {
  const connection = connectionOf(exchange);
  const parts = partsOf(connection, exchange.stage);
  const query = queryMap(exchange.request.query);
  const queries = query.size === 0 ? '' : `${queryMembers(query)},`;
  const authorizer = withLatency(exchange, parts.authorizer);
  const { routeKey } = exchange.route;
  const context = contextOf(
    exchange,
    { ...parts, authorizer, identity: certified(connection, parts) },
    { routeKey },
  );
  return (
    `{${headerMembers(connectHeaders(exchange, connection))},${queries}` +
    `"requestContext":${context}${parts.variables},"isBase64Encoded":false}`
  );
}

/** On CONNECT the context of a Lambda authorizer has the time that it took, as a number. */
function withLatency({ connection, phases }: RoutedExchange, authorizer: string): string {
  const integrationLatency = phases?.authorizer?.latency;
  if (connection?.authorizer === undefined || integrationLatency === undefined) return authorizer;
  return member('authorizer', JSON.stringify({ ...connection.authorizer, integrationLatency }));
}

/** The identity with the certificate that the client has shown, which later events do not repeat. */
function certified({ clientCert }: Connection, { identity }: Prepared): string {
  if (clientCert === undefined) return identity;
  return `${IDENTITY}"clientCert":${JSON.stringify(clientCert)},${identity.slice(IDENTITY.length)}`;
}

/** DISCONNECT: the client's headers are gone; AWS sends this stub instead. */
function disconnectEvent(exchange: RoutedExchange): string {
  const connection = connectionOf(exchange);
  const parts = partsOf(connection, exchange.stage);
  const stub: MultiMap = new Map([
    ['Host', [connection.domainName]],
    ['x-api-key', ['']],
    ['X-Forwarded-For', ['']],
    ['x-restapi', ['']],
  ]);
  const { routeKey } = exchange.route;
  return (
    `{${headerMembers(stub)},"requestContext":${contextOf(exchange, parts, { routeKey })}` +
    `${parts.variables},"isBase64Encoded":false}`
  );
}

/**
 * Event of a Lambda authorizer (apigateway-websocket-api-lambda-auth); `methodArn` names the `$connect` route.
 * Unlike the proxy's, it always has the query maps and stage variables, and keeps the hop headers.
 */
export function authorizerEvent(exchange: Exchange, methodArn: string): string {
  const connection = connectionOf(exchange);
  const parts = partsOf(connection, exchange.stage);
  const headers = headerMembers(authorizerHeaders(exchange, connection));
  const context = contextOf(
    exchange,
    { ...parts, authorizer: '', identity: certified(connection, parts) },
    { routeKey: '$connect' },
  );
  return (
    `{"type":"REQUEST","methodArn":${JSON.stringify(methodArn)},${headers},` +
    `${queryMembers(queryMap(exchange.request.query))}${stageVariables(exchange.stage)}` +
    `,"requestContext":${context}}`
  );
}

/** `requestContext` of the events around a connection. */
function contextOf(
  exchange: Exchange,
  parts: Prepared,
  { routeKey }: { routeKey: string },
): string {
  const { id, receivedAt, disconnect } = exchange;
  const code = member('disconnectStatusCode', disconnect?.code.toString());
  const reason = member('disconnectReason', disconnect && JSON.stringify(disconnect.reason));
  return (
    `{"routeKey":${JSON.stringify(routeKey)}${code}${parts.authorizer}` +
    `,"eventType":"${exchange.event}","extendedRequestId":"${id}"` +
    `,"requestTime":"${clfTime(receivedAt)}","messageDirection":"IN"${reason},${parts.stageAndAge}` +
    `"requestTimeEpoch":${receivedAt}${parts.identity}${id}${parts.tail}`
  );
}

function headerMembers(headers: MultiMap): string {
  return `"headers":${singleValues(headers)},"multiValueHeaders":${multiValues(headers)}`;
}

function queryMembers(query: MultiMap): string {
  const single = singleValues(query);
  return `"queryStringParameters":${single},"multiValueQueryStringParameters":${multiValues(query)}`;
}

function connectionOf(exchange: Exchange): Connection {
  if (exchange.connection === undefined) {
    throw new TypeError(`a ${exchange.event} exchange without a connection has no WebSocket event`);
  }
  return exchange.connection;
}
