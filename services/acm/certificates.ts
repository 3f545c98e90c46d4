// The stored certificates: read, written, removed; every node is told of each change.
import type { Bus } from '#shared/model/bus.ts';
import type { CertificateRecord } from '#shared/model/certificates.ts';
import type { DomainNameRecord } from '#shared/model/records.ts';
import type { BlobStore, ResourceStore, StoredResource, Write } from '#shared/model/store.ts';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import {
  CERTIFICATES,
  certificateKey,
  certificateUseKey,
  domainsOf,
  regionPrefix,
} from '#shared/store/keys.ts';
import type { CertificateName } from '#shared/runtime/certificate-arn.ts';

/** Bus topic on which changes are announced; messages are JSON of `CertificateName`. */
export const CERTIFICATE_CHANGED = 'certificate.changed';

/** What the certificates are kept in, and who is told. */
export interface CertificatesOptions {
  readonly store: ResourceStore;
  readonly blobs: BlobStore;
  readonly bus: Bus;
  readonly logger: Logger;
  /** Resolves when this node serves a change, so that a client which has its answer meets it here. */
  readonly applied: (name: CertificateName) => Promise<void>;
}

/** A certificate with the version it was read at. */
export type StoredCertificate = StoredResource<CertificateRecord>;

/** Longer chains go to the blob store; a record may have 300 KB. */
const LONGEST_IN_RECORD = 100_000;
const ATTEMPTS = 8;

/** Certificates of all regions. */
export class Certificates {
  readonly #options: CertificatesOptions;

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  get({ region, id }: CertificateName): Promise<StoredCertificate | undefined> {
    return this.#options.store.get<CertificateRecord>(certificateKey(region, id));
  }

  /** All certificates, or those of one region. */
  async list(region?: string): Promise<readonly StoredCertificate[]> {
    const options = region === undefined ? {} : { prefix: regionPrefix(region) };
    return (await this.#options.store.list<CertificateRecord>(CERTIFICATES, options)).items;
  }

  /** The chain of a record; empty when it has none. */
  async chainOf({ Chain, ChainBlob }: CertificateRecord): Promise<string> {
    if (ChainBlob === undefined) return Chain ?? '';
    const bytes = await this.#options.blobs.get(ChainBlob);
    if (bytes === undefined) throw new Error(`the chain ${ChainBlob} of a certificate is gone`);
    return bytes.toString('utf8');
  }

  /** Members of a certificate's record for its chain. */
  async chainMembers(
    { region, id }: CertificateName,
    chain: string,
  ): Promise<Pick<CertificateRecord, 'Chain' | 'ChainBlob'>> {
    if (chain === '') return {};
    if (chain.length <= LONGEST_IN_RECORD) return { Chain: chain };
    const owner = certificateKey(region, id);
    return { ChainBlob: await this.#options.blobs.put(Buffer.from(chain), owner) };
  }

  /** Writes a certificate and tells; throws `ConflictError` when the version is not `expect` (0: there is none). */
  async put(record: CertificateRecord, expect: number, beside: readonly Write[] = []) {
    const { Region: region, CertificateId: id } = record;
    const key = certificateKey(region, id);
    await this.#options.store.commit([{ op: 'put', key, value: record, expect }, ...beside]);
    await this.#announce({ region, id });
  }

  /**
   * Rewrites a certificate by `change`, which gets the newest record and may run several times; `undefined` from it
   * leaves the certificate as it is. Answers `false` when there is no such certificate.
   */
  async edit(
    name: CertificateName,
    change: (before: CertificateRecord) => Promise<CertificateRecord | undefined>,
  ): Promise<boolean> {
    return retried(async () => {
      const found = await this.get(name);
      if (found === undefined) return false;
      const next = await change(found.value);
      if (next === undefined) return true;
      await this.put(next, found.version);
      return true;
    });
  }

  /** Removes a certificate unless a domain names it; tells what became of it. */
  remove(name: CertificateName, arn: string): Promise<'removed' | 'missing' | 'in use'> {
    const { store } = this.#options;
    const { region, id } = name;
    return retried(async () => {
      const found = await this.get(name);
      if (found === undefined) return 'missing';
      const use = await store.get(certificateUseKey(region, id));
      if ((await this.usersOf(region, arn)).length > 0) return 'in use';
      await store.commit([
        { op: 'delete', key: found.key, expect: found.version },
        { op: 'delete', key: certificateUseKey(region, id), expect: use?.version ?? 0 },
      ]);
      await this.#announce(name);
      return 'removed';
    });
  }

  /** Names of the domains of a region that name the certificate, in order. */
  async usersOf(region: string, arn: string): Promise<string[]> {
    return (await this.users(region)).get(arn) ?? [];
  }

  /** Names of a region's domains by the ARN of their certificate. */
  async users(region: string): Promise<ReadonlyMap<string, string[]>> {
    const { items } = await this.#options.store.list<DomainNameRecord>(domainsOf(region));
    const users = new Map<string, string[]>();
    for (const { value } of items) {
      const [configuration] = value.DomainNameConfigurations as readonly {
        readonly CertificateArn?: string;
      }[];
      const arn = configuration?.CertificateArn;
      if (arn !== undefined) users.set(arn, [...(users.get(arn) ?? []), value.DomainName]);
    }
    return users;
  }

  /**
   * The record is committed: a bus that is away cannot undo that, so it is logged; the other nodes read everything
   * again when they reach it.
   */
  async #announce(name: CertificateName): Promise<void> {
    const { bus, logger, applied } = this.#options;
    const message = Buffer.from(JSON.stringify(name));
    const told = await Promise.allSettled([
      bus.publish(CERTIFICATE_CHANGED, message),
      applied(name),
    ]);
    for (const result of told) {
      if (result.status === 'fulfilled') continue;
      const error: unknown = result.reason;
      logger.warn('a certificate has changed but that is not known everywhere', { ...name, error });
    }
  }
}

async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
    }
  }
}
