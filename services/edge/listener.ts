// One listening port: TLS or plain HTTP, its limits against bad clients, its start and its draining stop.
import { randomBytes } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type {
  IncomingMessage,
  Server as HttpServer,
  ServerOptions,
  ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TlsOptions, TLSSocket } from 'node:tls';
import type { ClientTrust } from '#shared/model/certificates.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { ANSWERS, refuse, respond } from './answer.ts';
import type { Answer } from './answer.ts';
import { clientErrorAnswer } from './client-error.ts';
import { ClientGate, type ClientProof } from './client-gate.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import type { Leaves } from './leaves.ts';
import { FirstByte } from './first-byte.ts';
import { InFlight } from './in-flight.ts';
import { normalizeTarget } from './target.ts';

/** Where and how to listen. */
export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Flags named when host or port cannot be used. */
  readonly fields: { readonly host: string; readonly port: string };
  /** Absent: plain HTTP, for use behind a proxy that ends TLS. */
  readonly leaves?: Leaves;
  /** Names whose clients must show a certificate; absent: none. */
  readonly trust?: ClientTrust;
  /** Sizes in bytes, times in milliseconds; `Infinity` lifts a limit. */
  readonly urlBytes: number;
  readonly headerBytes: number;
  readonly headersMs: number;
  /** Longest wait of `stop` for requests in flight. */
  readonly drainMs?: number;
  readonly logger: Logger;
}

/** Who gets what comes in. The target is checked and in origin form; `host` is there. */
export interface ListenerHandlers {
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  /** Absent: upgrades are ignored, as RFC 9110 allows, and the request is answered as any other. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const LARGEST = 2 ** 30;
const CHECK_MS = 1000;
/** Longer than the idle time of SDKs' and balancers' pools, so that they close first and never race with us. */
const KEEP_ALIVE_MS = 65_000;
/** Longest time for a whole request with its body. */
const REQUEST_MS = 300_000;
const DRAIN_MS = 30_000;
const OLDEST_TLS = 'TLSv1.2';
const TICKET_KEY_BYTES = 48;
const RENEWAL_CHECK_MS = 3_600_000;

/** A listening port. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #handlers: ListenerHandlers;
  readonly #inFlight = new InFlight();
  readonly #firstByte: FirstByte;
  readonly #gate: ClientGate | undefined;
  /** One set for as long as it listens: clients resume their sessions with whichever certificate is served. */
  readonly #ticketKeys = randomBytes(TICKET_KEY_BYTES);
  #server: HttpServer | HttpsServer | undefined;
  #renewal: NodeJS.Timeout | undefined;
  /** Certificate of the default leaf now served. */
  #serving = '';

  constructor(options: ListenerOptions, handlers: ListenerHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#gate = this.#createGate();
    this.#firstByte = new FirstByte(finite(options.headersMs, 0), () => this.url, this.#gate);
  }

  /** The bound port; the one asked for before `start`. */
  get port(): number {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address?.port ?? this.#options.port;
  }

  /** How a client on this machine reaches it: `https://localhost:8443`. */
  get url(): string {
    const scheme = this.#options.leaves === undefined ? 'http' : 'https';
    return `${scheme}://${urlHost(this.#options.host)}:${this.port}`;
  }

  /** What the client of a connection has proved to be; `undefined`: it was not asked. */
  proofOf(socket: Duplex): ClientProof | undefined {
    return this.#gate?.proofOf(socket);
  }

  /** Resolves when it listens; rejects with `StartError` when host or port cannot be used. */
  async start(): Promise<void> {
    const server = await this.#create();
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#request(request, response),
    );
    if (this.#handlers.upgrade !== undefined) {
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#upgrade(request, socket, head),
      );
    }
    server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
      refuse(socket, ANSWERS.badRequest),
    );
    server.on('clientError', (error: Error, socket: Duplex) => this.#clientError(error, socket));
    await this.#listen(server);
    this.#server = server;
  }

  /**
   * Takes no new connection, closes idle ones, waits for requests in flight up to `drainMs`, then cuts what is left.
   * Upgraded sockets are their owner's and stay open.
   */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    clearInterval(this.#renewal);
    if (server === undefined) return;
    server.close();
    this.#firstByte.close();
    const cut = await this.#inFlight.drain(this.#options.drainMs ?? DRAIN_MS);
    if (cut > 0) this.#options.logger.warn('requests were cut at the end of draining', { cut });
  }

  /**
   * Serves the default leaf's successor where one is due: new handshakes get it, open connections notice nothing.
   * Runs by itself every hour; a failure is logged and the old one serves on.
   */
  async renew(): Promise<void> {
    const { leaves, logger } = this.#options;
    if (leaves === undefined || !(this.#server instanceof HttpsServer)) return;
    try {
      const { key, cert } = await leaves.defaultLeaf();
      if (cert === this.#serving) return;
      this.#server.setSecureContext(this.#secured({ key, cert }));
      this.#serving = cert;
    } catch (error) {
      logger.error('the certificate for localhost cannot be renewed', { error });
    }
  }

  async #create(): Promise<HttpServer | HttpsServer> {
    const { leaves, headersMs } = this.#options;
    const common = this.#httpOptions();
    if (leaves === undefined) {
      const server = createHttpServer(common);
      server.on('connection', (socket: Socket) => this.#inFlight.opened(socket));
      return server;
    }
    const { key, cert } = await leaves.defaultLeaf();
    const server = createHttpsServer({
      ...common,
      ...this.#secured({ key, cert }),
      handshakeTimeout: finite(headersMs, LARGEST),
      SNICallback: (name, done) => this.#chooseLeaf(leaves, name, done),
    });
    this.#firstByte.guard(server);
    server.on('secureConnection', (socket: TLSSocket) => this.#inFlight.opened(socket));
    this.#serving = cert;
    this.#renewal = setInterval(() => void this.renew(), RENEWAL_CHECK_MS).unref();
    return server;
  }

  #secured(leaf: { readonly key: string; readonly cert: string }): TlsOptions {
    return { ...leaf, minVersion: OLDEST_TLS, ticketKeys: this.#ticketKeys };
  }

  /** Its connections are the server's from the end of their handshake on, with all its limits. */
  #createGate(): ClientGate | undefined {
    const { leaves, trust, headersMs, logger } = this.#options;
    if (leaves === undefined || trust === undefined) return undefined;
    return new ClientGate({
      ...{ leaves, trust, logger, oldestTls: OLDEST_TLS },
      handshakeMs: finite(headersMs, LARGEST),
      accept: (socket) => {
        if (this.#server === undefined) socket.destroy();
        else this.#server.emit('secureConnection', socket);
      },
    });
  }

  #httpOptions(): ServerOptions {
    const { headersMs, headerBytes } = this.#options;
    return {
      maxHeaderSize: finite(headerBytes, LARGEST),
      headersTimeout: finite(headersMs, 0),
      requestTimeout: Math.max(REQUEST_MS, finite(headersMs, 0)),
      connectionsCheckingInterval: Math.min(CHECK_MS, Math.max(headersMs / 2, 10)),
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The answer to a missing Host is ours.
      requireHostHeader: false,
      // Java's client and curl offer h2c on plain HTTP: that is an ordinary request.
      shouldUpgradeCallback: (request) =>
        this.#handlers.upgrade !== undefined &&
        request.headers.upgrade?.toLowerCase() === 'websocket',
    };
  }

  #chooseLeaf(
    leaves: Leaves,
    name: string,
    done: (error: Error | null, context?: SecureContext) => void,
  ): void {
    const context = leaves.context(name);
    if (!(context instanceof Promise)) return done(null, context);
    context.then(
      (made) => done(null, made),
      (error: unknown) => {
        this.#options.logger.error('a certificate cannot be made', { name, error });
        done(null);
      },
    );
  }

  #listen(server: HttpServer | HttpsServer): Promise<void> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const failed = (error: NodeJS.ErrnoException): void => {
      clearInterval(this.#renewal);
      reject(this.#startError(error));
    };
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      server.on('error', (error) => this.#options.logger.error('the listener failed', { error }));
      resolve();
    });
    return promise;
  }

  #startError(error: NodeJS.ErrnoException): StartError {
    const { host, port, fields } = this.#options;
    const where = `port ${port} on ${host}`;
    const known: Record<string, readonly [string, string]> = {
      EADDRINUSE: [fields.port, `${where} is taken by another program`],
      EACCES: [fields.port, `${where} may not be used by this user`],
      EADDRNOTAVAIL: [fields.host, `${host} is no address of this machine`],
      ENOTFOUND: [fields.host, `${host} cannot be resolved`],
    };
    const [field, message] = known[error.code ?? ''] ?? [fields.port, `${where}: ${error.message}`];
    return new StartError(field, message, { cause: error });
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    this.#inFlight.began(request.socket, response);
    const wrong = this.#faultOf(request);
    if (wrong !== undefined) return respond(response, wrong);
    try {
      this.#handlers.request(request, response);
    } catch (error) {
      this.#failed(request, error);
      respond(response, ANSWERS.internal);
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#inFlight.handedOver(request.socket);
    const wrong = this.#server === undefined ? ANSWERS.stopping : this.#faultOf(request);
    if (wrong !== undefined) return refuse(socket, wrong);
    try {
      this.#handlers.upgrade?.(request, socket, head);
    } catch (error) {
      this.#failed(request, error);
      refuse(socket, ANSWERS.internal);
    }
  }

  #faultOf(request: IncomingMessage): Answer | undefined {
    if ((request.url?.length ?? 0) > this.#options.urlBytes) return ANSWERS.urlTooLong;
    return normalizeTarget(request) ? undefined : ANSWERS.badRequest;
  }

  #failed(request: IncomingMessage, error: unknown): void {
    this.#options.logger.error('a front failed', { method: request.method, error });
  }

  #clientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const answer = clientErrorAnswer(error, this.#options.urlBytes);
    this.#options.logger.debug('a client was refused', { code: error.code });
    // While an answer is on its way another one would be read as its body.
    if (answer === undefined || this.#inFlight.busy(socket)) socket.destroy();
    else refuse(socket, answer);
  }
}

/** `Infinity` as the number by which Node knows "no limit" of a setting. */
function finite(value: number, without: number): number {
  return Number.isFinite(value) ? value : without;
}

function urlHost(host: string): string {
  const local = ['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host);
  if (local) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
