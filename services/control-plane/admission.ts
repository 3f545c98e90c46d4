// How often an account may call the control plane: AWS's quotas as limits, which are off unless they are set. AWS guide: limits.
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Rate, RateLimiter } from '#shared/model/throttle.ts';

/** Handlers of a service by their operations. */
type Handlers = Readonly<
  Record<string, (input: never, context: ControlContext) => Promise<unknown>>
>;

/** What counts calls, and how many there may be. */
export interface AdmissionDeps {
  readonly limiter: RateLimiter;
  readonly limits: Limits;
}

/** Operations that AWS limits apart. */
function ownRates({ deploymentsPerSecond, domainNamesPerSecond }: Limits): Record<string, Rate> {
  return {
    CreateDeployment: { rate: deploymentsPerSecond, burst: 1 },
    CreateDomainName: { rate: domainNamesPerSecond, burst: 1 },
  };
}

/**
 * The same handlers behind the account's rates: a call over one of them is a 429 `TooManyRequestsException`, which
 * SDKs retry.
 */
export function admitted<T extends Handlers>(handlers: T, { limiter, limits }: AdmissionDeps): T {
  const { controlRequestsPerSecond: rate, controlRequestBurst: burst } = limits;
  const rates = ownRates(limits);
  const admit = async (name: string, { accountId, region }: ControlContext): Promise<void> => {
    const key = `control/${accountId}/${region}`;
    await requireRoom(limiter, key, { rate, burst });
    const own = rates[name];
    if (own !== undefined) await requireRoom(limiter, `${key}/${name}`, own);
  };
  const behind = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (input: never, context: ControlContext) => {
      await admit(name, context);
      return handler(input, context);
    },
  ]);
  return Object.fromEntries(behind) as T;
}

async function requireRoom(limiter: RateLimiter, key: string, rate: Rate): Promise<void> {
  if (rate.rate === Infinity || (await limiter.take(key, rate))) return;
  throw new ServiceError('TooManyRequestsException', 429, 'Too Many Requests');
}
