// Throttling in front of the pipelines: what is over its rate is refused, and nobody waits who need not.
import { GatewayError } from '#shared/exchange/errors.ts';
import type { RateLimiter, StageThrottles, Throttle } from '#shared/model/throttle.ts';

/**
 * Counts one under `throttle`. `undefined` when it may go on at once; a promise when somebody else has to be asked.
 * Throws, or rejects with, `GatewayError` THROTTLED.
 */
export function admit(
  limiter: RateLimiter,
  throttle: Throttle | undefined,
): Promise<void> | undefined {
  if (throttle === undefined) return undefined;
  const allowed = limiter.take(throttle.key, throttle);
  if (allowed === true) return undefined;
  if (allowed === false) throw refused(throttle);
  return admitLater(allowed, throttle);
}

/** Counts a new connection: as a request, as a connection, as a use of `$connect`. Rejects as `admit` does. */
export async function admitConnection(
  limiter: RateLimiter,
  throttles: StageThrottles,
): Promise<void> {
  await admit(limiter, throttles.connect);
  await admit(limiter, throttles.connections);
  await admit(limiter, throttles.account);
}

async function admitLater(allowed: Promise<boolean>, throttle: Throttle): Promise<void> {
  if (!(await allowed)) throw refused(throttle);
}

function refused({ key, rate, burst }: Throttle): GatewayError {
  return new GatewayError('THROTTLED', `${key}: over ${rate} a second, burst ${burst}`);
}
