// What Certificate Manager's operations refuse, and in which words.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CertificateDesk, UNKNOWN } from '../../support/certificate-desk.ts';
import { rootAuthority, rsa, type Identity } from '../../support/pki.ts';

let desk: CertificateDesk;
let root: Identity;
let own: Identity;

beforeEach(async () => {
  desk = await CertificateDesk.open();
  await desk.service.start();
  root ??= await rootAuthority('CN=Root');
  own ??= await root.issue('CN=ws.example.com', { names: ['ws.example.com'] });
});
afterEach(() => desk.close());

type Refused = [what: string, call: () => Promise<unknown>, type: string, message: string | RegExp];
const request = (more: object) => () => desk.request('a.example.com', more);
const tooLong = 'x'.repeat(129);

const refused: Refused[] = [
  [
    'an ARN that is none',
    () => desk.describe('arn:aws:acm:not-an-arn-at-all'),
    'ValidationException',
    /^1 validation error detected: Value 'arn:aws:acm:not-an-arn-at-all' at 'certificateArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:/,
  ],
  [
    'an ARN that is too short',
    () => desk.describe('arn'),
    'ValidationException',
    "1 validation error detected: Value 'arn' at 'certificateArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
  ],
  [
    'a certificate of another region',
    async () => {
      const arn = await desk.request('a.example.com');
      return desk.call('DescribeCertificate', { CertificateArn: arn }, 'us-east-1');
    },
    'ResourceNotFoundException',
    /^Could not find certificate arn:aws:acm:eu-west-1/,
  ],
  [
    'a certificate of another account',
    () => desk.describe(UNKNOWN.replace(':000000000000:', ':123456789012:')),
    'ResourceNotFoundException',
    /^Could not find certificate/,
  ],
  [
    'deleting what is not there',
    () => desk.call('DeleteCertificate', { CertificateArn: UNKNOWN }),
    'ResourceNotFoundException',
    `Could not find certificate ${UNKNOWN}.`,
  ],
  [
    'importing under an ARN that is not there',
    () => desk.import(own, { chain: root.cert, arn: UNKNOWN }),
    'ResourceNotFoundException',
    `Could not find certificate ${UNKNOWN}.`,
  ],
  [
    'importing over a requested certificate',
    async () => desk.import(own, { chain: root.cert, arn: await desk.request('a.example.com') }),
    'ValidationException',
    'The certificate was not imported; only imported certificates can be reimported.',
  ],
  [
    'importing another kind of key',
    async () => {
      const other = await rootAuthority('CN=rsa', { algorithm: rsa(2048, 'SHA-256') });
      return desk.import(other, { arn: await desk.import(own, { chain: root.cert }) });
    },
    'ValidationException',
    'The key algorithm of a certificate cannot be changed: it is EC_prime256v1, not RSA_2048.',
  ],
  [
    'tags of a re-import',
    async () =>
      desk.call('ImportCertificate', {
        Certificate: Buffer.from(own.cert),
        PrivateKey: Buffer.from(own.key),
        CertificateArn: UNKNOWN,
        Tags: [{ Key: 'a' }],
      }),
    'ValidationException',
    'Tagging is not permitted on re-import.',
  ],
  [
    'a key that is too long, which is not shown',
    () => desk.import({ cert: own.cert, key: 'SECRET'.repeat(1000) }),
    'ValidationException',
    "1 validation error detected: Value at 'privateKey' failed to satisfy constraint: Member must have length less than or equal to 5120",
  ],
  [
    'an empty certificate',
    () => desk.import({ cert: '', key: own.key }),
    'ValidationException',
    "1 validation error detected: Value at 'certificate' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a name that is none',
    () => desk.request('not a name'),
    'ValidationException',
    /Value 'not a name' at 'domainName'/,
  ],
  ['a name of one label', () => desk.request('chat'), 'ValidationException', /'domainName'/],
  [
    'a wildcard in the middle',
    () => desk.request('a.*.example.com'),
    'ValidationException',
    /'domainName'/,
  ],
  [
    'no further names at all',
    request({ SubjectAlternativeNames: [] }),
    'ValidationException',
    "1 validation error detected: Value '[]' at 'subjectAlternativeNames' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'a bad further name',
    request({ SubjectAlternativeNames: ['b.example.com', '-'] }),
    'ValidationException',
    /Value '-' at 'subjectAlternativeNames.2.member'/,
  ],
  [
    '101 further names',
    request({ SubjectAlternativeNames: Array(101).fill('b.example.com') }),
    'ValidationException',
    /Member must have length less than or equal to 100$/,
  ],
  ['a bad token', request({ IdempotencyToken: 'a-b' }), 'ValidationException', /idempotencyToken/],
  [
    'a key of no kind',
    request({ KeyAlgorithm: 'RSA_1024' }),
    'ValidationException',
    /Value 'RSA_1024' at 'keyAlgorithm' failed to satisfy constraint: Member must satisfy enum/,
  ],
  [
    'a validation of no kind',
    request({ ValidationMethod: 'PHONE' }),
    'ValidationException',
    /'validationMethod'/,
  ],
  [
    'a validation domain that is not above the name',
    request({
      DomainValidationOptions: [{ DomainName: 'a.example.com', ValidationDomain: 'example.org' }],
    }),
    'InvalidDomainValidationOptionsException',
    /a\.example\.com/,
  ],
  [
    'a private authority',
    request({ CertificateAuthorityArn: 'arn:aws:acm-pca:eu-west-1:000000000000:x' }),
    'NotImplementedException',
    /private authority/,
  ],
  [
    'an exportable certificate',
    request({ Options: { Export: 'ENABLED' } }),
    'NotImplementedException',
    /exportable/,
  ],
  [
    'a key of a tag that is too long',
    request({ Tags: [{ Key: tooLong }] }),
    'ValidationException',
    `1 validation error detected: Value '${tooLong}' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128`,
  ],
  [
    'a tag of AWS',
    request({ Tags: [{ Key: 'aws:x' }] }),
    'ValidationException',
    'Invalid Tag Key: "aws:x". AWS internal tags cannot be changed with this API',
  ],
  [
    '51 tags',
    request({ Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}` })) }),
    'TooManyTagsException',
    /contains too many Tags$/,
  ],
  [
    'renewing an imported certificate',
    async () =>
      desk.call('RenewCertificate', {
        CertificateArn: await desk.import(own, { chain: root.cert }),
      }),
    'ValidationException',
    /cannot be renewed/,
  ],
  [
    'exporting',
    async () =>
      desk.call('ExportCertificate', {
        CertificateArn: await desk.import(own, { chain: root.cert }),
        Passphrase: Buffer.from('x'),
      }),
    'ValidationException',
    /is not a private certificate$/,
  ],
  [
    'a page of 1001',
    () => desk.call('ListCertificates', { MaxItems: 1001 }),
    'ValidationException',
    /'maxItems'/,
  ],
  [
    'a token of nobody',
    () => desk.call('ListCertificates', { NextToken: 'x' }),
    'ValidationException',
    'The NextToken is not valid.',
  ],
  [
    'an order without a member',
    () => desk.call('ListCertificates', { SortOrder: 'ASCENDING' } as never),
    'ValidationException',
    /SortBy/,
  ],
  [
    'warnings that begin with 46 days',
    () =>
      desk.call('PutAccountConfiguration', {
        IdempotencyToken: 't',
        ExpiryEvents: { DaysBeforeExpiry: 46 },
      }),
    'ValidationException',
    /daysBeforeExpiry/,
  ],
  [
    'a mail for a certificate that is issued',
    async () =>
      desk.call('ResendValidationEmail', {
        CertificateArn: await desk.request('a.example.com'),
        Domain: 'a.example.com',
        ValidationDomain: 'example.com',
      }),
    'InvalidStateException',
    /issued already/,
  ],
];

test.each(refused)('refused: %s', async (_what, call, type, message) => {
  await expect(call()).rejects.toMatchObject({
    type,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
  });
});
