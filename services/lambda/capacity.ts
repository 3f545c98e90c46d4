// The node's budget of environments, shared by all functions.

/** Somebody who has environments and may want more. */
export interface Tenant {
  /** Environments it has. */
  readonly size: number;
  /** Ends its longest idle environment, if it has an idle one; answers since when that was idle. */
  readonly oldestIdle: number | undefined;
  evictIdle(): void;
  /** Ends one environment as soon as that has no event, though others wait for it. */
  yieldOne(): void;
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

  /**
   * Takes room for one starting environment of `tenant`. When all is used, the longest idle environment of anybody
   * makes room; where nothing is idle, the tenant with the most gives one to a tenant that has none.
   */
  take(tenant: Tenant): boolean {
    if (this.#starting >= this.#maxStarting) return false;
    if (this.#used >= this.#limit) {
      this.#makeRoom(tenant);
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

  #makeRoom(tenant: Tenant): void {
    const oldest = this.#least(({ oldestIdle }) => oldestIdle ?? Infinity);
    if (oldest !== undefined) return oldest.evictIdle();
    if (tenant.size === 0) this.#least(({ size }) => (size > 1 ? -size : Infinity))?.yieldOne();
  }

  /** The tenant for which `rank` is least; none when it is infinite for all. */
  #least(rank: (tenant: Tenant) => number): Tenant | undefined {
    let least: Tenant | undefined;
    let lowest = Infinity;
    for (const tenant of this.#tenants) {
      const value = rank(tenant);
      if (value < lowest) {
        lowest = value;
        least = tenant;
      }
    }
    return least;
  }

  #tellRoom(): void {
    for (const tenant of this.#tenants) tenant.roomAgain();
  }
}
