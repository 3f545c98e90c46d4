// A usage plan as the data plane runs it.
import type { Rate } from '#shared/model/throttle.ts';
import type { UsagePlanRecord, UsageThrottle } from '#shared/model/usage.ts';
import type { PlanQuota } from '#shared/throttle/quota.ts';

/** What a member of a throttle is where only the other one was given: AWS's for an account. */
const USUAL: Rate = { rate: 10_000, burst: 5000 };

/** A plan. The keys that are in it stay the same set when it is compiled again. */
export interface CompiledPlan {
  readonly id: string;
  readonly region: string;
  readonly keys: Set<string>;
  /** `apiId/stage` of its stages, each with the rates of single routes. */
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, Rate>>;
  /** Absent: as often as the account may. */
  readonly rate?: Rate;
  /** Absent: without end. */
  readonly quota?: PlanQuota;
}

/** Compiles a plan of `region` with its keys. */
export function compilePlan(
  record: UsagePlanRecord,
  { region, keys }: { readonly region: string; readonly keys: Set<string> },
): CompiledPlan {
  const { id, throttle, quota, createdDate } = record;
  const rate = throttle && rateOf(throttle);
  return {
    ...{ id, region, keys },
    stages: new Map(
      record.apiStages.map(({ apiId, stage, throttle: routes = {} }) => [
        `${apiId}/${stage}`,
        new Map(Object.entries(routes).flatMap(([route, one]) => entry(route, rateOf(one)))),
      ]),
    ),
    ...(rate && { rate }),
    ...(quota && { quota: { ...quota, createdDate } }),
  };
}

/** Nothing for a throttle without members. */
function rateOf({ rateLimit, burstLimit }: UsageThrottle): Rate | undefined {
  if (rateLimit === undefined && burstLimit === undefined) return undefined;
  return { rate: rateLimit ?? USUAL.rate, burst: burstLimit ?? USUAL.burst };
}

function entry(route: string, rate: Rate | undefined): [string, Rate][] {
  return rate === undefined ? [] : [[route, rate]];
}
