// Lends servers to suites: a fresh one for each run, or one for all runs that want the same.
import type { Servers, ServerSpec } from '../suites/suite.ts';
import { startCluster } from './cluster.ts';
import { startGateway } from './gateway.ts';
import { startOffline } from './offline.ts';
import { startReference } from './reference.ts';
import type { Server } from './running.ts';

/** Each run gets a server of its own, so that none inherits another's garbage. */
export function freshServers(profile?: string): Servers {
  return { take: (spec) => start(spec, profile), release: (server) => server.stop() };
}

/** Runs that want the same server share it: quick, and good enough to see that everything works. */
export class SharedServers implements Servers {
  readonly #shared = new Map<string, Promise<Server>>();
  readonly #own = new Set<Server>();

  async take(spec: ServerSpec, { fresh }: { readonly fresh: boolean }): Promise<Server> {
    if (fresh) {
      const server = await start(spec);
      this.#own.add(server);
      return server;
    }
    const key = JSON.stringify(spec);
    const server = this.#shared.get(key) ?? start(spec);
    this.#shared.set(key, server);
    return server;
  }

  async release(server: Server): Promise<void> {
    if (this.#own.delete(server)) await server.stop();
  }

  /** Stops all that is shared. */
  async close(): Promise<void> {
    const servers = [...this.#shared.values()];
    this.#shared.clear();
    for (const server of servers) await (await server).stop();
  }
}

function start(spec: ServerSpec, profile?: string): Promise<Server> {
  switch (spec.kind) {
    case 'reference':
      return startReference(spec);
    case 'gateway':
      return startGateway({ ...spec, ...(profile === undefined ? {} : { profile }) });
    case 'cluster':
      return startCluster();
    case 'offline':
      return startOffline(spec);
  }
}
