// Quotas by the calendar in UTC: days, the periods they lie in, and how much a period allows.
import type { QuotaPeriod, UsageDay, UsageQuota } from '#shared/model/usage.ts';

const DAY_MS = 86_400_000;

/** A day in UTC, `2026-11-24`. Days compare as texts. */
export type Day = string;

/** The day of a moment, epoch milliseconds. */
export const dayOf = (moment: number): Day => new Date(moment).toISOString().slice(0, 10);

/** Epoch milliseconds at which a day begins; NaN for a text that names no day. */
export function startOfDay(day: Day): number {
  const start = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(start) || dayOf(start) !== day ? Number.NaN : start;
}

/** The day that is `count` days after `day`. */
export const daysAfter = (day: Day, count: number): Day => dayOf(startOfDay(day) + count * DAY_MS);

/** The first day of the period in which `day` lies; weeks begin on Monday. */
export function periodStart(day: Day, period: QuotaPeriod): Day {
  if (period === 'DAY') return day;
  if (period === 'MONTH') return `${day.slice(0, 8)}01`;
  const sinceMonday = (new Date(startOfDay(day)).getUTCDay() + 6) % 7;
  return daysAfter(day, -sinceMonday);
}

/** The first day of which anything can count on `day`, whatever the period. */
export function earliestStart(day: Day): Day {
  const week = periodStart(day, 'WEEK');
  const month = periodStart(day, 'MONTH');
  return week < month ? week : month;
}

/** A quota with the moment at which its plan was made. */
export interface PlanQuota extends UsageQuota {
  readonly createdDate: number;
}

/**
 * What may be used on `day`: the quota of its period, less the offset in the period in which the plan was made and what
 * its earlier days have used, with what the period's days up to `day` have granted. May be below 0.
 */
export function allowanceOn(
  day: Day,
  { limit, offset, period, createdDate }: PlanQuota,
  days: Iterable<readonly [Day, UsageDay]>,
): number {
  const start = periodStart(day, period);
  const isFirst = periodStart(dayOf(createdDate), period) === start;
  let allowance = isFirst ? Math.max(limit - offset, 0) : limit;
  for (const [at, { used, granted }] of days) {
    if (at >= start && at <= day) allowance += granted;
    if (at >= start && at < day) allowance -= used;
  }
  return allowance;
}

/** What is left at the end of `day` of the quota of its period. May be below 0. */
export function remainingOn(
  day: Day,
  quota: PlanQuota,
  days: Iterable<readonly [Day, UsageDay]>,
): number {
  const known = new Map(days);
  return allowanceOn(day, quota, known) - (known.get(day)?.used ?? 0);
}
