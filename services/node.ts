// Composition root: from the configuration to back ends, services and listeners, in the order of their start.
import { join } from 'node:path';
import { openVault } from '#services/acm/vault.ts';
import { ManagementFront } from '#services/broadcaster/management-front.ts';
import type { AdminEndpoint } from '#services/deploy/clients.ts';
import { DataFolderError } from '#services/dynamodb/folder-lock.ts';
import { Admin } from '#services/edge/admin.ts';
import { openAuthority, type CertificateAuthority } from '#services/edge/ca.ts';
import { Gateway } from '#services/edge/gateway.ts';
import { Leaves } from '#services/edge/leaves.ts';
import { TailFront } from '#services/tail/tail-front.ts';
import {
  CredentialsFault,
  openCredentials,
  readCredentialsFile,
  type Credentials,
} from '#shared/aws-api/credentials.ts';
import type { Service } from '#shared/model/services.ts';
import { systemClock, TestClock, type Clock } from '#shared/runtime/clock.ts';
import { newNodeId } from '#shared/runtime/ids.ts';
import { Lifecycle } from '#shared/runtime/lifecycle.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import { NodeLeases } from '#shared/store/leases.ts';
import { adminFronts, type AdminFronts } from './admin-fronts.ts';
import { openBackends, type Backends } from './backends.ts';
import { BlobSweep } from './blob-sweep.ts';
import type { Config } from './config.ts';
import { newKeyPair } from './key-pair.ts';
import type { Output } from './output.ts';
import { createParts, type Parts } from './parts.ts';
import { Takeover } from './takeover.ts';

/** A node. */
export interface Node {
  /** `https://localhost:8443`, or `http://…` with `--tls off`; known once `start` has resolved. */
  readonly gateway: string;
  readonly admin: string;
  /** Path of the certificate that clients must trust. */
  readonly caFile: string;
  /** How a deployer on this machine reaches the admin listener, with a key of the node's own. */
  readonly endpoint: AdminEndpoint;
  /** Resolves when everything answers. Rejects with `StartError` when a setting makes it impossible. */
  start(): Promise<void>;
  /** Drains and stops whatever has started. */
  stop(reason: string): Promise<void>;
  /** Rejects when the running node can go on no longer. */
  readonly failed: Promise<never>;
}

/** A node as `config` wants it, not started. */
export function createNode(config: Config, output: Output): Node {
  return new GatewayNode(config, output);
}

class GatewayNode implements Node {
  readonly #config: Config;
  readonly #output: Output;
  readonly #logger: Logger;
  readonly #life: Lifecycle;
  readonly #clock: Clock;
  readonly #nodeId = newNodeId();
  readonly #ownKey = newKeyPair();
  readonly #failure = Promise.withResolvers<never>();
  #authority: CertificateAuthority | undefined;
  #gateway: Gateway | undefined;
  #admin: Admin | undefined;
  #fronts: AdminFronts | undefined;
  #starting: string | undefined = 'the node is starting';

  constructor(config: Config, output: Output) {
    this.#config = config;
    this.#output = output;
    this.#logger = output.logger;
    this.#life = new Lifecycle(output.logger);
    this.#clock = config.test ? new TestClock('wall') : systemClock;
    this.#failure.promise.catch(() => undefined); // whoever waits gets it; nobody has to
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  get gateway(): string {
    return this.#gateway?.url ?? '';
  }

  get admin(): string {
    return this.#admin?.url ?? '';
  }

  get caFile(): string {
    return this.#authority?.certPath ?? join(this.#config.caFolder, 'ca.pem');
  }

  get endpoint(): AdminEndpoint {
    return {
      url: this.admin,
      ca: this.#authority?.cert ?? '',
      region: this.#config.region,
      credentials: this.#ownKey,
    };
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      throw asStartError(error);
    }
    this.#starting = undefined;
  }

  stop(reason: string): Promise<void> {
    this.#starting = 'the node is stopping';
    return this.#life.stop(reason);
  }

  async #start(): Promise<void> {
    const config = this.#config;
    const credentials = credentialsOf(config);
    credentials.add({
      ...this.#ownKey,
      principal: { name: 'postern', accessKeyId: this.#ownKey.accessKeyId },
    });
    if (credentials.open) {
      this.#logger.info('auth: open (loopback only): any access key with any signature is let in');
    }
    const backends = await openBackends(config, {
      clock: this.#clock,
      logger: this.#logger,
      life: this.#life,
    });
    // Behind the lock of the data folder, where it lies unless told otherwise.
    const authority = await openAuthority(config.caFolder);
    this.#authority = authority;
    const vault = await openVault(config.caFolder);
    const parts = createParts(config, {
      ...{ issuer: authority, vault },
      ...{ nodeId: this.#nodeId, backends, credentials, clock: this.#clock, output: this.#output },
      addresses: () => ({
        gatewayPort: this.#gateway?.port ?? 0,
        admin: this.admin,
        caFile: this.caFile,
      }),
    });
    const leaves = new Leaves({
      authority,
      logger: this.#logger.child('tls'),
      names: namesOf(config),
      owns: (name) => parts.domains.owns(name),
      stored: (name) => parts.certificates.pair(parts.domains.certificateOf(name)),
    });
    for (const service of this.#services(parts, leaves)) await this.#life.start(service);
    // A node that forgot an operation does not start.
    await Promise.all(this.#fronts?.services.map((service) => service.load()) ?? []);
    await this.#fronts?.resume();
  }

  /**
   * In the order of their start. The admin listener comes early, to tell what the node waits for. They stop the other
   * way round: sockets first, while everything that their DISCONNECT needs still answers.
   */
  #services(parts: Parts, leaves: Leaves): Service[] {
    const { backends, connections, domains, functions, stages } = parts;
    const leases = this.#leases(backends);
    const tail = new TailFront({
      feed: this.#output.feed,
      verifier: parts.verifier,
      accountId: this.#config.account,
      logger: this.#logger.child('tail'),
    });
    const admin = this.#createAdmin(parts, leaves, tail);
    const gateway = this.#createGateway(parts, leaves);
    this.#admin = admin;
    this.#gateway = gateway;
    return [
      admin,
      { name: 'tail', start: async () => undefined, stop: async () => tail.close() },
      backends.store,
      { name: 'bus', start: () => backends.startBus(), stop: () => backends.bus.close() },
      { name: 'lease', start: () => leases.acquire(), stop: () => leases.release() },
      parts.accessLogs,
      functions,
      { name: 'domains', start: () => domains.start(), stop: () => domains.stop() },
      parts.certificates,
      {
        name: 'usage-plans',
        start: () => parts.usagePlans.start(),
        stop: () => parts.usagePlans.stop(),
      },
      { name: 'stages', start: () => stages.start(), stop: () => stages.stop() },
      parts.broadcaster,
      gateway,
      connections,
      new BlobSweep({
        resources: backends.store.resources,
        blobs: backends.store.blobs,
        logger: this.#logger.child('store'),
      }),
      new Takeover({ leases, connections, logger: this.#logger, exclusive: backends.embedded }),
    ];
  }

  #createGateway(parts: Parts, leaves: Leaves): Gateway {
    const { host, port, tls, limits, pages } = this.#config;
    const { broadcaster, connections, domains, stages, verifier } = parts;
    return new Gateway({
      host,
      port,
      limits,
      pages,
      stages,
      domains,
      fronts: { WEBSOCKET: connections },
      management: new ManagementFront({
        broadcaster,
        verifier,
        limits,
        limiter: parts.backends.limiter,
        logger: this.#logger.child('@connections'),
      }),
      logger: this.#logger.child('gateway'),
      ...(tls ? { leaves } : {}),
    });
  }

  #createAdmin(parts: Parts, leaves: Leaves, tail: TailFront): Admin {
    const { adminHost, adminPort, limits } = this.#config;
    const adminSide = adminFronts(this.#config, {
      ...parts,
      tail,
      clock: this.#clock,
      logger: this.#logger,
      gateway: () => this.gateway,
      endpoint: () => this.endpoint,
    });
    this.#fronts = adminSide;
    return new Admin({
      host: adminHost,
      port: adminPort,
      leaves,
      limits,
      fronts: adminSide.fronts,
      readiness: () => {
        const reasons = [this.#starting, ...parts.backends.notReady()].filter(
          (reason) => reason !== undefined,
        );
        return { ready: reasons.length === 0, reasons };
      },
      logger: this.#logger.child('admin'),
    });
  }

  #leases({ store, embedded }: Backends): NodeLeases {
    const { host, port, publicUrl } = this.#config;
    return new NodeLeases(store.resources, {
      nodeId: this.#nodeId,
      gateway: publicUrl ?? `${host}:${port}`,
      logger: this.#logger.child('lease'),
      exclusive: embedded,
      onLost: () =>
        this.#failure.reject(new Error('another node has taken over the connections of this one')),
    });
  }
}

function credentialsOf({ credentials }: Config): Credentials {
  return credentials === undefined ? openCredentials() : readCredentialsFile(credentials);
}

/** Names beside `localhost` that this node's own certificate is for. */
function namesOf({ host, adminHost, publicUrl }: Config): string[] {
  const own = [host, adminHost].filter((name) => name !== '0.0.0.0' && name !== '::');
  return publicUrl === undefined ? own : [...own, new URL(publicUrl).hostname];
}

/** The faults of parts that a setting caused, with that setting. */
function asStartError(error: unknown): unknown {
  if (error instanceof DataFolderError) return new StartError('--data', error.message);
  if (error instanceof CredentialsFault)
    return new StartError('POSTERN_CREDENTIALS', error.message);
  return error;
}
