// Follows announcements of changed records: what a message names is read again, until the store answers.
import type { Bus, Subscription } from '#shared/model/bus.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** What is followed. `Name` is JSON of string members. */
export interface FollowerOptions<Name> {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly topic: string;
  /** Members that a message must have. */
  readonly members: readonly (keyof Name & string)[];
  readonly refresh: (name: Name) => Promise<void>;
  /** Reads everything again: the bus was away, and announcements may be lost. */
  readonly reload: () => Promise<void>;
}

const RETRY_MS = 1000;

/** A subscription whose messages each lead to one successful refresh. */
export class Follower<Name extends object> {
  readonly #options: FollowerOptions<Name>;
  readonly #retrying = new Set<string>();
  #subscription: Subscription | undefined;

  constructor(options: FollowerOptions<Name>) {
    this.#options = options;
    options.bus.onBack?.(() => this.#catchUp());
  }

  /** Subscribes; again is no error. Rejects when the bus cannot be reached. */
  async start(): Promise<void> {
    const { bus, topic } = this.#options;
    this.#subscription ??= await bus.subscribe(topic, (message) => this.#heard(message));
  }

  /** Ends the subscription and gives up retries. */
  async stop(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }

  #heard(message: Uint8Array): void {
    const { logger, topic, members } = this.#options;
    const name = parseName<Name>(message, members);
    if (name !== undefined) return this.#follow(name);
    logger.warn('an announcement is not understood', { topic, bytes: message.length });
  }

  /** Until it succeeds, or the subscription has ended. */
  #catchUp(): void {
    const { reload, clock, logger, topic } = this.#options;
    if (this.#subscription === undefined) return;
    reload().catch((error: unknown) => {
      logger.error('what may have changed cannot be read; trying again', { topic, error });
      clock.after(RETRY_MS, () => this.#catchUp());
    });
  }

  #follow(name: Name): void {
    const { refresh, clock, logger, topic } = this.#options;
    refresh(name).catch((error: unknown) => {
      logger.error('a changed record cannot be read; trying again', { topic, ...name, error });
      const key = JSON.stringify(name);
      if (this.#retrying.has(key)) return;
      this.#retrying.add(key);
      clock.after(RETRY_MS, () => {
        this.#retrying.delete(key);
        if (this.#subscription !== undefined) this.#follow(name);
      });
    });
  }
}

function parseName<Name>(
  message: Uint8Array,
  members: readonly (keyof Name & string)[],
): Name | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(message).toString('utf8'));
  } catch {
    // The caller logs it.
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  if (members.some((member) => typeof given[member] !== 'string')) return undefined;
  return Object.fromEntries(members.map((member) => [member, given[member]])) as Name;
}
