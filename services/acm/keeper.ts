// Watches how long certificates live: renews those of the local authority, warns of the others, tells Prometheus.
import type { CertificateIssuer, CertificateRecord } from '#shared/model/certificates.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { certificateSettingsKey } from '#shared/store/keys.ts';
import { DEFAULT_DAYS, type RegionSettings } from './handlers/settings.ts';
import { renewedRecord, type RecordMakers } from './record.ts';
import type { ServedCertificate, ServedCertificates } from './served.ts';

/** What the keeper works with. */
export interface KeeperOptions extends RecordMakers {
  readonly store: ResourceStore;
  readonly served: ServedCertificates;
  readonly issuer: CertificateIssuer;
  /** Names of the domains that are given a certificate. */
  readonly namesWith: (arn: string) => readonly string[];
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const CHECK_MS = 3_600_000;
/** Days left at which a warning is given. */
const WARNINGS = [1, 3, 7, 15, 30, 45];
const EXPIRED = 0;
const METRIC = 'postern_certificate_expiry_seconds';

/** Keeps an eye on the certificates that this node serves. Time is the wall clock's. */
export class CertificateKeeper {
  readonly #options: KeeperOptions;
  /** What was said last of a certificate: its fingerprint and the days of the warning. */
  readonly #said = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Resolves after the first check; one more follows every hour. */
  async start(): Promise<void> {
    await this.check();
    this.#timer = setInterval(() => {
      this.#checking = this.check();
    }, CHECK_MS).unref();
  }

  /** Resolves when no renewal is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#checking;
  }

  /** Renews what is due and warns of what ends soon. Never rejects. */
  async check(): Promise<void> {
    for (const served of this.#options.served.all) {
      try {
        if (await this.#renewed(served)) continue;
        await this.#warn(served);
      } catch (error) {
        const { arn } = served;
        this.#options.logger.error('a certificate cannot be renewed or looked after', {
          arn,
          error,
        });
      }
    }
  }

  /** Seconds that each certificate has left, in Prometheus' text format; below 0 when it has expired. */
  metrics(): string {
    const { served, namesWith, now } = this.#options;
    const lines = served.all.flatMap(({ arn, record }) => {
      const left = Math.round((record.NotAfter - now()) / 1000);
      const names = namesWith(arn);
      const domains = names.length === 0 ? [''] : names;
      return domains.map((domain) => `${METRIC}{arn="${arn}",domain="${domain}"} ${left}`);
    });
    const help = 'Seconds until a certificate ends, by the custom domain that it is served for.';
    return [`# HELP ${METRIC} ${help}`, `# TYPE ${METRIC} gauge`, ...lines, ''].join('\n');
  }

  /** One node renews: another one that tries finds it done. */
  async #renewed({ arn, record }: ServedCertificate): Promise<boolean> {
    const { certificates, logger, now } = this.#options;
    if (!isDue(record, now())) return false;
    const name = { region: record.Region, id: record.CertificateId };
    let renewed = false;
    await certificates.edit(name, async (before) => {
      renewed = isDue(before, now());
      return renewed ? renewedRecord(before, this.#options) : undefined;
    });
    if (renewed) logger.info('a certificate was renewed', { arn, domain: record.DomainName });
    return true;
  }

  async #warn({ arn, record }: ServedCertificate): Promise<void> {
    if (record.Type === 'AMAZON_ISSUED') return;
    const daysLeft = (record.NotAfter - this.#options.now()) / DAY_MS;
    const crossed = await this.#crossed(record.Region, daysLeft);
    if (crossed === undefined) return;
    const saying = `${record.Fingerprint} ${crossed}`;
    if (this.#said.get(arn) === saying) return;
    this.#said.set(arn, saying);
    const { logger, namesWith } = this.#options;
    const facts = {
      ...{ arn, certificate: record.DomainName, domains: namesWith(arn) },
      notAfter: new Date(record.NotAfter).toISOString(),
    };
    if (crossed === EXPIRED) {
      logger.error('a certificate has expired and is served nevertheless; import a new one', facts);
    } else {
      logger.warn(`a certificate ends within ${crossed} days; import a new one`, facts);
    }
  }

  /** The fewest days of a warning that is due; the region's setting says with how many days warnings begin. */
  async #crossed(region: string, daysLeft: number): Promise<number | undefined> {
    if (daysLeft <= EXPIRED) return EXPIRED;
    if (daysLeft > DEFAULT_DAYS) return undefined;
    const key = certificateSettingsKey(region);
    const settings = await this.#options.store.get<RegionSettings>(key);
    const first = settings?.value.DaysBeforeExpiry ?? DEFAULT_DAYS;
    return [...WARNINGS.filter((days) => days < first), first].find((days) => daysLeft <= days);
  }
}

function isDue({ RenewAt }: CertificateRecord, now: number): boolean {
  return RenewAt !== undefined && RenewAt <= now;
}
