// The headers of a handshake as Lambda events show them: the client's, without hop headers, with what the gateway adds.
import type { Connection } from '#shared/model/connection.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { headerMap, headerValues } from '#shared/exchange/headers.ts';
import { newTraceId } from '#shared/runtime/ids.ts';
import type { MultiMap } from './text.ts';

const ADDED = [
  'host',
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
];
const HOP = ['connection', 'upgrade', 'content-length', 'keep-alive', 'transfer-encoding'];
const WITHOUT_HOPS: ReadonlySet<string> = new Set([...ADDED, ...HOP]);
const REPLACED: ReadonlySet<string> = new Set([...ADDED, 'content-length']);

/** Headers of the CONNECT event: sorted by name without case, as in AWS's captures. */
export function connectHeaders(exchange: Exchange, connection: Connection): MultiMap {
  return sorted(
    withAdded(headerMap(exchange.request.rawHeaders, WITHOUT_HOPS), exchange, connection),
  );
}

/** Headers of the authorizer's event: hop headers too, and `content-length`. */
export function authorizerHeaders(exchange: Exchange, connection: Connection): MultiMap {
  const map = headerMap(exchange.request.rawHeaders, REPLACED);
  map.set('content-length', ['0']);
  return sorted(withAdded(map, exchange, connection));
}

/**
 * `Host` is the domain name of the connection, so that handlers may build addresses from either, whatever the
 * client dialled. The client's own X-Forwarded-For goes before its address, as load balancers do it.
 */
function withAdded(
  map: Map<string, string[]>,
  exchange: Exchange,
  connection: Connection,
): Map<string, string[]> {
  const { rawHeaders } = exchange.request;
  const forwarded = [...headerValues(rawHeaders, 'x-forwarded-for'), connection.sourceIp];
  const trace = headerValues(rawHeaders, 'x-amzn-trace-id').at(-1);
  map.set('Host', [connection.domainName]);
  map.set('X-Amzn-Trace-Id', [trace ?? newTraceId(exchange.receivedAt)]);
  map.set('X-Forwarded-For', [forwarded.join(', ')]);
  map.set('X-Forwarded-Port', [portOf(connection.domainName)]);
  map.set('X-Forwarded-Proto', ['https']);
  return map;
}

function portOf(domainName: string): string {
  return /:(\d+)$/.exec(domainName)?.[1] ?? '443';
}

function sorted(map: ReadonlyMap<string, readonly string[]>): MultiMap {
  const key = ([name]: readonly [string, unknown]): string => name.toLowerCase();
  return new Map([...map].sort((a, b) => (key(a) < key(b) ? -1 : 1)));
}
