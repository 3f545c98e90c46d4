// Counts of usage in this process: the ones of a node alone, and what every node knows when Redis is away.
import type { UsageClaim, UsageCounts, UsageGrant, UsageTally } from '#shared/model/usage.ts';

const NOTHING: UsageTally = new Map();

/** Tallies by name until they are forgotten. */
export class MemoryUsageCounts implements UsageCounts {
  readonly #tallies = new Map<string, Map<string, number>>();

  take(name: string, { writer, own, wanted, allowance }: UsageClaim): UsageGrant | undefined {
    const tally = this.#tallies.get(name);
    if (tally === undefined) return undefined;
    const before = Math.max(tally.get(writer) ?? 0, own);
    tally.set(writer, before);
    const granted = Math.min(wanted, Math.max(allowance - sumOf(tally), 0));
    if (granted > 0) tally.set(writer, before + granted);
    return { granted, own: before + granted };
  }

  join(name: string, tally: UsageTally): UsageTally {
    const known = this.#tallies.get(name) ?? new Map<string, number>();
    this.#tallies.set(name, known);
    for (const [writer, count] of tally) {
      if (count > (known.get(writer) ?? 0)) known.set(writer, count);
    }
    return known;
  }

  /** What is known under `name`. */
  tally(name: string): UsageTally {
    return this.#tallies.get(name) ?? NOTHING;
  }

  forget(name: string): void {
    this.#tallies.delete(name);
  }
}

/** What all writers have counted together. */
export function sumOf(tally: UsageTally): number {
  let sum = 0;
  for (const count of tally.values()) sum += count;
  return sum;
}
