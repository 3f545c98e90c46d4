// Checks a certificate, its private key and its chain before they are stored (AWS user guide: import-certificate-prerequisites).
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CertificateFacts } from '#shared/model/certificates.ts';
import { invalid } from './faults.ts';
import { factsOf, keyAlgorithmOf } from './facts.ts';
import { certificatesOf, pemBlocks } from './pem.ts';

/** What was given, as text. `chain` may be empty. */
export interface GivenMaterial {
  readonly certificate: string;
  readonly key: string;
  readonly chain: string;
}

/** A certificate that fits its key and its chain; everything PEM, nothing but the blocks. */
export interface Material {
  readonly certificate: string;
  readonly key: string;
  readonly chain: string;
  readonly keyAlgorithm: string;
  /** Lower-case hex SHA-256. */
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly facts: CertificateFacts;
}

/** What differs between an import by the API and one of files. */
export interface MaterialRules {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether one that did not sign itself must come with a chain. */
  readonly needsChain: boolean;
}

/** AWS: certificate-characteristics, "Key algorithms" of imported certificates. */
const KEY_ALGORITHMS = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
];

const UNREADABLE = 'Unable to parse certificate. Please ensure the certificate is in PEM format.';

/** Longest chain, in certificates. */
const LONGEST_CHAIN = 10;

/** Throws ValidationException, in AWS's words where they are known, for what may not be imported. */
export function checkMaterial(given: GivenMaterial, { now, needsChain }: MaterialRules): Material {
  const certificate = onlyCertificate(given.certificate);
  const key = privateKey(given.key);
  const keyAlgorithm = supported(key);
  if (!isPair(certificate, key)) {
    throw invalid('The private key does not match the certificate.');
  }
  checkValidity(certificate, 'certificate', now);
  const chain = chainOf(given.chain);
  checkChain(certificate, chain, { now, needsChain });
  const material = {
    certificate: certificate.toString(),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: chain.map(String).join(''),
    keyAlgorithm,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    facts: readFacts(certificate),
  };
  checkServable(material);
  return material;
}

/** Certificates of a file in which the server's own comes first, as certbot's `fullchain.pem` is: that one, and the others. */
export function splitFullChain(text: string): { certificate: string; chain: string } {
  const [first, ...others] = pemBlocks(text).filter(({ label }) => label.endsWith('CERTIFICATE'));
  return { certificate: first?.text ?? '', chain: others.map((block) => block.text).join('') };
}

function onlyCertificate(text: string): X509Certificate {
  const [certificate, another] = parsed(text);
  if (certificate === undefined) throw invalid(UNREADABLE);
  if (another !== undefined) {
    throw invalid(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    );
  }
  return certificate;
}

/** OpenSSL takes more than one reader does. */
function readFacts(certificate: X509Certificate): CertificateFacts {
  try {
    return factsOf(certificate.toString());
  } catch {
    // Its reasons are of the encoding and help nobody.
    throw invalid(UNREADABLE);
  }
}

/** None where a block is broken. */
function parsed(text: string): X509Certificate[] {
  try {
    return certificatesOf(text);
  } catch {
    // The caller says that the text is no certificate; OpenSSL's reasons help nobody.
    return [];
  }
}

function privateKey(text: string): KeyObject {
  const block = pemBlocks(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  const encrypted = block?.label.startsWith('ENCRYPTED') || block?.text.includes('ENCRYPTED');
  if (encrypted === true) throw invalid('Your private key should not be encrypted.');
  if (block === undefined) throw invalid('The private key is not supported.');
  try {
    return createPrivateKey(block.text);
  } catch {
    // A reason of OpenSSL's could show a part of the key.
    throw invalid('The private key is not supported.');
  }
}

function supported(key: KeyObject): string {
  const algorithm = keyAlgorithmOf(key);
  if (KEY_ALGORITHMS.includes(algorithm)) return algorithm;
  const [, bits] = /^RSA_(\d+)$/.exec(algorithm) ?? [];
  if (bits === undefined) throw invalid('The private key is not supported.');
  throw invalid(`The private key length ${bits} is not supported for key algorithm RSA.`);
}

function isPair(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    // Keys of two kinds.
    return false;
  }
}

function checkValidity(certificate: X509Certificate, what: string, now: number): void {
  if (certificate.validToDate.getTime() <= now) {
    throw invalid(`The ${what} has expired, is not valid.`);
  }
  if (certificate.validFromDate.getTime() > now) {
    throw invalid(`The ${what} is not in effect yet, is not valid.`);
  }
}

function chainOf(text: string): X509Certificate[] {
  const chain = parsed(text);
  if (text.trim() !== '' && chain.length === 0) {
    throw invalid('The certificate chain provided is not in a valid PEM format.');
  }
  if (chain.length <= LONGEST_CHAIN) return chain;
  throw invalid(`The certificate chain has more than ${LONGEST_CHAIN} certificates.`);
}

function checkChain(
  certificate: X509Certificate,
  chain: readonly X509Certificate[],
  { now, needsChain }: MaterialRules,
): void {
  if (chain.length === 0) {
    if (!needsChain || selfSigned(certificate)) return;
    throw invalid(
      'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
    );
  }
  const wrong = chain.findIndex((issuer, at) => {
    const below = at === 0 ? certificate : chain[at - 1];
    return below === undefined || !issuer.ca || !signed(below, issuer);
  });
  if (wrong >= 0) {
    throw invalid(
      `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${wrong}`,
    );
  }
  for (const issuer of chain) checkValidity(issuer, 'certificate chain', now);
}

function signed(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && verified(certificate, issuer);
}

/** Whatever keys and signatures there may be: those that this library does not know have signed nothing. */
function verified(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Whatever usages it names: such a certificate is its own trust anchor. */
function selfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && verified(certificate, certificate);
}

/** What this TLS library would not serve (keys of 1024 bits, SHA-1) is better refused now than at a handshake. */
function checkServable({ certificate, key, chain }: Material): void {
  try {
    createSecureContext({ key, cert: certificate + chain });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`The certificate cannot be served over TLS 1.2: ${reason}`);
  }
}
