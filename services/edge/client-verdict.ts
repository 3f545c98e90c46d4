// Whether a client's certificate is trusted by a custom domain's truststore, beyond what the handshake has proved.
import { X509Certificate } from 'node:crypto';
import type { Truststore } from '#shared/model/certificates.ts';
import { Authorities, weaknessOf } from '#shared/stage/truststore.ts';

/** What OpenSSL found; `error` is its code when the certificate is not trusted. */
export interface HandshakeResult {
  readonly certificate: X509Certificate;
  readonly authorized: boolean;
  readonly error: string;
}

/** AWS's sentences in execution logs (repost.aws: api-gateway-mutual-tls-403-errors) for OpenSSL's codes. */
const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self signed certificate',
  CA_MD_TOO_WEAK: 'Client cert using an insecure Signature Algorithm',
  EE_KEY_TOO_SMALL: 'Client cert using an insecure Signature Algorithm',
  CERT_HAS_EXPIRED: 'Client cert is expired',
  CERT_NOT_YET_VALID: 'Client cert is not valid yet',
  INVALID_PURPOSE: 'Client cert is not for client authentication',
};
const NO_ISSUER = 'Could not find issuer for certificate';

/** Truststores in use, each parsed once. */
const parsed = new WeakMap<Truststore, Authorities>();

/**
 * Why a certificate is refused; `undefined`: it is trusted. OpenSSL has checked signatures, dates and usage up to a
 * self-signed certificate of the truststore; AWS also wants every authority of the chain to be in the truststore, at
 * most four of them, and strong algorithms (AWS guide: http-api-mutual-tls). Revocation is not checked.
 */
export function refusalOf(result: HandshakeResult, truststore: Truststore): string | undefined {
  const { certificate, authorized, error } = result;
  if (!authorized) return REASONS[error] ?? (error === '' ? NO_ISSUER : `${NO_ISSUER} (${error})`);
  if (weaknessOf(certificate) !== undefined) return REASONS['CA_MD_TOO_WEAK'];
  return authoritiesOf(truststore).chainOf(certificate) === undefined ? NO_ISSUER : undefined;
}

function authoritiesOf(truststore: Truststore): Authorities {
  let authorities = parsed.get(truststore);
  if (authorities === undefined) {
    const certificates = (truststore.certificates ?? []).map((pem) => new X509Certificate(pem));
    authorities = new Authorities(certificates);
    parsed.set(truststore, authorities);
  }
  return authorities;
}
