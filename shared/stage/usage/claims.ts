// Claims of uses on counts that all nodes share: those that come while one is being asked are asked together.
import type { UsageCounts, UsageGrant } from '#shared/model/usage.ts';
import type { MemoryUsageCounts } from '#shared/throttle/memory-usage.ts';

/** What claims are made of. */
export interface ClaimOptions {
  /** What this node knows; decides while the shared ones are away. */
  readonly local: MemoryUsageCounts;
  readonly shared: UsageCounts;
  readonly writer: string;
}

/** One use that wants to be counted. */
export interface UseClaim {
  readonly name: string;
  readonly allowance: number;
  /** Reads what the store knows under the name into `local`, where the shared counts know nothing. */
  readonly read: () => Promise<void>;
}

/** Uses of one name that wait for an answer. */
interface Queue {
  claim: UseClaim;
  waiting: ((counted: boolean) => void)[];
}

/** The claims of a node. */
export class UsageClaims {
  readonly #options: ClaimOptions;
  readonly #queues = new Map<string, Queue>();

  constructor(options: ClaimOptions) {
    this.#options = options;
  }

  /** Counts one use; false when there is no room for it. Never rejects. */
  take(claim: UseClaim): Promise<boolean> {
    return new Promise((resolve) => {
      const queue = this.#queues.get(claim.name);
      if (queue !== undefined) {
        queue.claim = claim;
        queue.waiting.push(resolve);
        return;
      }
      const own = { claim, waiting: [resolve] };
      this.#queues.set(claim.name, own);
      void this.#answer(own);
    });
  }

  async #answer(queue: Queue): Promise<void> {
    while (queue.waiting.length > 0) {
      const batch = queue.waiting;
      queue.waiting = [];
      const granted = await this.#count(queue.claim, batch.length);
      batch.forEach((answer, at) => answer(at < granted));
    }
    this.#queues.delete(queue.claim.name);
  }

  /** How many of `wanted` are counted: by the shared counts, else by what this node knows. */
  async #count(claim: UseClaim, wanted: number): Promise<number> {
    const { local, writer } = this.#options;
    const { name } = claim;
    try {
      const { granted, own } = await this.#ask(claim, wanted);
      local.join(name, new Map([[writer, own]]));
      return granted;
    } catch {
      // Told of by the connection, once; when they are back they learn what was counted here.
      const own = local.tally(name).get(writer) ?? 0;
      return local.take(name, { ...claim, writer, own, wanted })?.granted ?? 0;
    }
  }

  async #ask(claim: UseClaim, wanted: number): Promise<UsageGrant> {
    const { local, shared, writer } = this.#options;
    const { name, allowance } = claim;
    for (;;) {
      const own = local.tally(name).get(writer) ?? 0;
      const grant = await shared.take(name, { writer, own, wanted, allowance });
      if (grant !== undefined) return grant;
      await claim.read();
      await shared.join(name, local.tally(name));
    }
  }
}
