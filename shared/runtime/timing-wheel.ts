// One timer for any number of deadlines: entries lie in buckets of one tick, so scheduling and cancelling cost a list operation.
import type { Clock, Timer } from './clock.ts';

/** A scheduled deadline. */
export interface WheelEntry {
  readonly due: number;
}

interface Entry extends WheelEntry {
  readonly callback: () => void;
  readonly bucket: Bucket;
}

interface Bucket {
  readonly tick: number;
  readonly entries: Set<Entry>;
}

/** Deadlines on `clock`, kept to `tickMs`: a callback runs at its deadline or up to one tick later, never before. */
export class TimingWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #buckets = new Map<number, Bucket>();
  #timer: Timer | undefined;
  #ran: number;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#ran = Math.floor(clock.now() / tickMs);
  }

  /** Calls `callback` once `due` (epoch milliseconds of the wheel's clock) has passed. */
  schedule(due: number, callback: () => void): WheelEntry {
    const tick = Math.max(Math.ceil(due / this.#tickMs), this.#ran + 1);
    const bucket = this.#bucket(tick);
    const entry: Entry = { due, callback, bucket };
    bucket.entries.add(entry);
    this.#timer ??= this.#clock.after(this.#tickMs, () => this.#turn());
    return entry;
  }

  /** Gives up `entry`; nothing happens if it has run. */
  cancel(entry: WheelEntry): void {
    const { bucket } = entry as Entry;
    bucket.entries.delete(entry as Entry);
    if (bucket.entries.size === 0) this.#buckets.delete(bucket.tick);
  }

  /** Drops everything. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#buckets.clear();
  }

  #bucket(tick: number): Bucket {
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = { tick, entries: new Set() };
      this.#buckets.set(tick, bucket);
    }
    return bucket;
  }

  #turn(): void {
    this.#timer = undefined;
    const until = Math.floor(this.#clock.now() / this.#tickMs);
    for (const bucket of this.#due(until)) {
      this.#buckets.delete(bucket.tick);
      for (const entry of bucket.entries) entry.callback();
    }
    this.#ran = Math.max(this.#ran, until);
    if (this.#buckets.size > 0) {
      this.#timer ??= this.#clock.after(this.#tickMs, () => this.#turn());
    }
  }

  /** Buckets up to tick `until`, oldest first. A clock that jumped far is met by looking at the buckets, not the ticks. */
  #due(until: number): Bucket[] {
    if (until - this.#ran <= this.#buckets.size) {
      const found: Bucket[] = [];
      for (let tick = this.#ran + 1; tick <= until; tick++) {
        const bucket = this.#buckets.get(tick);
        if (bucket !== undefined) found.push(bucket);
      }
      return found;
    }
    return [...this.#buckets.values()]
      .filter(({ tick }) => tick <= until)
      .sort((a, b) => a.tick - b.tick);
  }
}
