// Exchanges, connections, routes and stages for tests, with values that tests may override.
import type { Connection } from '#shared/model/connection.ts';
import type { GatewayRequest } from '#shared/model/exchange.ts';
import type { Route, RoutedExchange, Stage } from '#shared/model/stage.ts';
import { BufferBody, EMPTY_BODY } from '#shared/exchange/body.ts';

/** A stage without routes of its own. */
export function testStage(overrides: Partial<Stage> = {}): Stage {
  return {
    apiId: 'k3v9wq01ab',
    name: 'live',
    region: 'eu-central-1',
    accountId: '111122223333',
    deploymentId: 'd3pl0y',
    protocol: 'WEBSOCKET',
    variables: {},
    ...overrides,
  };
}

/** A connection without authorizer. */
export function testConnection(overrides: Partial<Connection> = {}): Connection {
  return {
    id: 'AhT3mfC0liACJ9g=',
    apiId: 'k3v9wq01ab',
    stageName: 'live',
    region: 'eu-central-1',
    connectedAt: 1729687745102,
    sourceIp: '198.51.100.23',
    domainName: 'k3v9wq01ab.execute-api.eu-central-1.amazonaws.com',
    ...overrides,
  };
}

/** A one-way route. */
export function testRoute(overrides: Partial<Route> = {}): Route {
  return {
    routeId: 'r0ut3id',
    routeKey: '$default',
    twoWay: false,
    apiKeyRequired: false,
    authorizationType: 'NONE',
    requiredParameters: [],
    ...overrides,
  };
}

/** A request; for messages give `body` only. */
export function testRequest(
  overrides: Partial<Omit<GatewayRequest, 'body'>> & { readonly body?: string } = {},
): GatewayRequest {
  const { body, ...rest } = overrides;
  return {
    method: 'GET',
    path: '/live',
    query: '',
    rawHeaders: [],
    ...rest,
    body: body === undefined ? EMPTY_BODY : new BufferBody(Buffer.from(body)),
  };
}

/** A MESSAGE exchange of `text`. */
export function testMessage(text: string, overrides: Partial<RoutedExchange> = {}): RoutedExchange {
  return {
    id: 'AhT5kH1hliAFnUQ=',
    event: 'MESSAGE',
    stage: testStage(),
    request: testRequest({ body: text }),
    receivedAt: 1729687757441,
    connection: testConnection(),
    messageId: 'AhT5kcQ-FiACJ9g=',
    route: testRoute(),
    params: {},
    ...overrides,
  };
}
