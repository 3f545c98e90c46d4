// What keys have used of a plan, day by day, as GetUsage tells it.
import type { ResourceStore } from '#shared/model/store.ts';
import type { PlanKey, UsageDay, UsagePlanRecord } from '#shared/model/usage.ts';
import { daysSince } from '#shared/stage/usage/kept-usage.ts';
import {
  type Day,
  daysAfter,
  earliestStart,
  remainingOn,
  startOfDay,
} from '#shared/throttle/quota.ts';
import { badRequest } from '../faults.ts';

/** The days of a report, both included. */
export interface Span {
  readonly first: Day;
  readonly last: Day;
}

const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

/** A span of real days in order, at most a year of them; else 400. */
export function checkedSpan(first: Day, last: Day): Span {
  for (const day of [first, last]) {
    if (Number.isNaN(startOfDay(day))) throw badRequest(`Invalid date specified: ${day}`);
  }
  const days = (startOfDay(last) - startOfDay(first)) / DAY_MS + 1;
  if (days < 1) throw badRequest('The end date must not be before the start date');
  if (days > MOST_DAYS) throw badRequest(`At most ${MOST_DAYS} days of usage can be asked for`);
  return { first, last };
}

/** The days of a key's usage from the beginning of all periods of `first` on. */
export async function daysOf(
  store: ResourceStore,
  at: PlanKey,
  { first, last }: Span,
): Promise<ReadonlyMap<Day, UsageDay>> {
  const days = await daysSince(store, at, earliestStart(first));
  return new Map(days.filter(([day]) => day <= last));
}

/** `[used, remaining]` of each day of a span; a plan without a quota has -1 remaining. */
export function reportOf(
  { quota, createdDate }: UsagePlanRecord,
  days: ReadonlyMap<Day, UsageDay>,
  { first, last }: Span,
): number[][] {
  const report: number[][] = [];
  for (let day = first; day <= last; day = daysAfter(day, 1)) {
    const remaining =
      quota === undefined ? -1 : Math.max(remainingOn(day, { ...quota, createdDate }, days), 0);
    report.push([days.get(day)?.used ?? 0, remaining]);
  }
  return report;
}
