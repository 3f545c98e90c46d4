// The integration of a route, or the failure of a route that has none; with notes of how it went for those who log.
import { GatewayError } from '#shared/exchange/errors.ts';
import type { PhaseOutcome } from '#shared/model/exchange.ts';
import type { Integration, IntegrationResult } from '#shared/model/integration.ts';
import type { Route, RoutedExchange } from '#shared/model/stage.ts';

/** The integration behind `route`; a route without a target can be made, but nothing can be sent to it. */
export function integrationOf(route: Route): Integration {
  if (route.integration !== undefined) return route.integration;
  throw new GatewayError('API_CONFIGURATION_ERROR', `route ${route.routeKey} has no integration`);
}

/** Invokes the route's integration and notes latency, status and error among the phases of the exchange. */
export async function integrate(exchange: RoutedExchange): Promise<IntegrationResult> {
  const integration = integrationOf(exchange.route);
  const begin = performance.now();
  try {
    const result = await integration.invoke(exchange);
    // Nobody hears what `$disconnect` answers: most answer nothing.
    note(exchange, begin, exchange.event === 'DISCONNECT' ? {} : { status: result.status });
    return result;
  } catch (error) {
    note(exchange, begin, error instanceof GatewayError ? { error: error.detail } : {});
    throw error;
  }
}

/** What an integration has noted of itself stays. */
function note({ phases }: RoutedExchange, begin: number, outcome: PhaseOutcome): void {
  if (phases === undefined) return;
  const latency = Math.round(performance.now() - begin);
  phases.integration = { ...phases.integration, latency, ...outcome };
}
