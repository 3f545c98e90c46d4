// Route keys of both protocols, and the keys of a route's request parameters.
import type { ApiRecord, RouteRecord } from '#shared/model/records.ts';
import { badRequest, conflict } from '../faults.ts';
import { badMapping } from './integration.ts';

const WEBSOCKET_RESERVED = new Set(['$connect', '$disconnect', '$default']);

const METHODS = new Set(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/**
 * Refuses with 400 a key that the protocol cannot have. WebSocket: custom keys must not begin with `$` (AWS guide:
 * websocket-api-develop-routes). HTTP: `METHOD /path` or `$default` (AWS guide: http-api-develop-routes).
 */
export function checkRouteKey(api: ApiRecord, key: string): void {
  if (key === '') throw badRequest('Route key is required');
  if (api.ProtocolType === 'HTTP') return checkHttpKey(key);
  if (key.startsWith('$') && !WEBSOCKET_RESERVED.has(key)) {
    throw badRequest(
      `Invalid route key specified: ${key}. Custom route keys must not begin with $`,
    );
  }
}

function checkHttpKey(key: string): void {
  if (key === '$default') return;
  const [method = '', path = '', ...rest] = key.split(' ');
  if (!METHODS.has(method) || !path.startsWith('/') || rest.length > 0) {
    throw badRequest(
      'The provided route key is not formatted properly for HTTP protocol. Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"',
    );
  }
  if (path !== '/' && !path.slice(1).split('/').every(isGoodSegment)) {
    throw badRequest('One or more path parts appear to be invalid');
  }
}

/** A literal, a whole variable, or (last only; greedy ones are) `{name+}`. */
function isGoodSegment(segment: string, at: number, all: readonly string[]): boolean {
  if (/^\{[A-Za-z0-9_.-]+\+\}$/.test(segment)) return at === all.length - 1;
  return /^\{[A-Za-z0-9_.-]+\}$/.test(segment) || /^[^{}]+$/.test(segment);
}

/** Refuses with 409 a key that another route has, or (HTTP) one that differs only in the names of its variables. */
export function requireFreeKey(api: ApiRecord, others: readonly RouteRecord[], key: string): void {
  if (others.some(({ RouteKey }) => RouteKey === key)) {
    throw conflict(`Route with key ${key} already exists for this API`);
  }
  if (api.ProtocolType !== 'HTTP') return;
  const twin = others.find(({ RouteKey }) => shapeOf(RouteKey) === shapeOf(key));
  if (twin !== undefined) {
    throw conflict(
      `The provided route key "${key}" has a conflicting variable on the same hierarchical level as "${twin.RouteKey}"`,
    );
  }
}

const shapeOf = (key: string): string => key.replace(/\{[^}]*?(\+?)\}/g, '{$1}');

const PARAMETER =
  /^route\.request\.(header|multivalueheader|querystring|multivaluequerystring)\.[a-zA-Z0-9._$-]+$/;

/** Refuses with 400 request parameters that are not `route.request.{header or querystring}.NAME`. */
export function checkRequestParameters(names: readonly string[]): void {
  const bad = names.find((name) => !PARAMETER.test(name));
  if (bad !== undefined) throw badMapping(bad);
}
