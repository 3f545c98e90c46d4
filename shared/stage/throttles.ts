// The throttles of a stage from its settings and the node's limits. AWS guide: websocket-api-protect, limits.
import type { Limits } from '#shared/model/limits.ts';
import type { StageRecord } from '#shared/model/records.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { StageThrottles, Throttle } from '#shared/model/throttle.ts';
import { routeSettings } from './route-settings.ts';

/** Account-wide throttles, and that of `$connect`. Limits of Infinity throttle nothing. */
export function stageThrottles(base: Stage, settings: StageRecord, limits: Limits): StageThrottles {
  const { accountId, region } = base;
  const connect = routeThrottle(base, '$connect', { settings, limits });
  return {
    ...finite('account', {
      key: `account/${accountId}/${region}`,
      rate: limits.requestsPerSecond,
      burst: limits.requestBurst,
    }),
    ...finite('connections', {
      key: `connections/${accountId}/${region}`,
      rate: limits.connectionsPerSecond,
      burst: limits.connectionBurst,
    }),
    ...(connect && { connect }),
  };
}

/**
 * The throttle of one route; `undefined` when neither it nor the stage sets one. Each route has a bucket of its own,
 * also where it has the stage's default numbers. One number alone is completed by the account's.
 */
export function routeThrottle(
  base: Stage,
  routeKey: string,
  { settings, limits }: { readonly settings: StageRecord; readonly limits: Limits },
): Throttle | undefined {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = routeSettings(
    settings,
    routeKey,
  );
  if (rate === undefined && burst === undefined) return undefined;
  return {
    key: `route/${base.apiId}/${base.name}/${routeKey}`,
    rate: rate ?? limits.requestsPerSecond,
    burst: burst ?? limits.requestBurst,
  };
}

function finite(
  name: 'account' | 'connections',
  throttle: Throttle,
): Readonly<Partial<Record<'account' | 'connections', Throttle>>> {
  return throttle.rate === Infinity ? {} : { [name]: throttle };
}
