// Certificate authorities and client certificates for tests: any chain, age, usage and strength.
import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

type Algorithm =
  webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { readonly hash: string });

const STRONG = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** RSA keys of a length, signing with a hash. */
export function rsa(modulusLength: number, hash: string): Algorithm {
  const publicExponent = new Uint8Array([1, 0, 1]);
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent, hash };
}

/** How a certificate differs from a strong one of now that may be used for everything. */
export interface PkiOptions {
  readonly algorithm?: Algorithm;
  readonly serialNumber?: string;
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
  /** `server`: says that it is for servers only. */
  readonly usage?: 'server';
  /** DNS names, as alternative names. */
  readonly names?: readonly string[];
}

/** A key with its certificate, PEM; `issue` makes others that it signs. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  issue(
    subject: string,
    options?: PkiOptions & { readonly authority?: boolean },
  ): Promise<Identity>;
}

const DAY_MS = 86_400_000;

/** A self-signed authority; `subject` in the form `C=US, CN=name`. */
export function rootAuthority(subject: string, options: PkiOptions = {}): Promise<Identity> {
  return make(subject, { ...options, authority: true });
}

interface Signer {
  readonly subject: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly algorithm: Algorithm;
}

function alternatives(names: readonly string[] | undefined): SubjectAlternativeNameExtension[] {
  if (names === undefined) return [];
  const entries = names.map((value) => ({ type: 'dns' as const, value }));
  return [new SubjectAlternativeNameExtension(entries)];
}

async function make(
  subject: string,
  options: PkiOptions & { readonly authority?: boolean },
  signer?: Signer,
): Promise<Identity> {
  const { algorithm = STRONG, authority = false, from = -1, until = 30, serialNumber } = options;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const own: Signer = { subject, keys, algorithm };
  const by = signer ?? own;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: by.subject,
    publicKey: keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: by.algorithm,
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + until * DAY_MS),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    extensions: [
      new BasicConstraintsExtension(authority, undefined, true),
      ...alternatives(options.names),
      ...(options.usage === undefined
        ? []
        : [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth])]),
    ],
  });
  return {
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `${certificate.toString('pem')}\n`,
    issue: (name, more = {}) => make(name, more, own),
  };
}
