// A client's certificate in the members and texts of AWS's events.
import type { X509Certificate } from 'node:crypto';
import type { ClientCert } from '#shared/model/connection.ts';

/** The certificate as `requestContext.identity.clientCert` has it. */
export function clientCertOf(certificate: X509Certificate): ClientCert {
  return {
    clientCertPem: certificate.toString(),
    subjectDN: distinguishedName(certificate.subject),
    issuerDN: distinguishedName(certificate.issuer),
    serialNumber: pairs(certificate.serialNumber),
    validity: { notBefore: certificate.validFrom, notAfter: certificate.validTo },
  };
}

/** Node writes one part a line, with its commas escaped, in the order of the certificate; AWS puts commas between. */
function distinguishedName(name: string): string {
  return name.split('\n').join(',');
}

function pairs(serial: string): string {
  const even = serial.length % 2 === 0 ? serial : `0${serial}`;
  return (even.toLowerCase().match(/../g) ?? []).join(':');
}
