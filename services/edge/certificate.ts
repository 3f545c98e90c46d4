// Makes certificates; what strict verifiers want (RFC 5280, CPython's VERIFY_X509_STRICT, Chromium) is all in here.
import 'reflect-metadata';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonName } from '@peculiar/x509';
import type { KeyAlgorithm } from '#shared/model/certificates.ts';

/** Times in epoch milliseconds; certificates keep whole seconds. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

/** A new certificate: who signs (with a P-256 key), for whom, for how long. Keys are PKCS #8 PEM. */
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

const newPair = promisify(generateKeyPair);
const newRsa = (modulusLength: number) => (): Promise<{ privateKey: KeyObject }> =>
  newPair('rsa', { modulusLength });
const newEc = (namedCurve: string) => (): Promise<{ privateKey: KeyObject }> =>
  newPair('ec', { namedCurve });

const KEY_MAKERS: Readonly<Record<KeyAlgorithm, () => Promise<{ privateKey: KeyObject }>>> = {
  RSA_2048: newRsa(2048),
  RSA_3072: newRsa(3072),
  RSA_4096: newRsa(4096),
  EC_prime256v1: newEc('prime256v1'),
  EC_secp384r1: newEc('secp384r1'),
  EC_secp521r1: newEc('secp521r1'),
};

/** A new private key, PKCS #8 PEM. */
export async function newKey(algorithm: KeyAlgorithm = 'EC_prime256v1'): Promise<string> {
  const { privateKey } = await KEY_MAKERS[algorithm]();
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
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
  const own = createPublicKey(request.key);
  const publicKey = new PublicKey(own.export({ type: 'spki', format: 'der' }));
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [(request.names[0] ?? '').slice(0, COMMON_NAME_LENGTH)] }],
    issuer: authorityName(request.caKey),
    publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(request.from),
    notAfter: new Date(request.until),
    extensions: [
      new KeyUsagesExtension(keyUsages(own), true),
      ...(await leafExtensions(publicKey, authority.publicKey, request.names)),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** RSA keys may be asked to unwrap a session's key in TLS 1.2. */
function keyUsages({ asymmetricKeyType }: KeyObject): KeyUsageFlags {
  const { digitalSignature, keyEncipherment } = KeyUsageFlags;
  return asymmetricKeyType === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature;
}

async function leafExtensions(
  publicKey: PublicKey,
  authorityKey: webcrypto.CryptoKey,
  names: readonly string[],
): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(false, undefined, true),
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
