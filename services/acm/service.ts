// The certificate service of a node: what is stored, what is served, who keeps it fresh, and the API to it.
import type { AwsEndpoint } from '#shared/aws-api/endpoint.ts';
import type { Bus } from '#shared/model/bus.ts';
import type {
  CertificateFiles,
  CertificateIssuer,
  ServerPair,
} from '#shared/model/certificates.ts';
import type { Service } from '#shared/model/services.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { Certificates } from './certificates.ts';
import type { AcmDeps } from './deps.ts';
import { FileCertificates } from './files.ts';
import { acmFront, type AcmFrontOptions } from './front.ts';
import { CertificateKeeper } from './keeper.ts';
import { ServedCertificates } from './served.ts';
import type { KeyVault } from './vault.ts';

/** What the service is made of. */
export interface CertificateServiceOptions {
  readonly store: ResourceStore;
  readonly blobs: BlobStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accountId: string;
  /** Where the certificates of files belong. */
  readonly region: string;
  readonly issuer: CertificateIssuer;
  readonly vault: KeyVault;
  /** Names of the domains that are given a certificate. */
  readonly namesWith: (arn: string) => readonly string[];
  /** Certificates of the configuration, by name. */
  readonly files: Readonly<Record<string, CertificateFiles>>;
  /** See `FileCertificatesOptions`. */
  readonly exclusive: boolean;
  /** Certificates live by the wall clock, whatever moves the node's. */
  readonly now?: () => number;
}

/** Start it when store and bus have started, and before handshakes are served. */
export class CertificateService implements Service {
  readonly name = 'certificates';
  readonly keeper: CertificateKeeper;
  readonly files: FileCertificates;
  /** What the API's handlers work with. */
  readonly deps: AcmDeps;
  readonly #served: ServedCertificates;

  constructor(options: CertificateServiceOptions) {
    const { store, vault, issuer } = options;
    const now = options.now ?? Date.now;
    const applied = (name: Parameters<ServedCertificates['refresh']>[0]): Promise<void> =>
      this.#served.refresh(name);
    const certificates = new Certificates({ ...options, applied });
    this.#served = new ServedCertificates({ ...options, certificates });
    this.deps = { store, certificates, vault, issuer, now };
    this.keeper = new CertificateKeeper({ ...options, ...this.deps, served: this.#served });
    this.files = new FileCertificates({ ...options, ...this.deps });
  }

  /** Rejects with `StartError` for files of the configuration that cannot be used. */
  async start(): Promise<void> {
    await this.#served.start();
    await this.files.start();
    await this.keeper.start();
  }

  async stop(): Promise<void> {
    await this.files.stop();
    await this.keeper.stop();
    await this.#served.stop();
  }

  /** What handshakes are served with for the certificate `arn`; `undefined`: this node has none. */
  pair(arn: string | undefined): ServerPair | undefined {
    return arn === undefined ? undefined : this.#served.pair(arn);
  }

  /** Reads all certificates again, and the files too: somebody has emptied the store. */
  async reload(): Promise<void> {
    await this.#served.load();
    await this.files.importAll();
  }

  /** Certificate Manager's API. */
  front(options: AcmFrontOptions): AwsEndpoint {
    return acmFront(this.deps, options);
  }
}
