// Certificate Manager's operations: import, request, describe, list, tags, settings, delete.
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CERTIFICATES } from '#shared/store/keys.ts';
import { CertificateDesk, REGION, UNKNOWN } from '../../support/certificate-desk.ts';
import { rootAuthority, rsa, type Identity } from '../../support/pki.ts';

let desk: CertificateDesk;
let root: Identity;
let own: Identity;

beforeEach(async () => {
  desk = await CertificateDesk.open();
  await desk.service.start();
  root ??= await rootAuthority('CN=Root, O=Some Authority');
  own ??= await root.issue('CN=ws.example.com, O=Us', {
    names: ['ws.example.com', '*.ws.example.com'],
    serialNumber: '01ab23',
    usage: 'server',
  });
});
afterEach(() => desk.close());

test('an imported certificate is described as AWS does', async () => {
  const arn = await desk.import(own, { chain: root.cert });
  expect(arn).toMatch(/^arn:aws:acm:eu-west-1:000000000000:certificate\/[0-9a-f-]{36}$/);
  const times = new X509Certificate(own.cert);
  expect(await desk.describe(arn)).toEqual({
    CertificateArn: arn,
    DomainName: 'ws.example.com',
    SubjectAlternativeNames: ['ws.example.com', '*.ws.example.com'],
    Serial: '01:ab:23',
    Subject: 'CN=ws.example.com,O=Us',
    Issuer: 'Some Authority',
    CreatedAt: expect.any(Date) as Date,
    ImportedAt: expect.any(Date) as Date,
    NotBefore: times.validFromDate,
    NotAfter: times.validToDate,
    Status: 'ISSUED',
    Type: 'IMPORTED',
    KeyAlgorithm: 'EC_prime256v1',
    SignatureAlgorithm: 'SHA256WITHECDSA',
    KeyUsages: [{ Name: 'ANY' }],
    ExtendedKeyUsages: [{ Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' }],
    InUseBy: [],
    RenewalEligibility: 'INELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: 'ENABLED', Export: 'DISABLED' },
    CertificateKeyPairOrigin: 'CUSTOMER_PROVIDED',
  });
  expect(await desk.call('GetCertificate', { CertificateArn: arn })).toEqual({
    Certificate: own.cert,
    CertificateChain: root.cert,
  });
});

test('a private key is nowhere in the store, in answers or in the log', async () => {
  const arn = await desk.import(own, { chain: root.cert });
  const requested = await desk.request('a.example.com');
  const shown = [
    await desk.describe(arn),
    await desk.call('GetCertificate', { CertificateArn: arn }),
    await desk.call('GetCertificate', { CertificateArn: requested }),
    desk.lines,
    (await desk.store.list(CERTIFICATES)).items,
  ];
  const text = JSON.stringify(shown);
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).not.toContain(own.key.split('\n')[1]);
});

test('an import under an ARN takes the place of the certificate, with its tags and its creation', async () => {
  const arn = await desk.import(own, { chain: root.cert });
  const tags = { CertificateArn: arn, Tags: [{ Key: 'team', Value: 'chat' }, { Key: 'bare' }] };
  await desk.call('AddTagsToCertificate', tags);
  const before = await desk.describe(arn);
  desk.aheadMs = 60_000;
  const next = await rootAuthority('CN=ws.example.com', { names: ['ws.example.com'] });
  expect(await desk.import(next, { arn })).toBe(arn);
  const after = await desk.describe(arn);
  expect(after.CreatedAt).toEqual(before.CreatedAt);
  expect(after.ImportedAt?.getTime()).toBeGreaterThan(before.ImportedAt?.getTime() ?? Infinity);
  expect(after.SubjectAlternativeNames).toEqual(['ws.example.com']);
  expect(await desk.call('GetCertificate', { CertificateArn: arn })).toEqual({
    Certificate: next.cert,
  });
  expect(await desk.call('ListTagsForCertificate', { CertificateArn: arn })).toEqual({
    Tags: tags.Tags,
  });
});

test('a requested certificate is issued at once, for all its names, with the key that was asked for', async () => {
  const arn = await desk.request('WS.example.com', {
    SubjectAlternativeNames: ['ws.example.com', '*.ws.example.com'],
    ValidationMethod: 'DNS',
    KeyAlgorithm: undefined,
  });
  const detail = await desk.describe(arn);
  expect(detail).toMatchObject({
    DomainName: 'ws.example.com',
    SubjectAlternativeNames: ['ws.example.com', '*.ws.example.com'],
    Status: 'ISSUED',
    Type: 'AMAZON_ISSUED',
    Issuer: 'Postern',
    KeyAlgorithm: 'RSA_2048',
    KeyUsages: [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_ENCIPHERMENT' }],
    DomainValidationOptions: [
      {
        DomainName: 'ws.example.com',
        ValidationDomain: 'ws.example.com',
        ValidationMethod: 'DNS',
        ValidationStatus: 'SUCCESS',
        ResourceRecord: {
          Type: 'CNAME',
          Name: expect.stringMatching(/^_[0-9a-f]{32}\.ws\./) as string,
        },
      },
      { DomainName: '*.ws.example.com', ValidationStatus: 'SUCCESS' },
    ],
  });
  expect(detail).not.toHaveProperty('ImportedAt');
  expect(detail).not.toHaveProperty('RenewalSummary');
  const { Certificate, CertificateChain } = await desk.call('GetCertificate', {
    CertificateArn: arn,
  });
  const issuer = new X509Certificate(CertificateChain ?? '');
  expect(new X509Certificate(Certificate ?? '').verify(issuer.publicKey)).toBe(true);
});

test('a token makes one certificate of many requests for the same, for an hour', async () => {
  const request = (more: object = {}) =>
    desk.request('a.example.com', { IdempotencyToken: 'once', ...more });
  const [first, second] = await Promise.all([request(), request()]);
  expect(second).toBe(first);
  expect(await request({ SubjectAlternativeNames: ['b.example.com'] })).not.toBe(first);
  expect(await desk.request('a.example.com')).not.toBe(first);
  await desk.call('DeleteCertificate', { CertificateArn: first });
  const third = await request();
  expect(third).not.toBe(first);
  expect(await request()).toBe(third);
  desk.aheadMs = 3_600_001;
  expect(await request()).not.toBe(third);
});

test('a renewal keeps the ARN and the names, and tells of itself', async () => {
  const arn = await desk.request('a.example.com', { SubjectAlternativeNames: ['b.example.com'] });
  const before = await desk.describe(arn);
  desk.aheadMs = 60_000;
  await desk.call('RenewCertificate', { CertificateArn: arn });
  const after = await desk.describe(arn);
  expect(after.Serial).not.toBe(before.Serial);
  expect(after).toMatchObject({
    SubjectAlternativeNames: ['a.example.com', 'b.example.com'],
    KeyAlgorithm: 'EC_prime256v1',
    RenewalSummary: { RenewalStatus: 'SUCCESS', UpdatedAt: new Date(after.IssuedAt ?? 0) },
  });
});

test('who uses it is told, and it cannot be deleted until nobody does', async () => {
  const arn = await desk.request('a.example.com');
  await desk.domain('a.example.com', arn);
  expect(await desk.describe(arn)).toMatchObject({
    InUseBy: [`arn:aws:apigateway:${REGION}::/domainnames/a.example.com`],
    RenewalEligibility: 'ELIGIBLE',
  });
  const remove = () => desk.call('DeleteCertificate', { CertificateArn: arn });
  await expect(remove()).rejects.toMatchObject({
    type: 'ResourceInUseException',
    message: `Certificate ${arn} in account 000000000000 is in use.`,
  });
  await desk.domain('a.example.com', UNKNOWN);
  await remove();
  await expect(desk.describe(arn)).rejects.toMatchObject({
    type: 'ResourceNotFoundException',
    message: `Could not find certificate ${arn}.`,
  });
  expect(desk.service.pair(arn)).toBeUndefined();
});

test('an expired certificate says so', async () => {
  const arn = await desk.import(own, { chain: root.cert });
  desk.aheadMs = 31 * 86_400_000;
  expect(await desk.describe(arn)).toMatchObject({ Status: 'EXPIRED' });
});

test('a list has RSA certificates unless others are asked for, filtered and in pages', async () => {
  const rsaOne = await rootAuthority('CN=rsa.example.com', { algorithm: rsa(2048, 'SHA-256') });
  const imported = await desk.import(rsaOne);
  const requested = await desk.request('ec.example.com');
  await desk.domain('ec.example.com', requested);
  const list = async (input: object = {}) => {
    const page = await desk.call('ListCertificates', input);
    return { ...page, arns: page.CertificateSummaryList?.map(({ CertificateArn: arn }) => arn) };
  };
  const Includes = { keyTypes: ['RSA_2048', 'EC_prime256v1'] };
  const sorting = { SortBy: 'CREATED_AT', SortOrder: 'ASCENDING' };
  expect((await list()).arns).toEqual([imported]);
  const all = await list({ Includes, ...sorting });
  expect(all.arns).toEqual([imported, requested]);
  expect(all.CertificateSummaryList?.[1]).toMatchObject({
    DomainName: 'ec.example.com',
    InUse: true,
    HasAdditionalSubjectAlternativeNames: false,
    KeyUsages: ['DIGITAL_SIGNATURE'],
    Type: 'AMAZON_ISSUED',
  });
  const first = await list({ Includes, ...sorting, MaxItems: 1 });
  expect(first.arns).toEqual([imported]);
  const second = await list({ Includes, ...sorting, MaxItems: 1, NextToken: first.NextToken });
  expect(second).toMatchObject({ arns: [requested] });
  expect(second.NextToken).toBeUndefined();
  expect((await list({ Includes, ...sorting, SortOrder: 'DESCENDING' })).arns?.[0]).toBe(requested);
  expect((await list({ CertificateStatuses: ['EXPIRED'] })).arns).toEqual([]);
  expect((await list({ Includes: { ...Includes, keyUsage: ['DIGITAL_SIGNATURE'] } })).arns).toEqual(
    [requested],
  );
  expect((await list({ Includes: { ...Includes, exportOption: 'ENABLED' } })).arns).toEqual([]);
  const elsewhere = await desk.call('ListCertificates', { Includes } as never, 'us-east-1');
  expect(elsewhere.CertificateSummaryList).toEqual([]);
});

test('tags are added, replaced, and removed by key or by key and value', async () => {
  const arn = await desk.request('a.example.com', { Tags: [{ Key: 'a', Value: '1' }] });
  const at = { CertificateArn: arn };
  const tags = async () => (await desk.call('ListTagsForCertificate', at)).Tags;
  await desk.call('AddTagsToCertificate', {
    ...at,
    Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }, { Key: 'c', Value: '' }],
  });
  expect(await tags()).toEqual([{ Key: 'a', Value: '2' }, { Key: 'b' }, { Key: 'c', Value: '' }]);
  const Tags = [{ Key: 'a', Value: 'other' }, { Key: 'b' }];
  await desk.call('RemoveTagsFromCertificate', { ...at, Tags });
  expect(await tags()).toEqual([
    { Key: 'a', Value: '2' },
    { Key: 'c', Value: '' },
  ]);
  await desk.call('UntagResource', { ResourceArn: arn, TagKeys: ['c'] });
  await desk.call('TagResource', { ResourceArn: arn, Tags: [{ Key: 'd', Value: '4' }] });
  expect((await desk.call('ListTagsForResource', { ResourceArn: arn })).Tags).toEqual([
    { Key: 'a', Value: '2' },
    { Key: 'd', Value: '4' },
  ]);
});

test('the account says with how many days warnings begin', async () => {
  const days = async () => (await desk.call('GetAccountConfiguration', {})).ExpiryEvents;
  expect(await days()).toEqual({ DaysBeforeExpiry: 45 });
  const ExpiryEvents = { DaysBeforeExpiry: 10 };
  await desk.call('PutAccountConfiguration', { IdempotencyToken: 't', ExpiryEvents });
  expect(await days()).toEqual(ExpiryEvents);
});

test('options of a requested certificate', async () => {
  const arn = await desk.request('a.example.com');
  const CertificateTransparencyLoggingPreference = 'DISABLED';
  await desk.call('UpdateCertificateOptions', {
    CertificateArn: arn,
    Options: { CertificateTransparencyLoggingPreference },
  } as never);
  expect((await desk.describe(arn)).Options).toMatchObject({
    CertificateTransparencyLoggingPreference,
  });
});

test('a chain that is too long for a record lies in the blob store, and goes with its certificate', async () => {
  const { certificates } = desk.service.deps;
  const chain = root.cert.repeat(200);
  const [one, two] = [await desk.import(own, { chain: root.cert }), await desk.request('a.b.com')];
  for (const arn of [one, two]) {
    const name = { region: REGION, id: arn.slice(-36) };
    const members = await certificates.chainMembers(name, chain);
    await certificates.edit(name, async ({ Chain: _, ...record }) => ({ ...record, ...members }));
  }
  const name = { region: REGION, id: one.slice(-36) };
  const { ChainBlob = '' } = (await certificates.get(name))?.value ?? {};
  expect(ChainBlob).toMatch(/^[0-9a-f]{64}$/);
  expect(await desk.call('GetCertificate', { CertificateArn: one })).toMatchObject({
    CertificateChain: chain,
  });
  const atOnceMs = -60_000;
  await desk.call('DeleteCertificate', { CertificateArn: one });
  await desk.blobs.sweep(atOnceMs);
  expect(await desk.blobs.get(ChainBlob)).toBeDefined();
  await desk.call('DeleteCertificate', { CertificateArn: two });
  await desk.blobs.sweep(atOnceMs);
  expect(await desk.blobs.get(ChainBlob)).toBeUndefined();
});
