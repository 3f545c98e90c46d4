// The gateway listener: Host and path → stage → the front of its protocol; pages beside it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClientTrust } from '#shared/model/certificates.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { ProtocolType } from '#shared/model/records.ts';
import type { Front, Service } from '#shared/model/services.ts';
import type { StageMatch, StageSource } from '#shared/model/stage.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { ANSWERS, FORBIDDEN, notImplemented, refuse, respond } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Leaves } from './leaves.ts';
import { Listener } from './listener.ts';
import { Pages, PAGES_PATH } from './pages.ts';
import { pathOf } from './target.ts';

/** What the gateway knows of custom domains beside their stages. */
export interface DomainNames extends ClientTrust {
  /** Whether a name, without a port, is a custom domain. */
  owns(name: string): boolean;
}

/** What the gateway listener is made of. */
export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP, for use behind a proxy that ends TLS. */
  readonly leaves?: Leaves;
  readonly limits: Pick<Limits, 'urlBytes' | 'headerBytes' | 'headersMs'>;
  readonly stages: StageSource;
  /** Custom domains; absent: none. */
  readonly domains?: DomainNames;
  /** Stages of a protocol without a front answer 501. */
  readonly fronts: Partial<Record<ProtocolType, Front>>;
  /** Gets requests of WebSocket stages with a segment `@connections`, the well-placed and the misplaced. */
  readonly management?: Front;
  /** Folders by page name. */
  readonly pages?: Readonly<Record<string, string>>;
  readonly drainMs?: number;
  readonly logger: Logger;
}

/**
 * A segment `@connections`, also as some signers encode it. Clients that repeat the stage, or have none in a custom
 * domain's path, get the management API's own error, not the stage's.
 */
const MANAGEMENT = /\/(?:@|%40)connections(?:\/|$)/;

const NOT_ASKED: Pick<StageMatch, 'clientCert'> = {};

/** AWS does not say what they answer; this is for people and balancers. */
const HEALTHY: Answer = { status: 200, message: 'healthy', text: true };

/** The data plane's listener. Start it after the stages are loaded; `stop` leaves upgraded sockets to their owner. */
export class Gateway implements Service {
  readonly name = 'gateway';
  readonly #options: GatewayOptions;
  readonly #listener: Listener;
  readonly #pages: Pages;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#pages = new Pages(options.pages ?? {}, options.logger);
    const { host, port, leaves, domains, drainMs, logger } = options;
    this.#listener = new Listener(
      {
        ...{ host, port, logger, fields: { host: '--host', port: '--port' } },
        ...options.limits,
        ...(leaves === undefined ? {} : { leaves }),
        ...(domains === undefined ? {} : { trust: domains }),
        ...(drainMs === undefined ? {} : { drainMs }),
      },
      {
        request: (request, response) => this.#request(request, response),
        upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      },
    );
  }

  /** The bound port; the one asked for before `start`. */
  get port(): number {
    return this.#listener.port;
  }

  /** `https://localhost:8443`, or `http://…` without TLS. */
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
    const path = pathOf(request.url ?? '');
    const client = this.#client(request);
    if (client === undefined) {
      // The connection stays what it is: the client needs another one.
      response.setHeader('connection', 'close');
      return respond(response, FORBIDDEN);
    }
    if (this.#isHealthCheck(request, path)) return respond(response, HEALTHY);
    const match = this.#options.stages.resolve(request.headers.host ?? '', path);
    if (match === undefined) {
      if (path.startsWith(PAGES_PATH)) return this.#pages.handle(request, response);
      return respond(response, FORBIDDEN);
    }
    const front = this.#front(match);
    if (front === undefined) return respond(response, missing(match));
    front.handle(request, response, withClient(match, client));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request.url ?? '');
    const client = this.#client(request);
    if (client === undefined || this.#isHealthCheck(request, path)) {
      return refuse(socket, FORBIDDEN);
    }
    const match = this.#options.stages.resolve(request.headers.host ?? '', path);
    if (match === undefined) return refuse(socket, FORBIDDEN);
    const front = this.#options.fronts[match.stage.protocol];
    if (front === undefined) return refuse(socket, missing(match));
    if (front.upgrade === undefined) return refuse(socket, ANSWERS.badRequest);
    front.upgrade(request, socket, head, withClient(match, client));
  }

  /**
   * What the request's domain makes known of its client; `undefined`: it must not be let in. The Host decides, not the
   * name of the handshake, so a connection for another name or under another truststore opens nothing.
   */
  #client({ headers, socket }: IncomingMessage): Pick<StageMatch, 'clientCert'> | undefined {
    const { domains } = this.#options;
    const proof = this.#listener.proofOf(socket);
    if (proof?.refusal !== undefined) return undefined;
    const wanted = domains?.truststoreOf(headers.host ?? '');
    if (wanted === undefined) return NOT_ASKED;
    const { truststore, clientCert } = proof ?? {};
    return truststore === wanted && clientCert !== undefined ? { clientCert } : undefined;
  }

  /** `/ping` and `/sping` of custom domains are the service's own (AWS guide: api-gateway-known-issues). */
  #isHealthCheck({ headers }: IncomingMessage, path: string): boolean {
    if (path !== '/ping' && path !== '/sping') return false;
    const [name = ''] = (headers.host ?? '').split(':');
    return this.#options.domains?.owns(name) === true;
  }

  /** Other protocols may have a route of that name. */
  #front({ stage, path }: StageMatch): Front | undefined {
    return stage.protocol === 'WEBSOCKET' && MANAGEMENT.test(path)
      ? this.#options.management
      : this.#options.fronts[stage.protocol];
  }
}

/** Nearly nobody is asked, and a match is made for its request alone. */
function withClient(match: StageMatch, client: Pick<StageMatch, 'clientCert'>): StageMatch {
  return client === NOT_ASKED ? match : { ...match, ...client };
}

function missing({ stage }: StageMatch): ReturnType<typeof notImplemented> {
  return notImplemented(`Stages of ${stage.protocol} APIs cannot be called yet.`);
}
