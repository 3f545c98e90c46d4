// A stage as the data plane runs it: a compiled snapshot with its live settings. Everything is parsed and resolved beforehand.
import type { Authorizer } from './authorizer.ts';
import type { ClientCert } from './connection.ts';
import type { Body, Exchange } from './exchange.ts';
import type { Integration } from './integration.ts';
import type { ExchangeObserver } from './observation.ts';
import type { ProtocolType, StringMap } from './records.ts';
import type { StageThrottles, Throttle } from './throttle.ts';

/** What every protocol's compiled stage has. */
export interface Stage {
  readonly apiId: string;
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly deploymentId: string;
  readonly protocol: ProtocolType;
  readonly variables: StringMap;
  /** Rates of the account and of `$connect`; absent: nothing is limited. */
  readonly throttles?: StageThrottles;
}

/** Values of a route's path parameters. */
export type Params = Readonly<Record<string, string>>;

/** Finds a route by its key; each protocol brings its own kind of key. */
export interface RouteTable<Key> {
  match(key: Key): { readonly route: Route; readonly params: Params } | undefined;
}

/** A compiled route. */
export interface Route {
  readonly routeId: string;
  readonly routeKey: string;
  /** Whether the integration's result goes back to the client as a frame (sheet: two-way). */
  readonly twoWay: boolean;
  /** Whether clients must show an API key, and how they are authorized; checked on `$connect` only. */
  readonly apiKeyRequired: boolean;
  readonly authorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT';
  /** Who lets clients in; absent: everybody may come in. */
  readonly authorizer?: Authorizer;
  /** Names of headers or query parameters which a request must carry. */
  readonly requiredParameters: readonly RequiredParameter[];
  /** Absent when the route has no target. */
  readonly integration?: Integration;
  /** Listens to the ends of its exchanges. */
  readonly observer?: ExchangeObserver;
  /** How often it may be used; absent: as the account may. */
  readonly throttle?: Throttle;
  /** What is wrong with a message's body, as one text; `undefined` when it fits its model. Absent: any body will do. */
  readonly validate?: (body: Body) => string | undefined;
}

/** One required request parameter of a route. */
export interface RequiredParameter {
  readonly location: 'header' | 'querystring';
  readonly name: string;
}

/** A WebSocket stage. AWS guide: apigateway-websocket-api-selection-expressions, -route-keys-connect-disconnect. */
export interface WebSocketStage extends Stage {
  readonly protocol: 'WEBSOCKET';
  /** Value of the api's route selection expression for a message; `undefined` when it cannot be evaluated (not JSON). */
  selectRouteKey(body: Body): string | undefined;
  /** Where a client's API key is: `x-api-key`, or what the authorizer names as `usageIdentifierKey`. Absent: HEADER. */
  readonly apiKeySource?: 'HEADER' | 'AUTHORIZER';
  /** Routes by custom route key; never holds `$connect`, `$disconnect`, `$default`. */
  readonly routes: RouteTable<string>;
  readonly connectRoute?: Route;
  readonly disconnectRoute?: Route;
  readonly defaultRoute?: Route;
  /** Listens to exchanges without a route, and to pushes. */
  readonly observer?: ExchangeObserver;
}

/** A stage found for a host and path. */
export interface StageMatch {
  readonly stage: Stage;
  /** Path after the stage segment, with its leading slash; empty when nothing follows. Still percent-encoded. */
  readonly path: string;
  /** `requestContext.domainName` for this request. */
  readonly domainName: string;
  /** What the client has proved to be, where its domain asks for it. */
  readonly clientCert?: ClientCert;
  /** Whether events show the names of headers in lower case, as behind mappings of several levels. */
  readonly lowersHeaderNames?: boolean;
}

/**
 * All stages of this node. Synchronous: everything is in memory.
 * `resolve` answers `undefined` for an unknown host form, api or stage, and for a stage without a deployment.
 */
export interface StageSource {
  resolve(host: string, path: string): StageMatch | undefined;
  /** The stage now serving; for open sockets, which use the newest stage from their next message. */
  get(apiId: string, stageName: string): Stage | undefined;
  /** Calls `listener` when a stage (or its api) has been deleted. */
  onDeleted(listener: (apiId: string, stageName: string) => void): void;
}

/** An exchange whose route has been chosen. */
export interface RoutedExchange extends Exchange {
  readonly route: Route;
  readonly params: Params;
}
