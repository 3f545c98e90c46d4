// The certificate service over stores in memory with a CA of its own and a clock to move: call operations, see what is served and logged.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acmHandlers } from '#services/acm/front.ts';
import type { AcmHandlers, AcmImplemented, AcmInput, AcmOutput } from '#services/acm/model.ts';
import { CertificateService, type CertificateServiceOptions } from '#services/acm/service.ts';
import { openVault } from '#services/acm/vault.ts';
import { openAuthority } from '#services/edge/ca.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import type { CertificateFiles } from '#shared/model/certificates.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, silentLogger, type LogLine } from '#shared/runtime/logger.ts';
import { domainKey } from '#shared/store/keys.ts';
import { MemoryBlobStore, MemoryResourceStore } from './memory-store.ts';

/** Region of a desk's requests. */
export const REGION = 'eu-west-1';
const ACCOUNT = '000000000000';
/** ARN of a certificate that is nowhere. */
export const UNKNOWN = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`;
const CONTEXT: ControlContext = {
  region: REGION,
  accountId: ACCOUNT,
  principal: { name: 'anonymous', accessKeyId: 'AKID' },
  requestId: 'r-1',
};

/** How a desk differs from one that stands alone. */
export interface CertificateDeskOptions {
  /** Another desk, whose data and CA folder are this one's too: a second node. */
  readonly beside?: CertificateDesk;
  /** As `beside`, but with a CA folder of its own: a node that was set up wrongly. */
  readonly strange?: true;
  readonly files?: Readonly<Record<string, CertificateFiles>>;
}

/** Service, stores and clocks of one test. */
export class CertificateDesk {
  readonly store: MemoryResourceStore;
  readonly blobs: MemoryBlobStore;
  readonly service: CertificateService;
  readonly lines: LogLine[] = [];
  /** Domain names by the ARN that they are given, as this node's data plane knows them. */
  readonly domains = new Map<string, string[]>();
  readonly clock = new TestClock(0);
  readonly #time: { aheadMs: number };
  readonly folder: string;
  readonly hub: MemoryHub;
  readonly #handlers: AcmHandlers;

  static async open(options: CertificateDeskOptions = {}): Promise<CertificateDesk> {
    const { beside, strange } = options;
    const shared = strange === undefined ? beside?.folder : undefined;
    const folder = shared ?? (await mkdtemp(join(tmpdir(), 'postern-acm-')));
    const time = { aheadMs: 0 };
    const issuer = await openAuthority(folder, { now: () => Date.now() + time.aheadMs });
    const parts = { vault: await openVault(folder), issuer };
    return new CertificateDesk(folder, options, { ...parts, time });
  }

  private constructor(
    folder: string,
    { beside, files = {} }: CertificateDeskOptions,
    {
      time,
      ...parts
    }: Pick<CertificateServiceOptions, 'vault' | 'issuer'> & {
      readonly time: { aheadMs: number };
    },
  ) {
    this.#time = time;
    this.folder = folder;
    this.store = beside?.store ?? new MemoryResourceStore();
    this.blobs = beside?.blobs ?? new MemoryBlobStore(this.store);
    this.hub = beside?.hub ?? new MemoryHub();
    const options = {
      ...{ store: this.store, blobs: this.blobs, clock: this.clock, files, ...parts },
      bus: new MemoryBus(this.hub, silentLogger),
      logger: new Logger((line) => this.lines.push(line), 'certificates'),
      ...{ accountId: ACCOUNT, region: REGION, exclusive: beside === undefined },
      namesWith: (arn: string) => this.domains.get(arn) ?? [],
      now: () => this.now(),
    };
    this.service = new CertificateService(options);
    this.#handlers = acmHandlers(this.service.deps);
  }

  /** Moves what certificates live by, from the real time on. */
  set aheadMs(ms: number) {
    this.#time.aheadMs = ms;
  }

  now(): number {
    return Date.now() + this.#time.aheadMs;
  }

  /** Calls an operation as a request of `region` does. */
  call<Name extends AcmImplemented>(
    name: Name,
    input: AcmInput<Name>,
    region = REGION,
  ): Promise<AcmOutput<Name>> {
    const handler = this.#handlers[name] as unknown as (
      input: AcmInput<Name>,
      context: ControlContext,
    ) => Promise<AcmOutput<Name>>;
    return handler(input, { ...CONTEXT, region });
  }

  /** Imports a certificate; answers its ARN. */
  async import(
    identity: { readonly cert: string; readonly key: string },
    more: { readonly chain?: string; readonly arn?: string } = {},
  ): Promise<string> {
    const { CertificateArn = '' } = await this.call('ImportCertificate', {
      Certificate: Buffer.from(identity.cert),
      PrivateKey: Buffer.from(identity.key),
      ...(more.chain === undefined ? {} : { CertificateChain: Buffer.from(more.chain) }),
      ...(more.arn === undefined ? {} : { CertificateArn: more.arn }),
    });
    return CertificateArn;
  }

  /** Asks the local authority for a certificate; answers its ARN. */
  async request(DomainName: string, more: object = {}): Promise<string> {
    const input = { DomainName, KeyAlgorithm: 'EC_prime256v1', ...more };
    const { CertificateArn = '' } = await this.call(
      'RequestCertificate',
      input as AcmInput<'RequestCertificate'>,
    );
    return CertificateArn;
  }

  /** DescribeCertificate. */
  async describe(arn: string) {
    const { Certificate } = await this.call('DescribeCertificate', { CertificateArn: arn });
    if (Certificate === undefined) throw new Error('nothing is described');
    return Certificate;
  }

  /** Writes a custom domain that is given a certificate. */
  async domain(DomainName: string, CertificateArn: string): Promise<void> {
    this.domains.set(CertificateArn, [...(this.domains.get(CertificateArn) ?? []), DomainName]);
    const value = { DomainName, DomainNameConfigurations: [{ CertificateArn }] };
    await this.store.commit([{ op: 'put', key: domainKey(REGION, DomainName), value }]);
  }

  /** Messages of a level, with the facts beside them. */
  said(level: LogLine['level']): { readonly message: string; readonly fields: object }[] {
    const lines = this.lines.filter((line) => line.level === level);
    return lines.map(({ message, fields }) => ({ message, fields }));
  }

  async close(): Promise<void> {
    await this.service.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
