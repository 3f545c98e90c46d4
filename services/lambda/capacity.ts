// The node's budget of environments, shared by all functions.

/** Somebody who has environments and may want more. */
export interface Tenant {
  /** Ends its longest idle environment, if it has an idle one; answers since when that was idle. */
  readonly oldestIdle: number | undefined;
  evictIdle(): void;
  /** There may be room now. */
  roomAgain(): void;
}

/** Counts environments and those that are starting. */
export class Capacity {
  readonly #limit: number;
  readonly #maxStarting: number;
  readonly #tenants = new Set<Tenant>();
  #used = 0;
  #starting = 0;

  /** @param maxStarting processes that load at the same time; more would only slow each other down. */
  constructor(limit: number, maxStarting: number) {
    this.#limit = limit;
    this.#maxStarting = maxStarting;
  }

  get used(): number {
    return this.#used;
  }

  join(tenant: Tenant): void {
    this.#tenants.add(tenant);
  }

  leave(tenant: Tenant): void {
    this.#tenants.delete(tenant);
  }

  /** Takes room for one starting environment; when all is used, the longest idle environment of anybody makes room. */
  take(): boolean {
    if (this.#starting >= this.#maxStarting) return false;
    if (this.#used >= this.#limit) {
      this.#evictOldest();
      return false;
    }
    this.#used++;
    this.#starting++;
    return true;
  }

  /** An environment has stopped starting: it is ready, or has ended. */
  started(): void {
    this.#starting--;
    this.#tellRoom();
  }

  /** An environment's process has ended. */
  release(): void {
    this.#used--;
    this.#tellRoom();
  }

  #evictOldest(): void {
    let oldest: Tenant | undefined;
    for (const tenant of this.#tenants) {
      const since = tenant.oldestIdle;
      if (since !== undefined && since < (oldest?.oldestIdle ?? Infinity)) oldest = tenant;
    }
    oldest?.evictIdle();
  }

  #tellRoom(): void {
    for (const tenant of this.#tenants) tenant.roomAgain();
  }
}
