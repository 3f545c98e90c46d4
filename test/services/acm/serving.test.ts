// What handshakes are served with: stored certificates, swapped on every node when they change, renewed before they end.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openVault } from '#services/acm/vault.ts';
import { StartError } from '#shared/runtime/start-error.ts';
import { CertificateDesk } from '../../support/certificate-desk.ts';
import { rootAuthority, type Identity } from '../../support/pki.ts';

const DAY_MS = 86_400_000;
const NAMES = { names: ['ws.example.com'] };
let desks: CertificateDesk[];
let root: Identity;

const open = async (...options: Parameters<typeof CertificateDesk.open>) => {
  const desk = await CertificateDesk.open(...options);
  desks.push(desk);
  await desk.service.start();
  return desk;
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

beforeEach(async () => {
  desks = [];
  root ??= await rootAuthority('CN=Root');
});
afterEach(() => Promise.all(desks.map((desk) => desk.close())));

test('a certificate is served with its chain as soon as it is imported, and its successor as soon as that is', async () => {
  const desk = await open();
  const first = await root.issue('CN=ws', NAMES);
  const arn = await desk.import(first, { chain: root.cert });
  const pair = desk.service.pair(arn);
  expect(pair).toMatchObject({ cert: first.cert + root.cert, key: first.key });
  const second = await root.issue('CN=ws', NAMES);
  await desk.import(second, { chain: root.cert, arn });
  expect(desk.service.pair(arn)).toMatchObject({ cert: second.cert + root.cert, key: second.key });
  expect(desk.service.pair(undefined)).toBeUndefined();
  expect(desk.service.pair('arn:x')).toBeUndefined();
});

test('tags leave the served pair what it is', async () => {
  const desk = await open();
  const arn = await desk.request('ws.example.com');
  const pair = desk.service.pair(arn);
  await desk.call('AddTagsToCertificate', { CertificateArn: arn, Tags: [{ Key: 'a' }] });
  expect(desk.service.pair(arn)).toBe(pair);
});

test('every node serves what one of them has taken in, and loses what one has deleted', async () => {
  const a = await open();
  const b = await open({ beside: a });
  const arn = await a.import(await rootAuthority('CN=ws', NAMES));
  await expect.poll(() => b.service.pair(arn)?.cert).toBe(a.service.pair(arn)?.cert);
  const next = await rootAuthority('CN=ws', NAMES);
  await b.import(next, { arn });
  await expect.poll(() => a.service.pair(arn)?.cert).toBe(next.cert);
  await a.call('DeleteCertificate', { CertificateArn: arn });
  await expect.poll(() => b.service.pair(arn)).toBeUndefined();
});

test('a node that starts later has them all', async () => {
  const a = await open();
  const arn = await a.request('ws.example.com');
  const b = await open({ beside: a });
  expect(b.service.pair(arn)).toMatchObject({ key: a.service.pair(arn)?.key });
});

test('a node with another CA folder says that it cannot open the key, and goes on serving what it has', async () => {
  const a = await open();
  const arn = await a.request('ws.example.com');
  const b = await open({ beside: a, strange: true });
  expect(b.service.pair(arn)).toBeUndefined();
  expect(b.said('error')).toMatchObject([
    { message: 'a certificate cannot be served', fields: { arn, domain: 'ws.example.com' } },
  ]);
  expect(String((b.said('error')[0]?.fields as { error: Error }).error)).toContain('--ca');
  const own = await rootAuthority('CN=ws', NAMES);
  const second = await b.import(own);
  await turn();
  await a.call('ListCertificates', {});
  expect(a.service.pair(second)).toBeUndefined();
  expect(a.said('error')).toHaveLength(1);
});

test('what the local authority has issued is renewed when two thirds of its time are over, once', async () => {
  const a = await open();
  const b = await open({ beside: a });
  const arn = await a.request('ws.example.com');
  await expect.poll(() => b.service.pair(arn)).toBeDefined();
  const before = a.service.pair(arn);
  const serial = (await a.describe(arn)).Serial;
  a.aheadMs = b.aheadMs = 50 * DAY_MS;
  await a.service.keeper.check();
  expect(a.service.pair(arn)).toBe(before);
  a.aheadMs = b.aheadMs = 61 * DAY_MS;
  await Promise.all([a.service.keeper.check(), b.service.keeper.check()]);
  await turn();
  expect((await a.describe(arn)).Serial).not.toBe(serial);
  expect(a.service.pair(arn)?.cert).not.toBe(before?.cert);
  expect(b.service.pair(arn)?.cert).toBe(a.service.pair(arn)?.cert);
  const renewed = [...a.said('info'), ...b.said('info')].filter(({ message }) =>
    message.includes('renewed'),
  );
  expect(renewed).toHaveLength(1);
  expect(a.said('warn')).toEqual([]);
});

test('an authority that fails is no end: the certificate serves on, the fault is logged', async () => {
  const desk = await open();
  const arn = await desk.request('ws.example.com');
  await desk.request('other.example.com');
  desk.aheadMs = 61 * DAY_MS;
  const pair = desk.service.pair(arn);
  const issue = desk.service.deps.issuer.issueWith.bind(desk.service.deps.issuer);
  desk.service.deps.issuer.issueWith = (algorithm, names) =>
    names.includes('ws.example.com') ? Promise.reject(new Error('no')) : issue(algorithm, names);
  await desk.service.keeper.check();
  expect(desk.service.pair(arn)).toBe(pair);
  expect(desk.said('error')).toMatchObject([{ fields: { arn } }]);
  expect(desk.said('info')).toMatchObject([{ fields: { domain: 'other.example.com' } }]);
});

test('an imported certificate that nears its end gives one warning at each mark, then one error, and is served', async () => {
  const desk = await open();
  const identity = await rootAuthority('CN=ws', { ...NAMES, until: 50 });
  const arn = await desk.import(identity);
  await desk.domain('ws.example.com', arn);
  const pair = desk.service.pair(arn);
  for (let day = 0; day <= 52; day++) {
    desk.aheadMs = day * DAY_MS;
    await desk.service.keeper.check();
    await desk.service.keeper.check();
  }
  const marks = desk.said('warn').map(({ message }) => /within (\d+) days/.exec(message)?.[1]);
  expect(marks).toEqual(['45', '30', '15', '7', '3', '1']);
  expect(desk.said('error')).toEqual([
    {
      message: 'a certificate has expired and is served nevertheless; import a new one',
      fields: {
        ...{ arn, certificate: 'ws', domains: ['ws.example.com'] },
        notAfter: new X509Certificate(identity.cert).validToDate.toISOString(),
      },
    },
  ]);
  expect(desk.service.pair(arn)).toBe(pair);
});

test('warnings begin when the account wants them, and begin anew with a new certificate', async () => {
  const desk = await open();
  const arn = await desk.import(await rootAuthority('CN=ws', { ...NAMES, until: 20 }));
  const ExpiryEvents = { DaysBeforeExpiry: 10 };
  await desk.call('PutAccountConfiguration', { IdempotencyToken: 't', ExpiryEvents });
  await desk.service.keeper.check();
  expect(desk.said('warn')).toEqual([]);
  desk.aheadMs = 11 * DAY_MS;
  await desk.service.keeper.check();
  expect(desk.said('warn')).toMatchObject([{ message: /within 10 days/ }]);
  await desk.import(await rootAuthority('CN=ws', { ...NAMES, until: 19 }), { arn });
  await desk.service.keeper.check();
  expect(desk.said('warn')).toHaveLength(2);
});

test('Prometheus is told what each certificate has left, by domain', async () => {
  const desk = await open();
  const arn = await desk.import(await rootAuthority('CN=ws', { ...NAMES, until: 10 }));
  const unused = await desk.request('unused.example.com');
  await desk.domain('ws.example.com', arn);
  await desk.domain('*.ws.example.com', arn);
  desk.aheadMs = 11 * DAY_MS;
  const lines = desk.service.keeper.metrics().split('\n');
  expect(lines.slice(0, 2)).toEqual([
    '# HELP postern_certificate_expiry_seconds Seconds until a certificate ends, by the custom domain that it is served for.',
    '# TYPE postern_certificate_expiry_seconds gauge',
  ]);
  const figure = (domain: string, of: string) => {
    const start = `postern_certificate_expiry_seconds{arn="${of}",domain="${domain}"} `;
    return Number(lines.find((line) => line.startsWith(start))?.slice(start.length));
  };
  expect(figure('ws.example.com', arn)).toBeCloseTo(-86_400, -2);
  expect(figure('*.ws.example.com', arn)).toBeCloseTo(-86_400, -2);
  expect(figure('', unused)).toBeCloseTo(79 * 86_400, -2);
});

test('the key of the vault is made once, for its owner alone, and a broken one is a fault of --ca', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-vault-'));
  try {
    const [one, two] = await Promise.all([openVault(folder), openVault(folder)]);
    const sealed = one.seal('secret', 'me');
    expect(two.open(sealed, 'me')).toBe('secret');
    expect(one.seal('secret', 'me')).not.toBe(sealed);
    expect(() => two.open(sealed, 'you')).toThrow(/does not open/);
    expect(() => two.open('AAAA', 'me')).toThrow(/does not open/);
    const path = join(folder, 'certificates.key');
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
    await writeFile(path, 'short');
    await expect(openVault(folder)).rejects.toThrow(StartError);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
