// Custom domains of the data plane: which stage of which api a host and the beginning of a path stand for.
import type { Bus } from '#shared/model/bus.ts';
import type { ClientTrust, Truststore } from '#shared/model/certificates.ts';
import type { ApiMappingRecord, DomainNameRecord } from '#shared/model/records.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { domainKey, domainNameKey, mappingsOf } from '#shared/store/keys.ts';
import { Follower } from './follower.ts';
import { Lanes } from './lanes.ts';
import { readBundle } from './truststore.ts';

/** Bus topic on which changes of custom domains and their mappings are announced; messages are JSON of `DomainChanged`. */
export const DOMAIN_CHANGED = 'domain.changed';

/** The receiver reads the domain and its mappings again (absent: it was deleted). */
export interface DomainChanged {
  readonly domainName: string;
}

const LOADS_AT_ONCE = 16;

/** What the domains are made of. */
export interface DomainOptions {
  readonly store: ResourceStore;
  /** Has the truststores. */
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A stage that a domain stands for. */
export interface DomainTarget {
  readonly apiId: string;
  readonly stageName: string;
  /** Path after the mapping's key, with its leading slash; empty when nothing follows. */
  readonly rest: string;
  /** The key has several levels: header names are made lower case (AWS guide: websocket-api-mappings, "Restrictions"). */
  readonly lowersHeaderNames: boolean;
}

/** One api mapping; `prefix` is its key with a leading slash, empty for the domain as a whole. */
interface Mapping {
  readonly prefix: string;
  readonly apiId: string;
  readonly stageName: string;
}

/** A domain as requests and handshakes need it. */
interface Domain {
  /** Longest prefix first. */
  readonly mappings: readonly Mapping[];
  readonly certificateArn: string | undefined;
  /** What clients must prove; absent: nothing. */
  readonly truststore?: Truststore;
}

/**
 * The custom domains. `start` subscribes to changes, then loads; both may be called again. A path goes to the mapping
 * with the longest key that its first segments are (AWS guide: rest-api-mappings, "Routing requests").
 */
export class CustomDomains implements ClientTrust {
  readonly #store: ResourceStore;
  readonly #blobs: Pick<BlobStore, 'get'>;
  readonly #logger: Logger;
  readonly #follower: Follower<DomainChanged>;
  readonly #lanes = new Lanes();
  /** By domain name in lower case. */
  readonly #domains = new Map<string, Domain>();
  #asksForCertificates = false;

  constructor(options: DomainOptions) {
    this.#store = options.store;
    this.#blobs = options.blobs;
    this.#logger = options.logger;
    this.#follower = new Follower<DomainChanged>({
      ...options,
      topic: DOMAIN_CHANGED,
      members: ['domainName'],
      refresh: ({ domainName }) => this.refresh(domainName),
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

  /** Reads all domains again. */
  async load(): Promise<void> {
    const { items } = await this.#store.list(domainNameKey('').partition);
    const names = new Set([...items.map(({ key }) => key.sort), ...this.#domains.keys()]).values();
    const worker = async (): Promise<void> => {
      for (const name of names) await this.refresh(name);
    };
    await Promise.all(Array.from({ length: LOADS_AT_ONCE }, worker));
  }

  /** Reads one domain again; sees whatever was written before the call. */
  refresh(domainName: string): Promise<void> {
    return this.#lanes.run(domainName, () => this.#reload(domainName));
  }

  /** All custom domain names. */
  get names(): readonly string[] {
    return [...this.#domains.keys()];
  }

  /** Whether `name`, without a port, is a custom domain or below a wildcard one. */
  owns(name: string): boolean {
    return this.#domain(name.toLowerCase()) !== undefined;
  }

  /** ARN of the certificate that the domain of `name`, without a port, was given. */
  certificateOf(name: string): string | undefined {
    return this.#domain(name.toLowerCase())?.certificateArn;
  }

  get asksForCertificates(): boolean {
    return this.#asksForCertificates;
  }

  truststoreOf(host: string): Truststore | undefined {
    return this.#asksForCertificates ? this.#domain(hostName(host))?.truststore : undefined;
  }

  /** Names of the domains that were given the certificate `arn`. */
  namesWith(arn: string): string[] {
    const domains = [...this.#domains];
    return domains.filter(([, domain]) => domain.certificateArn === arn).map(([name]) => name);
  }

  /** What `host`, with or without a port, and `path` stand for. */
  find(host: string, path: string): DomainTarget | undefined {
    if (this.#domains.size === 0) return undefined;
    const domain = this.#domain(hostName(host));
    const found = domain?.mappings.find(({ prefix }) => isBelow(path, prefix));
    if (found === undefined) return undefined;
    const { apiId, stageName, prefix } = found;
    const lowersHeaderNames = prefix.includes('/', 1);
    return { apiId, stageName, rest: path.slice(prefix.length), lowersHeaderNames };
  }

  /** A wildcard stands for one label. */
  #domain(name: string): Domain | undefined {
    return this.#domains.get(name) ?? this.#domains.get(`*${name.slice(name.indexOf('.'))}`);
  }

  async #reload(domainName: string): Promise<void> {
    const name = domainName.toLowerCase();
    const held = await this.#store.get<{ region: string }>(domainNameKey(domainName));
    const record = held && (await this.#record(held.value.region, domainName));
    // Without its record nobody knows whom a domain lets in.
    if (record === undefined) return this.#set(name, undefined);
    const mappings = await this.#mappings(domainName);
    const domain = { mappings, certificateArn: certificateArnOf(record) };
    const hash = record.MutualTlsAuthentication?.Truststore;
    if (hash === undefined) return this.#set(name, domain);
    try {
      const read = this.#loaded(hash) ?? (await this.#truststore(hash));
      // Another domain may have come by the same meanwhile, and one content is one object.
      this.#set(name, { ...domain, truststore: this.#loaded(hash) ?? read });
    } catch (error) {
      this.#set(name, { ...domain, truststore: { hash } });
      throw error;
    }
  }

  async #record(region: string, domainName: string): Promise<DomainNameRecord | undefined> {
    return (await this.#store.get<DomainNameRecord>(domainKey(region, domainName)))?.value;
  }

  /** Longest prefix first. */
  async #mappings(domainName: string): Promise<Mapping[]> {
    const { items } = await this.#store.list<ApiMappingRecord>(mappingsOf(domainName));
    const mappings = items.map(({ value: { ApiMappingKey: key, ApiId, Stage } }) => ({
      prefix: key === '' ? '' : `/${key}`,
      apiId: ApiId,
      stageName: Stage,
    }));
    return mappings.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** The truststore as some domain has it already. */
  #loaded(hash: string): Truststore | undefined {
    for (const { truststore } of this.#domains.values()) {
      if (truststore?.hash === hash && truststore.certificates !== undefined) return truststore;
    }
    return undefined;
  }

  /** A new one; it lets nobody in when its bundle is not there. */
  async #truststore(hash: string): Promise<Truststore> {
    const bytes = await this.#blobs.get(hash);
    const { certificates } = readBundle(bytes?.toString('latin1') ?? '');
    if (certificates.length > 0) {
      return { hash, certificates: certificates.map((certificate) => certificate.toString()) };
    }
    this.#logger.error('a truststore cannot be loaded: its domains refuse every client', { hash });
    return { hash };
  }

  #set(name: string, domain: Domain | undefined): void {
    if (domain === undefined) this.#domains.delete(name);
    else this.#domains.set(name, domain);
    const domains = [...this.#domains.values()];
    this.#asksForCertificates = domains.some(({ truststore }) => truststore !== undefined);
  }
}

/** The name of a host with or without a port, as the domains are kept. */
function hostName(host: string): string {
  const colon = host.indexOf(':');
  return (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
}

/** The record's configurations are kept as the SDK's inputs are. */
function certificateArnOf(record: DomainNameRecord | undefined): string | undefined {
  const [configuration] = (record?.DomainNameConfigurations ?? []) as readonly {
    readonly CertificateArn?: string;
  }[];
  return configuration?.CertificateArn;
}

/** Whether `path` is `prefix` or goes on below it. */
function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}
