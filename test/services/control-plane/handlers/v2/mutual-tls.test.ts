// Mutual TLS of custom domains in the control plane: what is kept, shown, read again, warned of and refused.
import { beforeEach, expect, test } from 'vitest';
import type { DomainNameRecord } from '#shared/model/records.ts';
import { domainKey } from '#shared/store/keys.ts';
import { ControlDesk } from '../../../../support/control-desk.ts';
import { rootAuthority, rsa } from '../../../../support/pki.ts';

const DOMAIN = 'ws.example.com';
const URI = 's3://trust/ca/bundle.pem';
let desk: ControlDesk;
let bundle: string;

beforeEach(async () => {
  desk = new ControlDesk();
  bundle = (await rootAuthority('C=US, CN=one')).cert;
  desk.objects.set('trust/ca/bundle.pem', bundle);
  desk.objects.set('trust/ca/bundle.pem?v1', bundle);
});

const create = (MutualTlsAuthentication: object) =>
  desk.call('CreateDomainName', { DomainName: DOMAIN, MutualTlsAuthentication });
const update = (MutualTlsAuthentication: object) =>
  desk.call('UpdateDomainName', { DomainName: DOMAIN, MutualTlsAuthentication });

/** What the data plane enforces. */
async function enforced(): Promise<string | undefined> {
  const record = await desk.store.get<DomainNameRecord>(domainKey('eu-west-1', DOMAIN));
  const hash = record?.value.MutualTlsAuthentication?.Truststore;
  return hash === undefined ? undefined : (await desk.blobs.get(hash))?.toString();
}

test('the truststore is kept as it was read, and announced', async () => {
  const made = await create({ TruststoreUri: URI });
  expect(made.MutualTlsAuthentication).toEqual({ TruststoreUri: URI });
  expect(await desk.call('GetDomainName', { DomainName: DOMAIN })).toEqual(made);
  expect((await desk.call('GetDomainNames', {})).Items).toEqual([made]);
  expect(await enforced()).toBe(bundle);
  expect(desk.domains).toEqual([DOMAIN]);
});

test('a changed object counts from the next update that speaks of it', async () => {
  await create({ TruststoreUri: URI });
  const newer = (await rootAuthority('CN=newer')).cert;
  desk.objects.set('trust/ca/bundle.pem', newer);
  await desk.call('UpdateDomainName', { DomainName: DOMAIN, DomainNameConfigurations: [{}] });
  expect(await enforced()).toBe(bundle);
  await update({ TruststoreUri: URI });
  expect(await enforced()).toBe(newer);
  expect(desk.domains).toHaveLength(3);
});

test('versions: one alone, kept with its URI, gone with another or with ""', async () => {
  desk.objects.set('trust/ca/bundle.pem?v2', (await rootAuthority('CN=v2')).cert);
  await create({ TruststoreUri: URI, TruststoreVersion: 'v1' });
  const versions: unknown[] = [];
  const step = async (input: object): Promise<void> => {
    const { MutualTlsAuthentication } = await update(input);
    versions.push(MutualTlsAuthentication?.TruststoreVersion);
  };
  await step({ TruststoreVersion: 'v2' });
  await step({ TruststoreUri: URI });
  await step({ TruststoreVersion: '' });
  await step({ TruststoreUri: URI, TruststoreVersion: 'v1' });
  desk.objects.set('other/x', bundle);
  await step({ TruststoreUri: 's3://other/x' });
  expect(versions).toEqual(['v2', 'v2', undefined, 'v1', undefined]);
});

test('an empty URI turns it off; other updates leave it on', async () => {
  await create({ TruststoreUri: URI });
  await desk.call('UpdateDomainName', { DomainName: DOMAIN });
  expect(await enforced()).toBe(bundle);
  expect((await update({ TruststoreUri: '' })).MutualTlsAuthentication).toBeUndefined();
  expect(await enforced()).toBeUndefined();
  expect((await create2()).MutualTlsAuthentication).toBeUndefined();
});

const create2 = () =>
  desk.call('CreateDomainName', {
    DomainName: 'plain.example.com',
    MutualTlsAuthentication: { TruststoreUri: '' },
  });

test('a mapping that is edited leaves it on', async () => {
  await create({ TruststoreUri: URI });
  const ApiId = await desk.api();
  await desk.call('CreateStage', { ApiId, StageName: 'live' });
  await desk.call('CreateApiMapping', { DomainName: DOMAIN, ApiId, Stage: 'live' });
  await desk.call('TagResource', {
    ResourceArn: `arn:aws:apigateway:eu-west-1::/domainnames/${DOMAIN}`,
    Tags: { a: 'b' },
  });
  expect(await enforced()).toBe(bundle);
});

test('certificates that help nobody are warned of', async () => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const root = await rootAuthority('CN=root');
  const all = await Promise.all([
    rootAuthority('CN=old', { from: -9, until: -1 }),
    rootAuthority('CN=early', { from: 1 }),
    rootAuthority('CN=sha1', { algorithm: rsa(2048, 'SHA-1') }),
    rootAuthority('O=Short keys, CN=short', { algorithm: rsa(1024, 'SHA-256') }),
    root.issue('CN=client'),
    (await rootAuthority('CN=absent')).issue('CN=orphan', { authority: true }),
  ]);
  const pem = [broken, root.cert, ...all.map(({ cert }) => cert)].join('');
  desk.objects.set('trust/ca/bundle.pem', pem);
  const { MutualTlsAuthentication } = await create({ TruststoreUri: URI });
  expect(MutualTlsAuthentication?.TruststoreWarnings).toEqual([
    'Certificate 1 of the truststore cannot be read.',
    expect.stringMatching(/^Certificate CN=old: it expired on \w{3} [\d ]\d .* GMT\.$/),
    expect.stringMatching(/^Certificate CN=early: it is not valid before /),
    'Certificate CN=sha1: its signature algorithm sha1WithRSAEncryption is insecure.',
    'Certificate O=Short keys,CN=short: its key of 1024 bits is too short.',
    'Certificate CN=client: it is neither a certificate authority nor self-signed.',
    'Certificate CN=orphan: the truststore has no chain of at most four certificates from it to a root.',
  ]);
  expect(await enforced()).toBe(pem);
});

test.each<[string, object, RegExp]>([
  [
    'no S3 URI',
    { TruststoreUri: 'https://trust/x' },
    /^Invalid truststore URI specified: https:\/\/trust\/x\./,
  ],
  ['a URI without a key', { TruststoreUri: 's3://trust' }, /^Invalid truststore URI/],
  ['a URI without a bucket', { TruststoreUri: 's3:///x' }, /^Invalid truststore URI/],
  [
    'an object that is not there',
    { TruststoreUri: 's3://trust/none' },
    /^The truststore s3:\/\/trust\/none cannot be read: the object none does not exist\.$/,
  ],
  [
    'a version that is not there',
    { TruststoreUri: URI, TruststoreVersion: 'v9' },
    /cannot be read/,
  ],
  [
    'a version alone',
    { TruststoreVersion: 'v1' },
    /^A TruststoreVersion can only be specified together/,
  ],
  [
    'a version without its URI',
    { TruststoreUri: '', TruststoreVersion: 'v1' },
    /^A TruststoreVersion can only/,
  ],
  [
    'no certificate',
    { TruststoreUri: 's3://trust/text' },
    /^The truststore must contain at least one certificate/,
  ],
  ['only broken certificates', { TruststoreUri: 's3://trust/broken' }, /at least one certificate/],
  [
    'one subject of two issuers',
    { TruststoreUri: 's3://trust/conflict' },
    /^The certificate subject C=US,CN=twice conflicts with an existing certificate from a different issuer\.$/,
  ],
])('%s is refused with 400', async (_what, input, message) => {
  desk.objects.set('trust/text', 'hello');
  desk.objects.set(
    'trust/broken',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
  const [one, two] = await Promise.all([rootAuthority('CN=one'), rootAuthority('CN=two')]);
  const twice = await Promise.all(
    [one, two].map((root) => root.issue('C=US, CN=twice', { authority: true })),
  );
  desk.objects.set('trust/conflict', twice.map(({ cert }) => cert).join(''));
  const refused = {
    type: 'BadRequestException',
    status: 400,
    message: expect.stringMatching(message) as unknown,
  };
  await expect(create(input)).rejects.toMatchObject(refused);
  await desk.call('CreateDomainName', { DomainName: DOMAIN });
  await expect(update(input)).rejects.toMatchObject(refused);
  expect(await enforced()).toBeUndefined();
});
