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

/** Whether a certificate names itself as its issuer. */
export function isSelfIssued(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer;
}

/** Most certificates of authorities in a chain, the client's own not counted (AWS guide: http-api-mutual-tls). */
const LONGEST_CHAIN = 4;

/** The certificates of a bundle as issuers of others, found by their names. */
export class Authorities {
  readonly #bySubject = new Map<string, X509Certificate[]>();

  constructor(certificates: readonly X509Certificate[]) {
    for (const certificate of certificates) {
      const { subject } = certificate;
      const same = this.#bySubject.get(subject);
      if (same === undefined) this.#bySubject.set(subject, [certificate]);
      else same.push(certificate);
    }
  }

  /**
   * The authorities that stand for `certificate`, from its issuer up to a self-signed root; `undefined` when one of
   * them is not in the bundle, or there are more than four: clients' own intermediate certificates do not count.
   */
  chainOf(certificate: X509Certificate): readonly X509Certificate[] | undefined {
    const chain: X509Certificate[] = [];
    let at = certificate;
    while (chain.length < LONGEST_CHAIN) {
      const issuer = this.#issuerOf(at);
      if (issuer === undefined) return undefined;
      chain.push(issuer);
      if (isSelfIssued(issuer)) return chain;
      at = issuer;
    }
    return undefined;
  }

  /** The certificate that has signed another, which may be itself. */
  #issuerOf(certificate: X509Certificate): X509Certificate | undefined {
    return this.#bySubject
      .get(certificate.issuer)
      ?.find(
        (candidate) =>
          certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey),
      );
  }
}
