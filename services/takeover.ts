// Takes over what dead nodes left in the store: their connections get DISCONNECT 1006, their leases go.
import type { ConnectionService } from '#services/connection/connection-service.ts';
import type { Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { LAPSE_MS, type NodeLeases } from '#shared/store/leases.ts';

/** What a takeover works with. */
export interface TakeoverDeps {
  readonly leases: NodeLeases;
  readonly connections: Pick<ConnectionService, 'recover'>;
  readonly logger: Logger;
  /** Nobody else can be running on this data: looking once, at start, is enough. */
  readonly exclusive: boolean;
}

/** Looks for dead nodes at start and, where others run on this data too, from time to time. */
export class Takeover implements Service {
  readonly name = 'takeover';
  readonly #deps: TakeoverDeps;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: TakeoverDeps) {
    this.#deps = deps;
  }

  /** Does not wait for the takeover: the node is ready without it. */
  async start(): Promise<void> {
    this.#run();
    if (this.#deps.exclusive) return;
    this.#timer = setInterval(() => this.#run(), LAPSE_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #run(): void {
    this.#running = this.#running.then(() => this.#takeOver());
  }

  async #takeOver(): Promise<void> {
    const { leases, connections, logger } = this.#deps;
    try {
      for (const { nodeId } of await leases.dead()) {
        if (!(await leases.claim(nodeId))) continue;
        await connections.recover([nodeId]);
        await leases.settle(nodeId);
      }
    } catch (error) {
      logger.error('what dead nodes left could not be taken over', { error });
    }
  }
}
