// Routes found by their exact key, as WebSocket APIs do it.
import type { Params, Route, RouteTable } from '#shared/model/stage.ts';

interface Match {
  readonly route: Route;
  readonly params: Params;
}

const NO_PARAMS: Params = Object.freeze({});

/** Compares keys exactly and with case; what it answers is made once, so that a match allocates nothing. */
export class RouteKeyTable implements RouteTable<string> {
  readonly #routes = new Map<string, Match>();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) this.#routes.set(route.routeKey, { route, params: NO_PARAMS });
  }

  match(key: string): Match | undefined {
    return this.#routes.get(key);
  }
}
