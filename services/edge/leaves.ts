// Which certificate a TLS handshake gets: by server name, made when first asked for, kept, renewed and bounded.
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { ServerPair } from '#shared/model/certificates.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { CertificateAuthority, Leaf } from './ca.ts';

/** How leaves are chosen. */
export interface LeavesOptions {
  readonly authority: CertificateAuthority;
  readonly logger: Logger;
  /** Names and addresses of the default leaf beside `localhost`, `127.0.0.1` and `::1`. */
  readonly names?: readonly string[];
  /** Whether a name has a leaf of its own: custom domains. */
  readonly owns?: (serverName: string) => boolean;
  /** The stored certificate of a custom domain's name; `undefined`: the authority makes a leaf for it. */
  readonly stored?: (serverName: string) => ServerPair | undefined;
  /** Most contexts kept at once. */
  readonly bound?: number;
  /** Certificates live by the wall clock, whatever moves the node's. */
  readonly now?: () => number;
}

interface Kept extends ServerPair {
  readonly leaf: Leaf;
}

const LOCAL = ['localhost', '127.0.0.1', '::1'] as const;
const BOUND = 256;
const MARK = '.execute-api.';
const ZONES = ['localhost', 'amazonaws.com'] as const;
const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$/;
const LOCAL_NAME = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.localhost$/;
const DNS_NAME = /^[a-z0-9_.-]{1,253}$/;

/**
 * The name on the leaf for `serverName`: `*.execute-api.{region}.localhost` and `….amazonaws.com`, or the name itself
 * for `name.localhost` (clients refuse the wildcard `*.localhost`); `undefined` means the default leaf.
 */
export function leafName(serverName: string): string | undefined {
  const name = serverName.toLowerCase();
  const dot = name.indexOf('.');
  if (dot <= 0) return undefined;
  if (!name.startsWith(MARK, dot)) return LOCAL_NAME.test(name) ? name : undefined;
  const end = name.indexOf('.', dot + MARK.length);
  const zone = ZONES.find((candidate) => candidate === name.slice(end + 1));
  if (zone === undefined || !REGION.test(name.slice(dot + MARK.length, end))) return undefined;
  return `*${name.slice(dot)}`;
}

/** TLS contexts of a node's listeners. */
export class Leaves {
  readonly #authority: CertificateAuthority;
  readonly #logger: Logger;
  readonly #names: readonly string[];
  readonly #owns: (serverName: string) => boolean;
  readonly #stored: (serverName: string) => ServerPair | undefined;
  readonly #bound: number;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  readonly #making = new Map<string, Promise<Kept>>();
  #default: Leaf | undefined;

  constructor(options: LeavesOptions) {
    this.#authority = options.authority;
    this.#logger = options.logger;
    this.#names = [...new Set([...LOCAL, ...(options.names ?? [])])];
    this.#owns = options.owns ?? (() => false);
    this.#stored = options.stored ?? (() => undefined);
    this.#bound = options.bound ?? BOUND;
    this.#now = options.now ?? Date.now;
  }

  /** Contexts now kept beside the default one. */
  get size(): number {
    return this.#kept.size;
  }

  /** The default leaf, renewed when it is due. */
  async defaultLeaf(): Promise<Leaf> {
    if (this.#default === undefined || this.#default.renewAt <= this.#now()) {
      this.#default = await this.#authority.defaultLeaf(this.#names);
    }
    return this.#default;
  }

  /**
   * What a handshake with this server name is served with; `undefined`: the listener's default leaf. A stored
   * certificate is served as it is, also when it has expired; a due leaf serves on until its successor is made.
   */
  served(serverName: string): ServerPair | undefined | Promise<ServerPair> {
    const own = this.#ownName(serverName);
    const pair = own === undefined ? undefined : this.#stored(own);
    if (pair !== undefined) return pair;
    const name = leafName(serverName) ?? own;
    if (name === undefined) return undefined;
    const kept = this.#kept.get(name);
    if (kept === undefined || kept.leaf.expiresAt <= this.#now()) return this.#made(name);
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    if (kept.leaf.renewAt <= this.#now()) this.#renewBehind(name);
    return kept;
  }

  /** The context of `served`. */
  context(serverName: string): SecureContext | undefined | Promise<SecureContext> {
    const served = this.served(serverName);
    return served instanceof Promise ? served.then(({ context }) => context) : served?.context;
  }

  #ownName(serverName: string): string | undefined {
    const name = serverName.toLowerCase();
    return DNS_NAME.test(name) && this.#owns(name) ? name : undefined;
  }

  #renewBehind(name: string): void {
    if (this.#making.has(name)) return;
    this.#made(name).catch((error: unknown) => {
      this.#logger.error('a certificate cannot be renewed; the old one serves on', { name, error });
    });
  }

  #made(name: string): Promise<ServerPair> {
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.#make(name).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    return making;
  }

  async #make(name: string): Promise<Kept> {
    const leaf = await this.#authority.issue([name]);
    const { key, cert } = leaf;
    const made = { leaf, key, cert, context: createSecureContext({ key, cert }) };
    this.#kept.delete(name);
    this.#kept.set(name, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#bound && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}
