// The certificates in this node's memory, ready for handshakes: each is opened once and swapped whole when it has changed.
import { createSecureContext } from 'node:tls';
import type { Bus } from '#shared/model/bus.ts';
import type { CertificateRecord, ServerPair } from '#shared/model/certificates.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { Follower } from '#shared/stage/follower.ts';
import { Lanes } from '#shared/stage/lanes.ts';
import { certificateArn, type CertificateName } from '#shared/runtime/certificate-arn.ts';
import { CERTIFICATE_CHANGED, type Certificates } from './certificates.ts';
import type { KeyVault } from './vault.ts';

/** What serving needs. */
export interface ServedOptions {
  readonly certificates: Certificates;
  readonly vault: KeyVault;
  readonly accountId: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A certificate that this node can serve. */
export interface ServedCertificate {
  readonly arn: string;
  readonly record: CertificateRecord;
  readonly pair: ServerPair;
}

/** Certificates that are read at the same time when all are. */
const LOADS_AT_ONCE = 16;

/** Certificates by ARN. `start` subscribes to changes, then loads; both may be called again. */
export class ServedCertificates {
  readonly #options: ServedOptions;
  readonly #follower: Follower<CertificateName>;
  readonly #lanes = new Lanes();
  readonly #byArn = new Map<string, ServedCertificate>();

  constructor(options: ServedOptions) {
    this.#options = options;
    this.#follower = new Follower<CertificateName>({
      ...options,
      topic: CERTIFICATE_CHANGED,
      members: ['region', 'id'],
      refresh: (name) => this.refresh(name),
      reload: () => this.load(),
    });
  }

  /** Rejects when bus or store cannot be reached. */
  async start(): Promise<void> {
    await this.#follower.start();
    await this.load();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Reads all certificates again. */
  async load(): Promise<void> {
    const stored = await this.#options.certificates.list();
    const all = [...stored.map(({ value }) => value), ...[...this.#byArn.values()].map(recordOf)];
    const names = new Map(
      all.map((record) => [`${record.Region}#${record.CertificateId}`, nameOf(record)]),
    ).values();
    const worker = async (): Promise<void> => {
      for (const name of names) await this.refresh(name);
    };
    await Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker));
  }

  /** Reads one certificate again; sees whatever was written before the call. */
  refresh(name: CertificateName): Promise<void> {
    const arn = certificateArn(name, this.#options.accountId);
    return this.#lanes.run(arn, () => this.#reload(name, arn));
  }

  /** What handshakes are served with for the certificate `arn`; `undefined`: it is not stored, or not for this node. */
  pair(arn: string): ServerPair | undefined {
    return this.#byArn.get(arn)?.pair;
  }

  /** All that this node can serve. */
  get all(): readonly ServedCertificate[] {
    return [...this.#byArn.values()];
  }

  async #reload(name: CertificateName, arn: string): Promise<void> {
    const record = (await this.#options.certificates.get(name))?.value;
    if (record === undefined) {
      this.#byArn.delete(arn);
      return;
    }
    const before = this.#byArn.get(arn);
    if (before?.record.Fingerprint === record.Fingerprint && sameChain(before.record, record)) {
      // Tags and the like; open sessions and contexts stay.
      this.#byArn.set(arn, { ...before, record });
      return;
    }
    const pair = await this.#open(record, arn);
    if (pair !== undefined) this.#byArn.set(arn, { arn, record, pair });
  }

  /** What cannot be served leaves the one before serving. */
  async #open(record: CertificateRecord, arn: string): Promise<ServerPair | undefined> {
    const { certificates, vault, logger } = this.#options;
    const chain = await certificates.chainOf(record);
    try {
      const key = vault.open(record.SealedKey, record.CertificateId);
      const cert = record.Certificate + chain;
      return { key, cert, context: createSecureContext({ key, cert }) };
    } catch (error) {
      logger.error('a certificate cannot be served', { arn, domain: record.DomainName, error });
      return undefined;
    }
  }
}

function recordOf({ record }: ServedCertificate): CertificateRecord {
  return record;
}

function nameOf({ Region: region, CertificateId: id }: CertificateRecord): CertificateName {
  return { region, id };
}

function sameChain(a: CertificateRecord, b: CertificateRecord): boolean {
  return a.Chain === b.Chain && a.ChainBlob === b.ChainBlob;
}
