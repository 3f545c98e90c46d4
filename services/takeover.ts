// Takes over what dead nodes left in the store: their connections get DISCONNECT 1006, their leases go.
import type { ConnectionService } from '#services/connection/connection-service.ts';
import type { Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { RENEW_MS, type NodeLeases } from '#shared/store/leases.ts';

/** What a takeover works with. */
export interface TakeoverDeps {
  readonly leases: Pick<NodeLeases, 'dead' | 'claim' | 'settle'>;
  readonly connections: Pick<ConnectionService, 'recover'>;
  readonly logger: Logger;
  /** Nobody else can be running on this data: what is there at start is all that there will be. */
  readonly exclusive: boolean;
  /** Milliseconds between looks; default `RENEW_MS`, so that a lapsed lease is seen soon. */
  readonly everyMs?: number;
}

/** Looks for dead nodes at start and from time to time, until nothing is left that only others could leave behind. */
export class Takeover implements Service {
  readonly name = 'takeover';
  readonly #deps: TakeoverDeps;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Dead nodes that are this node's to end. */
  readonly #claimed = new Set<string>();

  constructor(deps: TakeoverDeps) {
    this.#deps = deps;
  }

  /** Does not wait for the takeover: the node is ready without it. */
  async start(): Promise<void> {
    const { everyMs = RENEW_MS } = this.#deps;
    this.#run();
    this.#timer = setInterval(() => this.#run(), everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** A look that is due while one is under way is left out. */
  #run(): void {
    this.#running ??= this.#takeOver().finally(() => (this.#running = undefined));
  }

  async #takeOver(): Promise<void> {
    const { leases, logger, exclusive } = this.#deps;
    try {
      for (const { nodeId } of await leases.dead()) {
        if (await leases.claim(nodeId)) this.#claimed.add(nodeId);
      }
      for (const nodeId of this.#claimed) await this.#settle(nodeId);
      if (exclusive) clearInterval(this.#timer);
    } catch (error) {
      logger.error('what dead nodes left could not be taken over yet', { error });
    }
  }

  /** Claimed is claimed: nobody else will do it while this node lives, so a failure is tried again. */
  async #settle(nodeId: string): Promise<void> {
    await this.#deps.connections.recover([nodeId]);
    await this.#deps.leases.settle(nodeId);
    this.#claimed.delete(nodeId);
  }
}
