// Certificates become records: what was imported, requested or renewed, with its private key sealed.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type {
  CertificateFacts,
  CertificateIssuer,
  CertificateRecord,
  CertificateTag,
  IssuedCertificate,
  KeyAlgorithm,
} from '#shared/model/certificates.ts';
import type { CertificateName } from '#shared/runtime/certificate-arn.ts';
import type { Certificates } from './certificates.ts';
import { factsOf, keyAlgorithmOf } from './facts.ts';
import type { Material } from './material.ts';
import type { KeyVault } from './vault.ts';

/** Where records are made. */
export interface RecordMakers {
  readonly certificates: Certificates;
  readonly vault: KeyVault;
  /** Epoch milliseconds of the wall clock. */
  readonly now: () => number;
}

/** What a request asks the local authority for. */
export interface Wanted {
  readonly domainName: string;
  /** The domain name first. */
  readonly names: readonly string[];
  readonly keyAlgorithm: KeyAlgorithm;
}

/** What a certificate has beside itself. */
export type Beside = Partial<
  Pick<
    CertificateRecord,
    'Source' | 'ValidationMethod' | 'ValidationDomains' | 'TransparencyLogging' | 'ManagedBy'
  >
> & { readonly Tags: readonly CertificateTag[] };

/** Members of a record that a new certificate replaces. */
type Replaced = Pick<
  CertificateRecord,
  | keyof CertificateFacts
  | 'Certificate'
  | 'Chain'
  | 'ChainBlob'
  | 'SealedKey'
  | 'Fingerprint'
  | 'KeyAlgorithm'
  | 'NotBefore'
  | 'NotAfter'
  | 'IssuedAt'
>;

/** The record of an imported certificate; `before` is the one that it takes the place of. */
export async function importedRecord(
  name: CertificateName,
  material: Material,
  of: RecordMakers & { readonly before?: CertificateRecord; readonly beside: Beside },
): Promise<CertificateRecord> {
  return {
    ...without(of.before),
    CertificateId: name.id,
    Region: name.region,
    Type: 'IMPORTED',
    CreatedAt: of.before?.CreatedAt ?? of.now(),
    ...of.beside,
    ...(await replacedMembers(name, material, of)),
  };
}

/** The record of a certificate that the local authority makes now. */
export async function issuedRecord(
  name: CertificateName,
  wanted: Wanted,
  of: RecordMakers & { readonly issuer: CertificateIssuer; readonly beside: Beside },
): Promise<CertificateRecord> {
  const issued = await of.issuer.issueWith(wanted.keyAlgorithm, wanted.names);
  return {
    CertificateId: name.id,
    Region: name.region,
    Type: 'AMAZON_ISSUED',
    CreatedAt: of.now(),
    ...of.beside,
    ...(await replacedMembers(name, materialOf(issued), of)),
    DomainName: wanted.domainName,
    RenewAt: issued.renewAt,
  };
}

/** `before` with a new certificate of the same names, from the local authority. */
export async function renewedRecord(
  before: CertificateRecord,
  of: RecordMakers & { readonly issuer: CertificateIssuer },
): Promise<CertificateRecord> {
  const { Region: region, CertificateId: id, KeyAlgorithm: algorithm, Names } = before;
  const issued = await of.issuer.issueWith(algorithm as KeyAlgorithm, Names);
  const replaced = await replacedMembers({ region, id }, materialOf(issued), of);
  const { DomainName } = before;
  const renewed = { DomainName, RenewAt: issued.renewAt, RenewedAt: of.now() };
  return { ...without(before), ...replaced, ...renewed };
}

async function replacedMembers(
  name: CertificateName,
  material: Material,
  { certificates, vault, now }: RecordMakers,
): Promise<Replaced> {
  return {
    ...material.facts,
    Certificate: material.certificate,
    ...(await certificates.chainMembers(name, material.chain)),
    SealedKey: vault.seal(material.key, name.id),
    Fingerprint: material.fingerprint,
    KeyAlgorithm: material.keyAlgorithm,
    NotBefore: material.notBefore,
    NotAfter: material.notAfter,
    IssuedAt: now(),
  };
}

/** A chain that is no more must not stay. */
function without<Before extends CertificateRecord | undefined>(
  before: Before,
): Omit<Before, 'Chain' | 'ChainBlob'> {
  const members = Object.entries(before ?? {});
  return Object.fromEntries(
    members.filter(([name]) => name !== 'Chain' && name !== 'ChainBlob'),
  ) as Omit<Before, 'Chain' | 'ChainBlob'>;
}

function materialOf({ cert, key, chain }: IssuedCertificate): Material {
  const certificate = new X509Certificate(cert);
  return {
    ...{ certificate: cert, key, chain },
    keyAlgorithm: keyAlgorithmOf(createPublicKey(key)),
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    facts: factsOf(cert),
  };
}
