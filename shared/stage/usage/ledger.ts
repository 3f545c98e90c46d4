// Counts what keys use of plans: in memory, flushed to the store every few seconds, together with what other nodes have counted.
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { PlanKey, UsageDay } from '#shared/model/usage.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { usageDayKey, usageOf } from '#shared/store/keys.ts';
import { dayOf, daysAfter, earliestStart, remainingOn } from '#shared/throttle/quota.ts';
import type { Day, PlanQuota } from '#shared/throttle/quota.ts';

/** What the ledger is made of. */
export interface LedgerOptions {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FLUSH_MS = 3000;
/** Flushes that run beside each other. */
const BESIDE = 16;
const TRIES = 5;
/** A counter that nobody has used for this long is forgotten, and read again when it is next used. */
const IDLE_MS = 60_000;

/** What is known of a key in a plan. */
interface Counter {
  readonly at: PlanKey;
  /** What the store said last, by day. */
  days: Map<Day, UsageDay>;
  /** What this node has counted since, by day. */
  readonly pending: Map<Day, number>;
  /** The days were read, beginning with this one. */
  since?: Day;
  usedAt: number;
}

/**
 * Usage of keys in plans. A crash loses what was counted since the last flush; nodes know of each other's counts since
 * theirs. Best effort, as AWS's is. `stop` flushes.
 */
export class UsageLedger {
  readonly #store: ResourceStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counters = new Map<string, Counter>();
  /** Flushes and readings, one after another. */
  #turn: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #stopped = false;

  constructor({ store, clock, logger }: LedgerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Keys that are counted now. */
  get size(): number {
    return this.#counters.size;
  }

  /**
   * Counts one use of today; false, and nothing is counted, when the quota of its period is used up. Without a quota
   * there is always room. Rejects when what was used before cannot be read; then it is counted nevertheless.
   */
  async take(at: PlanKey, quota?: PlanQuota): Promise<boolean> {
    const now = this.#clock.now();
    const today = dayOf(now);
    const counter = this.#counter(at, now);
    try {
      if (!isRead(counter, today)) await this.#inTurn(() => this.#read(counter, today));
    } catch (error) {
      this.#count(counter, today);
      throw error;
    }
    if (quota !== undefined && remainingOn(today, quota, sums(counter)) < 1) return false;
    this.#count(counter, today);
    return true;
  }

  /** Writes everything that was counted before the call. What cannot be written stays for the next flush. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#flushAll());
  }

  /** Reads what was used again: somebody else has changed it. */
  async refresh(at: PlanKey): Promise<void> {
    const counter = this.#counters.get(nameOf(at));
    if (counter === undefined) return;
    await this.#inTurn(() => this.#read(counter, dayOf(this.#clock.now())));
  }

  /** Flushes for the last time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.flush();
  }

  #counter(at: PlanKey, now: number): Counter {
    const name = nameOf(at);
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = { at, days: new Map(), pending: new Map(), usedAt: now };
      this.#counters.set(name, counter);
    }
    counter.usedAt = now;
    return counter;
  }

  #count(counter: Counter, day: Day): void {
    counter.pending.set(day, (counter.pending.get(day) ?? 0) + 1);
    this.#arm();
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer ??= this.#clock.after(FLUSH_MS, () => {
      void this.flush().then(() => {
        this.#timer = undefined;
        if (this.#counters.size > 0) this.#arm();
      });
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // its caller's news
    await turn;
  }

  async #read(counter: Counter, today: Day): Promise<void> {
    const { at } = counter;
    const since = earliestStart(today);
    const prefix = usageDayKey(at, '').sort;
    const after = usageDayKey(at, daysAfter(since, -1)).sort;
    const partition = usageOf(at.region, at.planId);
    const { items } = await this.#store.list<UsageDay>(partition, { prefix, after });
    counter.days = new Map(items.map(({ key, value }) => [key.sort.slice(prefix.length), value]));
    counter.since = since;
  }

  async #flushAll(): Promise<void> {
    const idle = this.#clock.now() - IDLE_MS;
    const counters = [...this.#counters.entries()];
    for (let from = 0; from < counters.length; from += BESIDE) {
      const batch = counters.slice(from, from + BESIDE);
      await Promise.all(batch.map(([, counter]) => this.#flushOne(counter)));
    }
    for (const [name, { pending, usedAt }] of counters) {
      if (pending.size === 0 && usedAt < idle) this.#counters.delete(name);
    }
  }

  async #flushOne(counter: Counter): Promise<void> {
    for (const [day, count] of [...counter.pending]) {
      try {
        const total = await this.#add(counter.at, day, count);
        const left = (counter.pending.get(day) ?? 0) - count;
        if (left > 0) counter.pending.set(day, left);
        else counter.pending.delete(day);
        counter.days.set(day, total);
      } catch (error) {
        const { planId, keyId } = counter.at;
        this.#logger.warn('usage is not written yet', { planId, keyId, day, error });
      }
    }
  }

  /** Adds to what the store has; answers the sum. */
  async #add(at: PlanKey, day: Day, count: number): Promise<UsageDay> {
    const key = usageDayKey(at, day);
    for (let attempt = 1; ; attempt++) {
      const old = await this.#store.get<UsageDay>(key);
      const { used, granted } = old?.value ?? { used: 0, granted: 0 };
      const value: UsageDay = { used: used + count, granted };
      try {
        await this.#store.commit([{ op: 'put', key, value, expect: old?.version ?? 0 }]);
        return value;
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === TRIES) throw error;
      }
    }
  }
}

const nameOf = ({ region, planId, keyId }: PlanKey): string => `${region}#${planId}#${keyId}`;

/** Whether all days that may count today were read. */
function isRead({ since }: Counter, today: Day): boolean {
  return since !== undefined && since <= earliestStart(today);
}

/** Days with what the store knows and what this node has counted since. */
function sums({ days, pending }: Counter): Map<Day, UsageDay> {
  if (pending.size === 0) return days;
  const all = new Map(days);
  for (const [day, count] of pending) {
    const { used, granted } = all.get(day) ?? { used: 0, granted: 0 };
    all.set(day, { used: used + count, granted });
  }
  return all;
}
