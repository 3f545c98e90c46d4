// The admin listener: control plane, Lambda API, embedded DynamoDB and the like, each a front; health beside them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '#shared/model/limits.ts';
import type { AdminFront, Service } from '#shared/model/services.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { respond } from './answer.ts';
import type { Answer } from './answer.ts';
import { refuseForeign } from './foreign-service.ts';
import { Health } from './health.ts';
import type { Readiness } from './health.ts';
import type { Leaves } from './leaves.ts';
import { Listener } from './listener.ts';
import { OwnHost } from './own-host.ts';
import { serviceName } from './service-name.ts';

/** What the admin listener is made of. */
export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly leaves: Leaves;
  /** Further names under which it may be called; the bound host always is one. */
  readonly names?: readonly string[];
  readonly limits: Pick<Limits, 'urlBytes' | 'headerBytes' | 'headersMs'>;
  /** Asked in this order. */
  readonly fronts: readonly AdminFront[];
  readonly readiness: () => Readiness;
  readonly drainMs?: number;
  readonly logger: Logger;
}

/** Tools' URLs and session tokens may be long, whatever AWS allows on the data plane. */
const LEAST_BYTES = 65_536;

const FOREIGN: Answer = {
  status: 403,
  message: 'The Host or Origin of this request does not name the admin listener.',
  errorType: 'ForbiddenException',
};

/** The control side's listener; always TLS. It may start before the node is ready: `/readyz` says why not. */
export class Admin implements Service {
  readonly name = 'admin';
  readonly #fronts: readonly AdminFront[];
  readonly #listener: Listener;
  readonly #ownHost: OwnHost;
  readonly #logger: Logger;

  constructor(options: AdminOptions) {
    const { host, port, leaves, limits, drainMs, logger } = options;
    this.#fronts = [new Health(options.readiness), ...options.fronts];
    this.#ownHost = new OwnHost([host, ...(options.names ?? [])]);
    this.#logger = logger;
    this.#listener = new Listener(
      {
        ...{ host, port, leaves, logger },
        fields: { host: '--admin-host', port: '--admin-port' },
        urlBytes: Math.max(limits.urlBytes, LEAST_BYTES),
        headerBytes: Math.max(limits.headerBytes, 2 * LEAST_BYTES),
        headersMs: limits.headersMs,
        ...(drainMs === undefined ? {} : { drainMs }),
      },
      { request: (request, response) => this.#request(request, response) },
    );
  }

  /** The bound port; the one asked for before `start`. */
  get port(): number {
    return this.#listener.port;
  }

  /** `https://localhost:8444`. */
  get url(): string {
    return this.#listener.url;
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  stop(_reason: string): Promise<void> {
    return this.#listener.stop();
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#ownHost.allows(request)) {
      const { host, origin } = request.headers;
      this.#logger.warn('a request under a foreign name was refused', { host, origin });
      return respond(response, FOREIGN);
    }
    const front = this.#fronts.find((candidate) => candidate.claims(request));
    if (front !== undefined) return front.handle(request, response);
    const service = serviceName(request);
    if (service === undefined) return respond(response, { status: 404, message: 'Not Found' });
    refuseForeign(request, response, service);
  }
}
