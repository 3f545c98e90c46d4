// What the store keeps of the uses of a key in a plan, day by day.
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ResourceKey, ResourceStore } from '#shared/model/store.ts';
import type { PlanKey, UsageDay, UsageTally } from '#shared/model/usage.ts';
import { usageDayKey, usageOf } from '#shared/store/keys.ts';
import { sumOf } from '#shared/throttle/memory-usage.ts';
import { daysAfter, type Day } from '#shared/throttle/quota.ts';

const TRIES = 5;

/** Stands for all who counted before it was kept who did. */
const UNNAMED = '';

/** The days of a key in a plan from `first` on, in order. */
export async function daysSince(
  store: ResourceStore,
  at: PlanKey,
  first: Day,
): Promise<readonly (readonly [Day, UsageDay])[]> {
  const prefix = usageDayKey(at, '').sort;
  const after = usageDayKey(at, daysAfter(first, -1)).sort;
  const { items } = await store.list<UsageDay>(usageOf(at.region, at.planId), { prefix, after });
  return items.map(({ key, value }) => [key.sort.slice(prefix.length), value]);
}

/** What a day's record tells of who has counted. */
export function tallyOf({ used, by = {} }: UsageDay): UsageTally {
  const tally = new Map(Object.entries(by));
  const unnamed = used - sumOf(tally);
  if (unnamed > 0) tally.set(UNNAMED, unnamed);
  return tally;
}

/** Joins a tally to a day's record; answers the record as it is then. Rejects when the store cannot be reached. */
export async function keepTally(
  store: ResourceStore,
  key: ResourceKey,
  tally: UsageTally,
): Promise<UsageDay> {
  for (let attempt = 1; ; attempt++) {
    const old = await store.get<UsageDay>(key);
    const value = joined(old?.value ?? { used: 0, granted: 0 }, tally);
    if (value.used === (old?.value.used ?? 0)) return value;
    try {
      await store.commit([{ op: 'put', key, value, expect: old?.version ?? 0 }]);
      return value;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === TRIES) throw error;
    }
  }
}

function joined(day: UsageDay, tally: UsageTally): UsageDay {
  const all = new Map(tallyOf(day));
  for (const [writer, count] of tally) all.set(writer, Math.max(all.get(writer) ?? 0, count));
  const used = sumOf(all);
  all.delete(UNNAMED);
  return { used, granted: day.granted, by: Object.fromEntries(all) };
}
