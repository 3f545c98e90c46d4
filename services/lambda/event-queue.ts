// Asynchronous invocations: accepted at once, tried again when the function fails, kept in this node's memory.
import { InvokeError } from '#shared/exchange/errors.ts';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** An event accepted for later. */
export interface QueuedEvent {
  readonly requestId: string;
  readonly name: string;
  /** Invokes once: `failed` when the function itself did; rejects when it could not be invoked. */
  readonly attempt: () => Promise<'done' | 'failed'>;
}

/** AWS: "two more times, with a one-minute wait … and two minutes" (dg invocation-async-error-handling). */
const RETRY_MS = [60_000, 120_000] as const;
/** AWS: throttled events return to the queue for up to 6 hours, with a wait from 1 second to 5 minutes. */
const THROTTLED_MS = { first: 1000, longest: 300_000, total: 21_600_000 } as const;
/** Events that may wait; beyond it new ones are throttled. */
const LENGTH = 10_000;

/** Runs queued events; each is tried until it succeeds or is given up, which is logged. */
export class EventQueue {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers = new Set<Timer>();
  #waiting = 0;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Throws `Throttled` when too many wait already. */
  add(event: QueuedEvent): void {
    if (this.#waiting >= LENGTH) throw new InvokeError('Throttled', 'Rate Exceeded.');
    this.#waiting++;
    void this.#try(event, { failures: 0, waitMs: THROTTLED_MS.first, since: this.#clock.now() });
  }

  /** Events accepted and not yet done. */
  get length(): number {
    return this.#waiting;
  }

  /** Gives up what waits for another try. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    if (this.#timers.size > 0) {
      this.#logger.warn('events waiting for another try are lost', { count: this.#timers.size });
    }
    this.#timers.clear();
  }

  async #try(event: QueuedEvent, state: TryState): Promise<void> {
    let result: 'done' | 'failed' | 'throttled';
    try {
      result = await event.attempt();
    } catch (error) {
      if (!(error instanceof InvokeError) || error.failure !== 'Throttled') {
        return this.#giveUp(event, error instanceof Error ? error.message : String(error));
      }
      result = 'throttled';
    }
    if (result === 'done') this.#waiting--;
    else if (result === 'failed') this.#failed(event, state);
    else this.#throttled(event, state);
  }

  #failed(event: QueuedEvent, state: TryState): void {
    const waitMs = RETRY_MS[state.failures];
    if (waitMs === undefined) return this.#giveUp(event, 'the function failed three times');
    this.#later(waitMs, event, { ...state, failures: state.failures + 1 });
  }

  #throttled(event: QueuedEvent, state: TryState): void {
    if (this.#clock.now() - state.since > THROTTLED_MS.total) {
      return this.#giveUp(event, 'throttled for six hours');
    }
    const next = Math.min(state.waitMs * 2, THROTTLED_MS.longest);
    this.#later(state.waitMs, event, { ...state, waitMs: next });
  }

  #later(waitMs: number, event: QueuedEvent, state: TryState): void {
    const timer = this.#clock.after(waitMs, () => {
      this.#timers.delete(timer);
      void this.#try(event, state);
    });
    this.#timers.add(timer);
  }

  #giveUp({ name, requestId }: QueuedEvent, reason: string): void {
    this.#waiting--;
    this.#logger.error(`an asynchronous event was dropped: ${reason}`, {
      functionName: name,
      requestId,
    });
  }
}

interface TryState {
  readonly failures: number;
  readonly waitMs: number;
  readonly since: number;
}
