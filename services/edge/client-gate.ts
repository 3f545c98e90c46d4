// Handshakes for custom domains with mutual TLS: a TLS layer of its own for each truststore, and who has proved what.
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, createServer } from 'node:tls';
import type { SecureContext, Server, TLSSocket } from 'node:tls';
import type { ClientTrust, ServerPair, Truststore } from '#shared/model/certificates.ts';
import type { ClientCert } from '#shared/model/connection.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { clientCertOf } from './client-cert.ts';
import { refusalOf } from './client-verdict.ts';
import type { NamedHandshakes } from './first-byte.ts';
import type { Leaves } from './leaves.ts';

/** What the gate is made of. */
export interface ClientGateOptions {
  readonly trust: ClientTrust;
  readonly leaves: Leaves;
  readonly oldestTls: 'TLSv1.2';
  readonly handshakeMs: number;
  /** Gets each connection whose client has shown a certificate, trusted or not. */
  readonly accept: (socket: TLSSocket) => void;
  readonly logger: Logger;
}

/** What a client has shown: a certificate that this truststore trusts, or the reason why it does not. */
export interface ClientProof {
  readonly truststore: Truststore;
  readonly clientCert?: ClientCert;
  readonly refusal?: string;
}

/**
 * Node asks all clients of a TLS server for certificates or none, so these names have servers of their own. They keep
 * no sessions and give no tickets: each handshake is verified whole, by the truststore of that moment, and a session
 * of another server means nothing here. A client without a certificate is cut off; AWS resets its connection too. One
 * whose certificate is not trusted gets 403 to whatever it asks (AWS guide: http-api-mutual-tls).
 */
export class ClientGate implements NamedHandshakes {
  readonly #options: ClientGateOptions;
  readonly #servers = new WeakMap<Truststore, Server>();
  /** Contexts by the pair they were made of: a renewed certificate is another pair. */
  readonly #contexts = new WeakMap<Truststore, WeakMap<ServerPair, SecureContext>>();
  readonly #proofs = new WeakMap<Duplex, ClientProof>();

  constructor(options: ClientGateOptions) {
    this.#options = options;
  }

  get any(): boolean {
    return this.#options.trust.asksForCertificates;
  }

  take(serverName: string, socket: Socket): boolean {
    const truststore = this.#options.trust.truststoreOf(serverName);
    if (truststore === undefined) return false;
    this.#hand(truststore, serverName, socket);
    return true;
  }

  /** What the client of a connection has shown; `undefined`: it was not asked. */
  proofOf(socket: Duplex): ClientProof | undefined {
    return this.#proofs.get(socket);
  }

  #hand(truststore: Truststore, serverName: string, socket: Socket): void {
    const { logger } = this.#options;
    if (truststore.certificates === undefined) {
      logger.warn('a handshake was refused: the truststore is not loaded', { serverName });
      socket.destroy();
      return;
    }
    this.#server(truststore, truststore.certificates).then(
      (server) => void (socket.destroyed || server.emit('connection', socket)),
      (error: unknown) => {
        logger.error('a truststore cannot be used', { serverName, hash: truststore.hash, error });
        socket.destroy();
      },
    );
  }

  async #server(truststore: Truststore, ca: readonly string[]): Promise<Server> {
    const known = this.#servers.get(truststore);
    if (known !== undefined) return known;
    const { key, cert } = await this.#options.leaves.defaultLeaf();
    const server = createServer({
      ...{ key, cert, ca: [...ca], minVersion: this.#options.oldestTls },
      handshakeTimeout: this.#options.handshakeMs,
      requestCert: true,
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_TICKET,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => {
        this.#context(truststore, ca, name).then(
          (context) => done(null, context),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        );
      },
    });
    server.on('secureConnection', (socket) => this.#shown(truststore, socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      this.#options.logger.debug('a client was refused', { code: error.code });
      socket.destroy();
    });
    this.#servers.set(truststore, server);
    return server;
  }

  /** The name's own certificate, in a context that verifies clients by the truststore, not by the public authorities. */
  async #context(
    truststore: Truststore,
    ca: readonly string[],
    name: string,
  ): Promise<SecureContext | undefined> {
    const pair = await this.#options.leaves.served(name);
    if (pair === undefined) return undefined;
    const contexts = this.#contexts.get(truststore) ?? new WeakMap<ServerPair, SecureContext>();
    this.#contexts.set(truststore, contexts);
    const known = contexts.get(pair);
    if (known !== undefined) return known;
    const { key, cert } = pair;
    const made = createSecureContext({
      ...{ key, cert, ca: [...ca], minVersion: this.#options.oldestTls },
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    contexts.set(pair, made);
    return made;
  }

  #shown(truststore: Truststore, socket: TLSSocket): void {
    const { accept, logger } = this.#options;
    const certificate = socket.getPeerX509Certificate();
    const { servername: serverName, remoteAddress: client } = socket;
    if (certificate === undefined) {
      logger.debug('a client without a certificate was cut off', { serverName, client });
      socket.destroy();
      return;
    }
    const { authorized } = socket;
    // Typed as an Error, but the code as text.
    const code = socket.authorizationError as unknown;
    const error = typeof code === 'string' ? code : '';
    const refusal = refusalOf({ certificate, authorized, error }, truststore);
    if (refusal === undefined) {
      this.#proofs.set(socket, { truststore, clientCert: clientCertOf(certificate) });
    } else {
      const { subject } = certificate;
      logger.info('Access denied', { reason: refusal, serverName, client, subject });
      this.#proofs.set(socket, { truststore, refusal });
    }
    accept(socket);
  }
}
