// Makes certificates; what strict verifiers want (RFC 5280, CPython's VERIFY_X509_STRICT, Chromium) is all in here.
import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonName } from '@peculiar/x509';

/** Times in epoch milliseconds; certificates keep whole seconds. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

/** A new certificate: who signs, for whom, for how long. Keys are PKCS #8 PEM of P-256 keys. */
export interface LeafRequest extends Validity {
  readonly caKey: string;
  readonly key: string;
  /** DNS names and IP addresses; the first is the common name too. */
  readonly names: readonly string[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** RFC 5280 upper bound of a common name. */
const COMMON_NAME_LENGTH = 64;

/** A new P-256 private key, PKCS #8 PEM. */
export async function newKey(): Promise<string> {
  const pair = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return KeyObject.from(pair.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A certificate authority's own certificate, PEM. Its name carries a part of its key, so that two never look alike. */
export async function signAuthority(caKey: string, { from, until }: Validity): Promise<string> {
  const keys = pairOf(caKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: authorityName(caKey),
    keys,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(from),
    notAfter: new Date(until),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A server's certificate, PEM. */
export async function signLeaf(request: LeafRequest): Promise<string> {
  const authority = pairOf(request.caKey);
  const { publicKey } = pairOf(request.key);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [(request.names[0] ?? '').slice(0, COMMON_NAME_LENGTH)] }],
    issuer: authorityName(request.caKey),
    publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(request.from),
    notAfter: new Date(request.until),
    extensions: await leafExtensions(publicKey, authority.publicKey, request.names),
  });
  return `${certificate.toString('pem')}\n`;
}

async function leafExtensions(
  publicKey: webcrypto.CryptoKey,
  authorityKey: webcrypto.CryptoKey,
  names: readonly string[],
): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
    ),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(authorityKey),
  ];
}

function pairOf(pem: string): webcrypto.CryptoKeyPair {
  const privateKey = createPrivateKey(pem);
  return {
    privateKey: privateKey.toCryptoKey(ALGORITHM, false, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(ALGORITHM, true, ['verify']),
  };
}

function authorityName(caKey: string): JsonName {
  const spki = createPublicKey(caKey).export({ type: 'spki', format: 'der' });
  const mark = createHash('sha256').update(spki).digest('hex').slice(0, 8);
  return [{ CN: [`Postern local CA ${mark}`] }, { O: ['Postern'] }];
}
