// Bundles of certificates in PEM as custom domains trust them: reading them, and which algorithms are too weak.
import { X509Certificate } from 'node:crypto';

/** A bundle, read. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  /** Places, from 1, of blocks that are no certificates. */
  readonly unreadable: readonly number[];
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const LEAST_RSA_BITS = 2048;
const LEAST_CURVE_BITS = 256;
const CURVE_BITS = /(\d{3})/;
/** SHA-256 and stronger, Edwards curves included; RSASSA-PSS names its hash in parameters that Node does not show. */
const STRONG_SIGNATURE = /sha-?(256|384|512)|^ed(25519|448)$|rsassapss/i;

/** Reads every certificate of a bundle; text between them says nothing. */
export function readBundle(text: string): Bundle {
  const certificates: X509Certificate[] = [];
  const unreadable: number[] = [];
  for (const [at, block] of (text.match(BLOCK) ?? []).entries()) {
    const certificate = readCertificate(block);
    if (certificate === undefined) unreadable.push(at + 1);
    else certificates.push(certificate);
  }
  return { certificates, unreadable };
}

function readCertificate(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    // The caller tells which one it is.
    return undefined;
  }
}

/**
 * Why API Gateway does not trust what this certificate's key has signed, or how it was signed itself: SHA-256, RSA-2048
 * and ECDSA-256 or stronger (AWS guide: http-api-mutual-tls).
 */
export function weaknessOf(certificate: X509Certificate): string | undefined {
  const { signatureAlgorithm = '' } = certificate;
  if (!STRONG_SIGNATURE.test(signatureAlgorithm)) {
    return `signature algorithm ${signatureAlgorithm} is insecure`;
  }
  const { asymmetricKeyType = '', asymmetricKeyDetails = {} } = certificate.publicKey;
  const { modulusLength, namedCurve } = asymmetricKeyDetails;
  if (modulusLength !== undefined && modulusLength < LEAST_RSA_BITS) {
    return `key of ${modulusLength} bits is too short`;
  }
  const bits = Number(CURVE_BITS.exec(namedCurve ?? '')?.[1] ?? LEAST_CURVE_BITS);
  if (bits < LEAST_CURVE_BITS) return `key on curve ${namedCurve ?? ''} is too short`;
  return asymmetricKeyType === 'dsa' ? 'DSA keys are not supported' : undefined;
}

/** The certificate of the bundle that has signed `certificate`, which may be itself. */
export function issuerIn(
  certificate: X509Certificate,
  bundle: readonly X509Certificate[],
): X509Certificate | undefined {
  return bundle.find(
    (candidate) => certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey),
  );
}

/** Whether a certificate names itself as its issuer. */
export function isSelfIssued(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer;
}

/** Most certificates of authorities in a chain, the client's own not counted (AWS guide: http-api-mutual-tls). */
export const LONGEST_CHAIN = 4;

/**
 * The authorities that stand for `certificate`, from its issuer up to a self-signed root; `undefined` when one of them
 * is not in the bundle, or there are more than `LONGEST_CHAIN`: clients' own intermediate certificates do not count.
 */
export function chainOf(
  certificate: X509Certificate,
  bundle: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const chain: X509Certificate[] = [];
  let at = certificate;
  while (chain.length < LONGEST_CHAIN) {
    const issuer = issuerIn(at, bundle);
    if (issuer === undefined) return undefined;
    chain.push(issuer);
    if (isSelfIssued(issuer)) return chain;
    at = issuer;
  }
  return undefined;
}
