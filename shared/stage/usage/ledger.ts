// Counts what keys use of plans: in memory or for all nodes together, written to the store every few seconds.
import type { ResourceStore } from '#shared/model/store.ts';
import type { PlanKey, UsageCounts, UsageDay } from '#shared/model/usage.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { newRequestId } from '#shared/runtime/ids.ts';
import { usageDayKey } from '#shared/store/keys.ts';
import { MemoryUsageCounts, sumOf } from '#shared/throttle/memory-usage.ts';
import { allowanceOn, dayOf, earliestStart } from '#shared/throttle/quota.ts';
import type { Day, PlanQuota } from '#shared/throttle/quota.ts';
import { UsageClaims } from './claims.ts';
import { daysSince, keepTally, tallyOf } from './kept-usage.ts';

/** What the ledger is made of. */
export interface LedgerOptions {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts that all nodes share; absent: this node counts alone, and others learn of it by the store. */
  readonly shared?: UsageCounts;
}

const FLUSH_MS = 3000;
/** Flushes that run beside each other. */
const BESIDE = 16;
/** A counter that nobody has used for this long is forgotten, and read again when it is next used. */
const IDLE_MS = 60_000;
/** What others have counted on earlier days is read again after this. */
const REREAD_MS = 60_000;

/** A day of a counter. */
interface CountedDay {
  /** What UpdateUsage has granted. */
  granted: number;
  /** How much of what this node has counted the store has. */
  stored: number;
  /** The shared counts could not be told. */
  untold: boolean;
}

/** What is known of a key in a plan beside its tallies. */
interface Counter {
  readonly at: PlanKey;
  readonly days: Map<Day, CountedDay>;
  /** Whether the shared counts have it: there is a quota, or somebody asks what all nodes have counted. */
  isShared: boolean;
  /** All days that may count on this day were read, at this moment. */
  read?: { readonly on: Day; readonly at: number };
  /** The last answer to how much may be used; good until something is read. */
  allowance?: { readonly day: Day; readonly quota: PlanQuota; readonly value: number };
  usedAt: number;
}

/**
 * Usage of keys in plans. With shared counts a quota is one for all nodes; a node that is killed loses nothing of them,
 * and while they are away each node goes on with what it knows. A count that is in no shared counts is lost in a crash
 * before the next flush. Whatever was counted is told by its writer's total, so nothing counts twice. `stop` flushes.
 */
export class UsageLedger {
  readonly #store: ResourceStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #shared: UsageCounts | undefined;
  readonly #local = new MemoryUsageCounts();
  readonly #claims: UsageClaims | undefined;
  /** Stands for this process among those who count. */
  readonly #writer = newRequestId();
  readonly #counters = new Map<string, Counter>();
  /** Flushes and readings, one after another. */
  #turn: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #stopped = false;

  constructor({ store, clock, logger, shared }: LedgerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#shared = shared;
    if (shared === undefined) return;
    this.#claims = new UsageClaims({ local: this.#local, shared, writer: this.#writer });
    shared.onBack?.(() => void this.flush());
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
    const counter = this.#counter(at);
    counter.usedAt = now;
    this.#day(counter, today);
    this.#arm();
    if (quota === undefined) return this.#takeHere(counter, today, Infinity);
    counter.isShared = true;
    try {
      if (!isRead(counter, today)) await this.#inTurn(() => this.#read(counter, today));
    } catch (error) {
      this.#takeHere(counter, today, Infinity);
      throw error;
    }
    const allowance = this.#allowance(counter, today, quota);
    if (this.#claims === undefined) return this.#takeHere(counter, today, allowance);
    const read = (): Promise<void> => this.#readDay(counter, today);
    return this.#claims.take({ name: nameOf(at, today), allowance, read });
  }

  /**
   * Writes everything that this node has counted before the call; of `keys` also what others have told the shared
   * counts today. What cannot be written stays for the next flush.
   */
  flush(keys: readonly PlanKey[] = []): Promise<void> {
    return this.#inTurn(() => this.#flushAll(keys));
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

  #counter(at: PlanKey): Counter {
    const name = nameOf(at);
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = { at, days: new Map(), isShared: false, usedAt: this.#clock.now() };
      this.#counters.set(name, counter);
    }
    return counter;
  }

  #day({ at, days }: Counter, day: Day): CountedDay {
    let known = days.get(day);
    if (known === undefined) {
      known = { granted: 0, stored: 0, untold: false };
      days.set(day, known);
      this.#local.join(nameOf(at, day), new Map());
    }
    return known;
  }

  #takeHere({ at }: Counter, day: Day, allowance: number): boolean {
    const claim = { writer: this.#writer, own: 0, wanted: 1, allowance };
    return this.#local.take(nameOf(at, day), claim)?.granted === 1;
  }

  #allowance(counter: Counter, day: Day, quota: PlanQuota): number {
    const last = counter.allowance;
    if (last?.day === day && last.quota === quota) return last.value;
    const days = [...counter.days].map(([one, { granted }]) => {
      const used = sumOf(this.#local.tally(nameOf(counter.at, one)));
      return [one, { used, granted }] as const;
    });
    const value = allowanceOn(day, quota, days);
    counter.allowance = { day, quota, value };
    return value;
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
    for (const [day, record] of await daysSince(this.#store, at, earliestStart(today))) {
      this.#day(counter, day).granted = record.granted;
      this.#local.join(nameOf(at, day), tallyOf(record));
    }
    counter.read = { on: today, at: this.#clock.now() };
    delete counter.allowance;
  }

  /** The shared counts know nothing of a day: what others have counted on it may be in the store. */
  async #readDay({ at }: Counter, day: Day): Promise<void> {
    try {
      const record = await this.#store.get<UsageDay>(usageDayKey(at, day));
      if (record !== undefined) this.#local.join(nameOf(at, day), tallyOf(record.value));
    } catch (error) {
      this.#warn('usage is not read: counting goes on with what is known here', at, error);
    }
  }

  async #flushAll(keys: readonly PlanKey[]): Promise<void> {
    const today = dayOf(this.#clock.now());
    await inBatches([...this.#counters.values()], (counter) => this.#flushOne(counter, today));
    if (this.#shared !== undefined) await inBatches(keys, (at) => this.#settleAsked(at, today));
    const idle = this.#clock.now() - IDLE_MS;
    for (const [name, counter] of [...this.#counters]) {
      if (counter.usedAt < idle && this.#unsettled(counter).length === 0) this.#forget(name);
    }
  }

  async #settleAsked(at: PlanKey, today: Day): Promise<void> {
    const counter = this.#counter(at);
    counter.isShared = true;
    await this.#settle(counter, today);
    this.#arm();
  }

  async #flushOne(counter: Counter, today: Day): Promise<void> {
    for (const day of this.#unsettled(counter)) await this.#settle(counter, day);
    const { read, at } = counter;
    if (read === undefined || this.#clock.now() - read.at < REREAD_MS) return;
    try {
      await this.#read(counter, today);
    } catch (error) {
      this.#warn('usage is not read again yet', at, error);
    }
  }

  /** Days of which somebody else has to hear. */
  #unsettled({ at, days }: Counter): Day[] {
    return [...days]
      .filter(([day, { stored, untold }]) => untold || this.#own(nameOf(at, day)) > stored)
      .map(([day]) => day);
  }

  #own(name: string): number {
    return this.#local.tally(name).get(this.#writer) ?? 0;
  }

  /** Joins what is known here, in the shared counts and in the store. */
  async #settle(counter: Counter, day: Day): Promise<void> {
    const { at } = counter;
    const name = nameOf(at, day);
    const state = this.#day(counter, day);
    await this.#share(counter, day);
    const before = sumOf(this.#local.tally(name));
    try {
      const kept = await keepTally(this.#store, usageDayKey(at, day), this.#local.tally(name));
      state.granted = kept.granted;
      state.stored = kept.by?.[this.#writer] ?? 0;
      this.#local.join(name, tallyOf(kept));
      delete counter.allowance;
      if (sumOf(tallyOf(kept)) > before) await this.#share(counter, day);
    } catch (error) {
      this.#warn('usage is not written yet', at, error);
    }
  }

  async #share(counter: Counter, day: Day): Promise<void> {
    if (this.#shared === undefined || !counter.isShared) return;
    const name = nameOf(counter.at, day);
    const state = this.#day(counter, day);
    try {
      this.#local.join(name, await this.#shared.join(name, this.#local.tally(name)));
      state.untold = false;
    } catch {
      // Told of by the connection, once; they are told when they are back.
      state.untold = true;
    }
  }

  #forget(name: string): void {
    for (const day of this.#counters.get(name)?.days.keys() ?? []) {
      this.#local.forget(`${name}#${day}`);
    }
    this.#counters.delete(name);
  }

  #warn(message: string, { planId, keyId }: PlanKey, error: unknown): void {
    this.#logger.warn(message, { planId, keyId, error });
  }
}

async function inBatches<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += BESIDE) {
    await Promise.all(items.slice(from, from + BESIDE).map(work));
  }
}

/** Names a counter, or one of its days. */
function nameOf({ region, planId, keyId }: PlanKey, day?: Day): string {
  const name = `${region}#${planId}#${keyId}`;
  return day === undefined ? name : `${name}#${day}`;
}

/** Whether all days that may count today were read today. */
function isRead({ read }: Counter, today: Day): boolean {
  return read?.on === today;
}
