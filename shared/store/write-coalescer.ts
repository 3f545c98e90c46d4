// Gathers writes of single keys into batches: one pending write a key, the last wins, one batch in flight a key.

/** Sends one batch; resolves when all of it is durable. */
export type SendBatch<W> = (writes: readonly W[]) => Promise<void>;

/** When a batch closes, and how many may be on their way. */
export interface CoalescerBounds {
  readonly items: number;
  readonly waitMs: number;
  readonly batchesInFlight: number;
}

interface Pending<W> {
  readonly write: W;
  readonly waiters: PromiseWithResolvers<void>[];
}

/**
 * A batch closes after `waitMs` or with `items` writes. A key that is being written waits for the next batch, so two
 * writes of one key never race. `submit` resolves when its write, or a later one of the same key, is durable.
 */
export class WriteCoalescer<W> {
  readonly #send: SendBatch<W>;
  readonly #bounds: CoalescerBounds;
  readonly #waiting = new Map<string, Pending<W>>();
  readonly #inFlight = new Set<string>();
  #batches = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: SendBatch<W>, bounds: CoalescerBounds) {
    this.#send = send;
    this.#bounds = bounds;
  }

  /** Queues `write` for `key` in place of one that still waits. Rejects with what `send` rejects with. */
  submit(key: string, write: W): Promise<void> {
    const waiter = Promise.withResolvers<void>();
    const waiters = this.#waiting.get(key)?.waiters ?? [];
    waiters.push(waiter);
    this.#waiting.set(key, { write, waiters });
    if (this.#waiting.size >= this.#bounds.items) this.#pump();
    else this.#timer ??= setTimeout(() => this.#pump(), this.#bounds.waitMs);
    return waiter.promise;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#batches < this.#bounds.batchesInFlight) {
      const batch = this.#take();
      if (batch.length === 0) return;
      void this.#write(batch);
    }
  }

  #take(): [string, Pending<W>][] {
    const batch: [string, Pending<W>][] = [];
    for (const entry of this.#waiting) {
      if (batch.length === this.#bounds.items) break;
      if (!this.#inFlight.has(entry[0])) batch.push(entry);
    }
    for (const [key] of batch) {
      this.#waiting.delete(key);
      this.#inFlight.add(key);
    }
    return batch;
  }

  async #write(batch: readonly [string, Pending<W>][]): Promise<void> {
    this.#batches++;
    const waiters = batch.flatMap(([, pending]) => pending.waiters);
    try {
      await this.#send(batch.map(([, pending]) => pending.write));
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      for (const waiter of waiters) waiter.reject(error);
    } finally {
      this.#batches--;
      for (const [key] of batch) this.#inFlight.delete(key);
      if (this.#waiting.size > 0) this.#pump();
    }
  }
}
