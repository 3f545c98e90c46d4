// Makes the request of an HTTP integration from an exchange and its parameter mappings.
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { headerMap, headerValues } from '#shared/exchange/headers.ts';
import { newTraceId } from '#shared/runtime/ids.ts';
import type { ParameterMapping } from '#shared/mapping/parameters.ts';
import { fillPath, type HttpTarget } from './http-target.ts';

/** What to send. */
export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array | null;
}

/** What a record says of its requests. */
export interface HttpRequestSettings {
  /** Absent or `ANY`: GET for handshakes, POST for everything else. */
  readonly method: string | undefined;
  readonly parameters: readonly ParameterMapping[];
  /** Whether a handshake's own headers and query go through. */
  readonly passesClient: boolean;
  /** Headers of every request, names in lower case, which mapped ones replace. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Client headers that do not go through (API Gateway's list, and what belongs to one hop). */
const DROPPED: ReadonlySet<string> = new Set(
  (
    'connection content-length content-md5 expect host keep-alive max-forwards proxy-authenticate ' +
    'proxy-connection server te trailer transfer-encoding upgrade via www-authenticate'
  ).split(' '),
);
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The request for one exchange. A proxy's handshake goes out with the client's headers and query, `Sec-WebSocket-*`
 * included; messages have none. Mapped headers replace, mapped query parameters are added. Throws `GatewayError` when it cannot be made.
 */
export function httpRequest(
  target: HttpTarget,
  settings: HttpRequestSettings,
  exchange: RoutedExchange,
  body: Uint8Array,
): HttpRequest {
  const mapped = mapParameters(settings.parameters, exchange);
  const { path, missing } = fillPath(target.path, mapped.path);
  if (missing !== undefined) {
    const detail = `no request parameter integration.request.path.${missing}`;
    throw new GatewayError('API_CONFIGURATION_ERROR', detail);
  }
  const clientQuery = settings.passesClient ? exchange.request.query : '';
  const queries = [target.query, clientQuery, encoded(mapped.querystring)];
  const query = queries.filter((part) => part !== '').join('&');
  const method = methodOf(settings.method, exchange);
  return {
    origin: target.origin,
    path: query === '' ? path : `${path}?${query}`,
    method,
    headers: headersOf(exchange, target, settings, mapped.header),
    body: BODILESS.has(method) || body.length === 0 ? null : body,
  };
}

type Mapped = Record<ParameterMapping['location'], Map<string, string>>;

function mapParameters(parameters: readonly ParameterMapping[], exchange: RoutedExchange): Mapped {
  const mapped: Mapped = { header: new Map(), querystring: new Map(), path: new Map() };
  for (const { location, name, read } of parameters) {
    const value = read({ exchange });
    if (value !== undefined) mapped[location].set(name, value);
    else if (location === 'path') mapped.path.set(name, '');
  }
  return mapped;
}

function encoded(query: ReadonlyMap<string, string>): string {
  const encode = (text: string): string => encodeURIComponent(text.toWellFormed());
  return Array.from(query, ([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function methodOf(method: string | undefined, exchange: RoutedExchange): string {
  if (method !== undefined && method !== 'ANY') return method;
  return exchange.event === 'CONNECT' ? 'GET' : 'POST';
}

function headersOf(
  exchange: RoutedExchange,
  { host }: HttpTarget,
  { passesClient, headers: fixed = [] }: HttpRequestSettings,
  mapped: ReadonlyMap<string, string>,
): Record<string, string | string[]> {
  const { apiId } = exchange.stage;
  const headers = new Map<string, string | string[]>([
    ['user-agent', `AmazonAPIGateway_${apiId}`],
    ['content-type', 'application/json'],
  ]);
  if (passesClient) {
    for (const [name, values] of headerMap(exchange.request.rawHeaders, DROPPED)) {
      headers.set(name.toLowerCase(), values);
    }
    for (const [name, value] of forwarded(exchange)) headers.set(name, value);
  } else {
    headers.set('accept', 'application/json');
  }
  for (const [name, value] of fixed) headers.set(name, value);
  for (const [name, value] of mapped) headers.set(name.toLowerCase(), value);
  if (!headers.has('x-amzn-trace-id')) {
    headers.set('x-amzn-trace-id', newTraceId(exchange.receivedAt));
  }
  headers.set('x-amzn-apigateway-api-id', apiId);
  if (host !== undefined) headers.set('host', host);
  return Object.fromEntries(headers);
}

/** What the gateway says of the client, on handshakes only: a message has no request of its own. */
function forwarded({ event, connection, request }: RoutedExchange): [string, string][] {
  if (event !== 'CONNECT' || connection === undefined) return [];
  const before = headerValues(request.rawHeaders, 'x-forwarded-for');
  return [
    ['x-forwarded-for', [...before, connection.sourceIp].join(', ')],
    ['x-forwarded-port', /:(\d+)$/.exec(connection.domainName)?.[1] ?? '443'],
    ['x-forwarded-proto', 'https'],
  ];
}
