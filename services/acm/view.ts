// Certificates as DescribeCertificate and ListCertificates show them. The private key is in neither.
import { createHash } from 'node:crypto';
import type { CertificateRecord } from '#shared/model/certificates.ts';
import { statusOf } from './deps.ts';
import type { AcmOutput } from './model.ts';

type Detail = NonNullable<AcmOutput<'DescribeCertificate'>['Certificate']>;
type Summary = NonNullable<AcmOutput<'ListCertificates'>['CertificateSummaryList']>[number];

/** What a view needs beside the record. */
export interface ViewFacts {
  readonly arn: string;
  /** Names of the domains that are given it. */
  readonly users: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** AWS: CertificateSummary has at most so many names. */
const SUMMARY_NAMES = 100;
/** AWS: email-validation. */
const MAILBOXES = ['administrator', 'hostmaster', 'postmaster', 'webmaster', 'admin'];

/** AWS: CertificateDetail. */
export function certificateDetail(record: CertificateRecord, facts: ViewFacts): Detail {
  const { arn, users, now } = facts;
  const renewed = record.RenewedAt;
  const options = validationOptions(record);
  return {
    CertificateArn: arn,
    DomainName: record.DomainName,
    SubjectAlternativeNames: record.Names,
    Serial: record.Serial,
    Subject: record.Subject,
    Issuer: record.Issuer,
    SignatureAlgorithm: record.SignatureAlgorithm,
    KeyUsages: record.KeyUsages.map((Name) => ({ Name })),
    ExtendedKeyUsages: record.ExtendedKeyUsages,
    ...times(record),
    Status: statusOf(record, now),
    KeyAlgorithm: record.KeyAlgorithm,
    InUseBy: users.map((name) => `arn:aws:apigateway:${record.Region}::/domainnames/${name}`),
    Type: record.Type,
    RenewalEligibility: eligibility(record, users),
    Options: {
      CertificateTransparencyLoggingPreference: record.TransparencyLogging ?? 'ENABLED',
      Export: 'DISABLED',
    },
    CertificateKeyPairOrigin: originOf(record),
    ...(record.ManagedBy === undefined ? {} : { ManagedBy: record.ManagedBy }),
    ...(options === undefined ? {} : { DomainValidationOptions: options }),
    ...(options === undefined || renewed === undefined
      ? {}
      : {
          RenewalSummary: {
            RenewalStatus: 'SUCCESS',
            DomainValidationOptions: options,
            UpdatedAt: new Date(renewed),
          },
        }),
  };
}

/** AWS: CertificateSummary. */
export function certificateSummary(record: CertificateRecord, facts: ViewFacts): Summary {
  const { arn, users, now } = facts;
  return {
    CertificateArn: arn,
    DomainName: record.DomainName,
    SubjectAlternativeNameSummaries: record.Names.slice(0, SUMMARY_NAMES),
    HasAdditionalSubjectAlternativeNames: record.Names.length > SUMMARY_NAMES,
    ...times(record),
    Status: statusOf(record, now),
    Type: record.Type,
    KeyAlgorithm: record.KeyAlgorithm,
    KeyUsages: record.KeyUsages,
    ExtendedKeyUsages: record.ExtendedKeyUsages.map(({ Name }) => Name),
    ExportOption: 'DISABLED',
    InUse: users.length > 0,
    Exported: false,
    RenewalEligibility: eligibility(record, users),
    CertificateKeyPairOrigin: originOf(record),
    ...(record.ManagedBy === undefined ? {} : { ManagedBy: record.ManagedBy }),
  };
}

/** AWS: CertificateKeyPairOrigin. */
export function originOf({ Type }: CertificateRecord): string {
  return Type === 'IMPORTED' ? 'CUSTOMER_PROVIDED' : 'AWS_MANAGED';
}

function times({ Type, CreatedAt, IssuedAt, NotBefore, NotAfter }: CertificateRecord) {
  const came = new Date(IssuedAt);
  return {
    CreatedAt: new Date(CreatedAt),
    ...(Type === 'IMPORTED' ? { ImportedAt: came } : { IssuedAt: came }),
    NotBefore: new Date(NotBefore),
    NotAfter: new Date(NotAfter),
  };
}

/** AWS: managed-renewal, "eligible if it is associated with another AWS service". */
function eligibility({ Type }: CertificateRecord, users: readonly string[]): string {
  return Type === 'AMAZON_ISSUED' && users.length > 0 ? 'ELIGIBLE' : 'INELIGIBLE';
}

/** Every name counts as proved: the local authority asks nobody. Imported ones have no such options. */
function validationOptions(record: CertificateRecord): Detail['DomainValidationOptions'] {
  if (record.Type === 'IMPORTED') return undefined;
  const ValidationMethod = record.ValidationMethod ?? 'EMAIL';
  return record.Names.map((DomainName) => {
    const ValidationDomain = record.ValidationDomains?.[DomainName] ?? DomainName;
    const name = DomainName.replace(/^\*\./, '');
    return {
      ...{ DomainName, ValidationDomain, ValidationMethod },
      ValidationStatus: 'SUCCESS',
      ...(ValidationMethod === 'DNS' ? { ResourceRecord: challenge(record, name) } : {}),
      ...(ValidationMethod === 'EMAIL'
        ? { ValidationEmails: MAILBOXES.map((box) => `${box}@${ValidationDomain}`) }
        : {}),
    };
  });
}

/** A record in the form of AWS's DNS challenges, which tools want to see; nobody looks it up. */
function challenge({ CertificateId }: CertificateRecord, name: string) {
  const hash = createHash('sha256').update(`${CertificateId} ${name}`).digest('hex');
  return {
    Name: `_${hash.slice(0, 32)}.${name}.`,
    Type: 'CNAME',
    Value: `_${hash.slice(32)}.acm-validations.aws.`,
  };
}
