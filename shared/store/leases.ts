// Who is running on this data: each node renews a lease, and what a dead node left behind is claimed by exactly one other.
import { ConflictError } from '#shared/exchange/errors.ts';
import type { NodeLease, ResourceKey, ResourceStore, StoredResource } from '#shared/model/store.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { NODES } from './keys.ts';

/** A lease as it is stored: a dead node's carries the node that cleans up after it. */
export interface StoredLease extends NodeLease {
  readonly claimedBy?: string;
}

/** Who takes the leases, and how. */
export interface LeaseOptions {
  readonly nodeId: string;
  /** The node's gateway address, for people. */
  readonly gateway: string;
  readonly logger: Logger;
  /**
   * This node alone can be running on this data (embedded store behind the folder's lock): every other lease is a
   * dead node's, whatever its time.
   */
  readonly exclusive: boolean;
  /** Called once when another node has declared this one dead; its connections are no longer its own. */
  readonly onLost?: () => void;
  /** Wall clock in epoch milliseconds; never the movable clock. */
  readonly now?: () => number;
}

/** Time between renewals, and after how long without one a node counts as dead. */
export const RENEW_MS = 5_000;
/** See `RENEW_MS`. */
export const LAPSE_MS = 15_000;

/** The leases of the nodes on this data, and this node's own. */
export class NodeLeases {
  readonly #store: ResourceStore;
  readonly #options: LeaseOptions;
  readonly #now: () => number;
  /** Versions of the leases this node holds: its own, and those of dead nodes it has claimed. */
  readonly #held = new Map<string, StoredResource<StoredLease>>();
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(store: ResourceStore, options: LeaseOptions) {
    this.#store = store;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Takes this node's lease and renews it from now on. Throws `ConflictError` when another node has the same id. */
  async acquire(): Promise<void> {
    const { nodeId, gateway } = this.#options;
    const now = this.#now();
    const lease = { nodeId, gateway, startedAt: now, expiresAt: now + LAPSE_MS };
    await this.#write(keyOf(nodeId), lease, 0);
    this.#timer = setInterval(() => {
      this.#renewing = this.renew();
    }, RENEW_MS).unref();
  }

  /** Renews every lease that this node holds; called by itself every `RENEW_MS`. */
  async renew(): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => this.#renewOne(held)));
  }

  /** All leases, also those of dead nodes. */
  async list(): Promise<StoredLease[]> {
    const { items } = await this.#store.list<StoredLease>(NODES);
    return items.map(({ value }) => value);
  }

  /** Leases of nodes that are dead and that nobody is cleaning up after. */
  async dead(): Promise<StoredLease[]> {
    return (await this.list()).filter((lease) => this.#isDead(lease));
  }

  /**
   * Claims a dead node: `true` for exactly one caller, which then cleans up and calls `settle`. A claim lapses as a
   * lease does when the claiming node dies.
   */
  async claim(nodeId: string): Promise<boolean> {
    const key = keyOf(nodeId);
    const found = await this.#store.get<StoredLease>(key);
    if (found === undefined || !this.#isDead(found.value)) return false;
    const claimed = {
      ...found.value,
      claimedBy: this.#options.nodeId,
      expiresAt: this.#now() + LAPSE_MS,
    };
    try {
      await this.#write(key, claimed, found.version);
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  /** Forgets a claimed node: nothing of it is left. */
  async settle(nodeId: string): Promise<void> {
    this.#held.delete(nodeId);
    await this.#store.commit([{ op: 'delete', key: keyOf(nodeId) }]);
  }

  /** Gives this node's lease back and stops renewing. Call it when no connection of this node is left. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    if (this.#held.delete(this.#options.nodeId)) {
      await this.#store.commit([{ op: 'delete', key: keyOf(this.#options.nodeId) }]);
    }
  }

  #isDead(lease: StoredLease): boolean {
    const { nodeId, exclusive } = this.#options;
    if (lease.nodeId === nodeId || lease.claimedBy === nodeId) return false;
    return exclusive || lease.expiresAt < this.#now();
  }

  async #renewOne(held: StoredResource<StoredLease>): Promise<void> {
    const lease = { ...held.value, expiresAt: this.#now() + LAPSE_MS };
    try {
      await this.#write(held.key, lease, held.version);
    } catch (error) {
      if (error instanceof ConflictError) this.#lose(held);
      else this.#options.logger.warn('cannot renew the lease', { node: lease.nodeId, error });
    }
  }

  /** Settled meanwhile, or taken over by another node because this one was too late. */
  #lose(held: StoredResource<StoredLease>): void {
    if (!this.#held.delete(held.value.nodeId)) return;
    this.#options.logger.error('the lease was taken over', { node: held.value.nodeId });
    if (held.value.nodeId === this.#options.nodeId) this.#options.onLost?.();
  }

  async #write(key: ResourceKey, value: StoredLease, expect: number): Promise<void> {
    await this.#store.commit([{ op: 'put', key, value, expect }]);
    this.#held.set(value.nodeId, { key, value, version: expect + 1 });
  }
}

function keyOf(nodeId: string): ResourceKey {
  return { partition: NODES, sort: nodeId };
}
