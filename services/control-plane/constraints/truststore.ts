// What is wrong with a truststore: refused, or told as warnings while mutual TLS works with the rest (AWS guide: http-api-mutual-tls).
import type { X509Certificate } from 'node:crypto';
import { Authorities, isSelfIssued, readBundle, weaknessOf } from '#shared/stage/truststore.ts';
import { badRequest } from '../faults.ts';

/** Warnings that are kept; whoever has more has another problem. */
const MOST_WARNINGS = 100;

/**
 * The warnings about a bundle. Refuses with 400 one without any certificate, and one in which two issuers have
 * certified the same subject.
 */
export function checkTruststore(text: string): readonly string[] {
  const { certificates, unreadable } = readBundle(text);
  if (certificates.length === 0) {
    throw badRequest('The truststore must contain at least one certificate in PEM format.');
  }
  refuseConflicts(certificates);
  const authorities = new Authorities(certificates);
  const now = Date.now();
  const warnings = [
    ...unreadable.map((place) => `Certificate ${place} of the truststore cannot be read.`),
    ...certificates.flatMap((certificate) => {
      const flaw = flawOf(certificate, authorities, now);
      return flaw === undefined ? [] : [`Certificate ${nameOf(certificate)}: ${flaw}.`];
    }),
  ];
  return warnings.slice(0, MOST_WARNINGS);
}

function refuseConflicts(certificates: readonly X509Certificate[]): void {
  const issuers = new Map<string, string>();
  for (const certificate of certificates) {
    const { subject, issuer } = certificate;
    if ((issuers.get(subject) ?? issuer) !== issuer) {
      throw badRequest(
        `The certificate subject ${nameOf(certificate)} conflicts with an existing certificate from a different issuer.`,
      );
    }
    issuers.set(subject, issuer);
  }
}

function flawOf(
  certificate: X509Certificate,
  authorities: Authorities,
  now: number,
): string | undefined {
  const { validFromDate, validToDate, validFrom, validTo } = certificate;
  if (validToDate.getTime() < now) return `it expired on ${validTo}`;
  if (validFromDate.getTime() > now) return `it is not valid before ${validFrom}`;
  const weakness = weaknessOf(certificate);
  if (weakness !== undefined) return `its ${weakness}`;
  if (isSelfIssued(certificate)) return undefined;
  if (!certificate.ca) return 'it is neither a certificate authority nor self-signed';
  return authorities.chainOf(certificate) === undefined
    ? 'the truststore has no chain of at most four certificates from it to a root'
    : undefined;
}

/** As AWS writes distinguished names. */
function nameOf({ subject }: X509Certificate): string {
  return subject.split('\n').join(',');
}
