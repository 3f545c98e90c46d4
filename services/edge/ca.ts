// The local certificate authority: made on first start, kept in a folder that several processes may share.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  CertificateIssuer,
  IssuedCertificate,
  KeyAlgorithm,
} from '#shared/model/certificates.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import { createOnce, readOr, replaceWhole } from '#shared/runtime/whole-file.ts';
import { newKey, signAuthority, signLeaf } from './certificate.ts';

/** A server's key and certificate, PEM. */
export interface Leaf {
  readonly key: string;
  readonly cert: string;
  readonly names: readonly string[];
  /** Epoch milliseconds from which it should be replaced. */
  readonly renewAt: number;
  /** Epoch milliseconds at which it ends. */
  readonly expiresAt: number;
}

/** Certificates live by the wall clock, whatever moves the node's. */
export interface AuthorityOptions {
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 90;
/** A certificate begins before it is made: clients' clocks may be behind. */
const BACKDATED_DAYS = 1;
/** A leaf is replaced when a third of its time is left. */
const RENEW_SHARE = 2 / 3;

/**
 * Opens the authority in `folder`, made with all it needs where nothing is there: `ca.pem`, `ca.key` (mode 0600) and
 * `localhost.pem` (the default leaf with its key, 0600), each put in place whole, so that two processes starting at
 * once end up with one authority. Throws `StartError` for files that cannot be read, do not fit together or are broken.
 */
export async function openAuthority(
  folder: string,
  options: AuthorityOptions = {},
): Promise<CertificateAuthority> {
  const now = options.now ?? Date.now;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const key = await ownKey(folder);
    const authority = new CertificateAuthority(folder, key, now);
    await authority.renew();
    return authority;
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError('--ca', `the CA folder ${folder} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** Issues leaves. Made by `openAuthority`. */
export class CertificateAuthority implements CertificateIssuer {
  /** Absolute or as given: what clients are told to trust. */
  readonly certPath: string;
  readonly #folder: string;
  readonly #key: string;
  readonly #now: () => number;
  /** One key for all leaves that live in memory only: making keys costs more than signing. */
  #leafKey: Promise<string> | undefined;
  #cert = '';
  #validity = { from: 0, until: 0 };

  constructor(folder: string, key: string, now: () => number) {
    this.#folder = folder;
    this.#key = key;
    this.#now = now;
    this.certPath = join(folder, 'ca.pem');
  }

  /** The authority's certificate, PEM. */
  get cert(): string {
    return this.#cert;
  }

  /** Makes the authority's certificate where there is none, and anew (of the same key) where it has expired. */
  async renew(): Promise<void> {
    const found = await readOr(this.certPath);
    if (found === undefined) await createOnce(this.certPath, await this.#selfSign(), 0o644);
    this.#accept(found ?? (await readFile(this.certPath, 'utf8')));
    if (!this.#expired()) return;
    await replaceWhole(this.certPath, await this.#selfSign(), 0o644);
    this.#accept(await readFile(this.certPath, 'utf8'));
  }

  /** A new leaf for `names`, in memory only. */
  async issue(names: readonly string[]): Promise<Leaf> {
    this.#leafKey ??= newKey();
    return this.#sign(await this.#leafKey, names);
  }

  /** A certificate for `names` with a key of its own. */
  async issueWith(algorithm: KeyAlgorithm, names: readonly string[]): Promise<IssuedCertificate> {
    const { key, cert, renewAt } = await this.#sign(await newKey(algorithm), names);
    return { key, cert, chain: this.#cert, renewAt };
  }

  /**
   * The leaf that is kept in the folder, so that a browser's accepted certificate outlives a restart. Made anew when it
   * is broken, due, of another authority, or lacks one of `names`.
   */
  async defaultLeaf(names: readonly string[]): Promise<Leaf> {
    const path = join(this.#folder, 'localhost.pem');
    const kept = await readOr(path);
    const leaf = kept === undefined ? undefined : this.#parseLeaf(kept);
    if (leaf !== undefined && leaf.renewAt > this.#now() && covers(leaf, names)) return leaf;
    const made = await this.#sign(await newKey(), names);
    await replaceWhole(path, made.key + made.cert, 0o600);
    return made;
  }

  async #sign(key: string, names: readonly string[]): Promise<Leaf> {
    if (this.#expired()) await this.renew();
    const now = wholeSeconds(this.#now());
    const from = Math.max(now - BACKDATED_DAYS * DAY_MS, this.#validity.from);
    const until = Math.min(now + LEAF_DAYS * DAY_MS, this.#validity.until);
    const cert = await signLeaf({ caKey: this.#key, key, names, from, until });
    return { key, cert, names, renewAt: renewAt(from, until), expiresAt: until };
  }

  #selfSign(): Promise<string> {
    const from = wholeSeconds(this.#now()) - BACKDATED_DAYS * DAY_MS;
    return signAuthority(this.#key, { from, until: from + AUTHORITY_DAYS * DAY_MS });
  }

  #accept(pem: string): void {
    const certificate = parsed(pem, this.certPath);
    if (!certificate.ca || !certificate.checkPrivateKey(createPrivateKey(this.#key))) {
      const message = `${this.certPath} is not the CA certificate of ca.key beside it; put back the right pair or remove both`;
      throw new StartError('--ca', message);
    }
    this.#cert = pem;
    this.#validity = {
      from: certificate.validFromDate.getTime(),
      until: certificate.validToDate.getTime(),
    };
  }

  /** A day early: a leaf must have time to live. */
  #expired(): boolean {
    return this.#validity.until - DAY_MS <= this.#now();
  }

  #parseLeaf(pem: string): Leaf | undefined {
    const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
    try {
      const [key, cert] = [pem.slice(0, at), pem.slice(at)];
      const certificate = new X509Certificate(cert);
      const ours = certificate.verify(new X509Certificate(this.#cert).publicKey);
      if (!ours || !certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
      const until = certificate.validToDate.getTime();
      const from = certificate.validFromDate.getTime();
      return {
        key,
        cert,
        names: namesOf(certificate),
        renewAt: renewAt(from, until),
        expiresAt: until,
      };
    } catch {
      // A leaf is cheap: whatever is wrong with the kept one, a new one takes its place.
      return undefined;
    }
  }
}

async function ownKey(folder: string): Promise<string> {
  const path = join(folder, 'ca.key');
  const found = await readOr(path);
  if (found === undefined) {
    if (
      (await readOr(join(folder, 'ca.pem'))) !== undefined &&
      (await readOr(path)) === undefined
    ) {
      const message = `${folder} has a ca.pem but no ca.key; put the key back or remove ca.pem`;
      throw new StartError('--ca', message);
    }
    await createOnce(path, await newKey(), 0o600);
  }
  const pem = found ?? (await readFile(path, 'utf8'));
  if (!isSigningKey(pem)) {
    const message = `${path} is not a P-256 private key in PEM; put back the right one or remove it with ca.pem`;
    throw new StartError('--ca', message);
  }
  return pem;
}

function isSigningKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function parsed(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    const message = `${path} is not a certificate in PEM; put back the right one, or remove it to make it anew`;
    throw new StartError('--ca', message, { cause: error });
  }
}

function covers(leaf: Leaf, names: readonly string[]): boolean {
  return names.every((name) => leaf.names.includes(name));
}

/** The names of a certificate's SAN; OpenSSL prints IPv6 addresses in their long form. */
function namesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? '').split(', ').map((entry) => {
    const name = entry.slice(entry.indexOf(':') + 1);
    return entry.startsWith('IP Address:') && name.includes(':')
      ? new URL(`https://[${name}]`).hostname.slice(1, -1)
      : name;
  });
}

/** Certificates have no milliseconds. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function renewAt(from: number, until: number): number {
  return from + (until - from) * RENEW_SHARE;
}
