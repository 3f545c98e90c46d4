// The integration of a route, or the failure of a route that has none.
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Integration } from '#shared/model/integration.ts';
import type { Route } from '#shared/model/stage.ts';

/** The integration behind `route`; a route without a target can be made, but nothing can be sent to it. */
export function integrationOf(route: Route): Integration {
  if (route.integration !== undefined) return route.integration;
  throw new GatewayError('API_CONFIGURATION_ERROR', `route ${route.routeKey} has no integration`);
}
