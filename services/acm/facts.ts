// What Certificate Manager tells of a certificate, read from the certificate itself.
import 'reflect-metadata';
import { X509Certificate as NodeCertificate, type KeyObject } from 'node:crypto';
import {
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509';
import type { CertificateFacts } from '#shared/model/certificates.ts';

/** AWS: KeyUsage of CertificateDetail, by the flags of RFC 5280, section 4.2.1.3. */
const KEY_USAGES: readonly (readonly [KeyUsageFlags, string])[] = [
  [KeyUsageFlags.digitalSignature, 'DIGITAL_SIGNATURE'],
  [KeyUsageFlags.nonRepudiation, 'NON_REPUDIATION'],
  [KeyUsageFlags.keyEncipherment, 'KEY_ENCIPHERMENT'],
  [KeyUsageFlags.dataEncipherment, 'DATA_ENCIPHERMENT'],
  [KeyUsageFlags.keyAgreement, 'KEY_AGREEMENT'],
  [KeyUsageFlags.keyCertSign, 'CERTIFICATE_SIGNING'],
  [KeyUsageFlags.cRLSign, 'CRL_SIGNING'],
  [KeyUsageFlags.encipherOnly, 'ENCIPHER_ONLY'],
  [KeyUsageFlags.decipherOnly, 'DECIPHER_ONLY'],
];

/** AWS: ExtendedKeyUsageName by object identifier. */
const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION',
  '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION',
  '1.3.6.1.5.5.7.3.5': 'IPSEC_END_SYSTEM',
  '1.3.6.1.5.5.7.3.6': 'IPSEC_TUNNEL',
  '1.3.6.1.5.5.7.3.7': 'IPSEC_USER',
  '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING',
  '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING',
  '2.5.29.37.0': 'ANY',
};

/** `RSA_2048`, `EC_prime256v1`, …; of other keys OpenSSL's name. */
export function keyAlgorithmOf(key: KeyObject): string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return `RSA_${details?.modulusLength ?? 0}`;
  return type === 'ec' ? `EC_${details?.namedCurve ?? ''}` : (type ?? 'unknown');
}

/** What is in a certificate, PEM. Throws for one that cannot be read. */
export function factsOf(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  const { serialNumber, signatureAlgorithm } = new NodeCertificate(pem);
  const { issuerName, subjectName } = certificate;
  const [issuer = certificate.issuer] = [...issuerName.getField('O'), ...issuerName.getField('CN')];
  const alternatives = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const dns = alternatives.filter(({ type }) => type === 'dns').map(({ value }) => value);
  const Names = dns.length > 0 ? dns : subjectName.getField('CN');
  return {
    Names,
    DomainName: subjectName.getField('CN')[0] ?? Names[0] ?? '',
    Serial: (serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    Subject: certificate.subject.replaceAll(', ', ','),
    Issuer: issuer,
    SignatureAlgorithm: signatureName(signatureAlgorithm ?? ''),
    ...usagesOf(certificate),
  };
}

function usagesOf(
  certificate: X509Certificate,
): Pick<CertificateFacts, 'KeyUsages' | 'ExtendedKeyUsages'> {
  const flags = certificate.getExtension(KeyUsagesExtension)?.usages;
  const extended = certificate.getExtension(ExtendedKeyUsageExtension)?.usages;
  const named = KEY_USAGES.filter(([flag]) => ((flags ?? 0) & flag) !== 0);
  return {
    KeyUsages: flags === undefined ? ['ANY'] : named.map(([, name]) => name),
    ExtendedKeyUsages: (extended ?? []).map((OID) => ({
      Name: EXTENDED_KEY_USAGES[String(OID)] ?? 'CUSTOM',
      OID: String(OID),
    })),
  };
}

/** OpenSSL's `sha256WithRSAEncryption`, `ecdsa-with-SHA256` as Certificate Manager writes them. */
function signatureName(name: string): string {
  const [, hash] = /sha-?(\d+)/i.exec(name) ?? [];
  if (hash === undefined) return name.toUpperCase();
  return `SHA${hash}WITH${/ecdsa/i.test(name) ? 'ECDSA' : 'RSA'}`;
}
