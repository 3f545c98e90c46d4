// Starts services in order and stops them in reverse; a failed start stops what had started.
import type { Service } from '#shared/model/services.ts';
import type { Logger } from './logger.ts';

/** A list of services with one life. */
export class Lifecycle {
  readonly #logger: Logger;
  readonly #started: Service[] = [];
  #stopping: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts `service`; it will be stopped before all that started earlier. Does nothing once `stop` was called. */
  async start(service: Service): Promise<void> {
    if (this.#stopping !== undefined) throw new Error(`${service.name}: the node is stopping`);
    this.#started.push(service);
    await service.start();
  }

  /** Stops everything, the last started first; one that fails is logged and does not keep the others. */
  stop(reason: string): Promise<void> {
    return (this.#stopping ??= this.#stop(reason));
  }

  async #stop(reason: string): Promise<void> {
    let failure: unknown;
    for (const service of this.#started.toReversed()) {
      try {
        await service.stop(reason);
      } catch (error) {
        this.#logger.error('a service did not stop', { service: service.name, error });
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error('not stopped');
  }
}
