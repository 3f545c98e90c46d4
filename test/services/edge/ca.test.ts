// The certificate authority in its folder: made once, shared, renewed, and clear about broken files.
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuthority } from '#services/edge/ca.ts';
import { newKey, signAuthority } from '#services/edge/certificate.ts';
import { StartError } from '#shared/runtime/start-error.ts';

const DAY_MS = 86_400_000;
const NAMES = ['localhost', '127.0.0.1', '::1'];
let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'postern-ca-')), 'ca');
});

afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test('the first start makes the folder, the key and the certificate, the next one uses them', async () => {
  const first = await openAuthority(folder);
  expect(await mode(folder)).toBe('700');
  expect(await mode(join(folder, 'ca.key'))).toBe('600');
  expect(await mode(join(folder, 'ca.pem'))).toBe('644');
  const second = await openAuthority(folder);
  expect(second.cert).toBe(first.cert);
  expect(await readFile(first.certPath, 'utf8')).toBe(first.cert);
});

test('its leaves are signed by it, name what was asked for, and end before it does', async () => {
  const authority = await openAuthority(folder);
  const leaf = await authority.issue(['*.execute-api.us-east-1.localhost', '10.0.0.1']);
  const root = new X509Certificate(authority.cert);
  const certificate = new X509Certificate(leaf.cert);
  expect(root.ca).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.checkIssued(root)).toBe(true);
  expect(certificate.verify(root.publicKey)).toBe(true);
  expect(certificate.checkHost('abc.execute-api.us-east-1.localhost')).toBeDefined();
  expect(certificate.checkHost('abc.execute-api.eu-west-1.localhost')).toBeUndefined();
  expect(certificate.checkIP('10.0.0.1')).toBeDefined();
  expect(leaf.expiresAt).toBeLessThan(root.validToDate.getTime());
});

test('two authorities never have the same name', async () => {
  const [a, b] = await Promise.all([openAuthority(folder), openAuthority(`${folder}2`)]);
  expect(new X509Certificate(a.cert).subject).not.toBe(new X509Certificate(b.cert).subject);
});

test('many starts at once on an empty folder end up with one authority and leave no drafts', async () => {
  const authorities = await Promise.all(Array.from({ length: 12 }, () => openAuthority(folder)));
  expect(new Set(authorities.map(({ cert }) => cert)).size).toBe(1);
  const leaf = await authorities[0]?.issue(['localhost']);
  const root = new X509Certificate(authorities[11]?.cert ?? '');
  expect(new X509Certificate(leaf?.cert ?? '').verify(root.publicKey)).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['ca.key', 'ca.pem']);
});

test('the default leaf is kept over restarts, in a file that only its owner reads', async () => {
  const first = await (await openAuthority(folder)).defaultLeaf(NAMES);
  const path = join(folder, 'localhost.pem');
  expect(await mode(path)).toBe('600');
  const again = await (await openAuthority(folder)).defaultLeaf(NAMES);
  expect(again.cert).toBe(first.cert);
  expect(again.key).toBe(first.key);
  expect(again.renewAt).toBe(first.renewAt);
});

test.each([
  ['it is broken', async (path: string) => writeFile(path, 'nonsense')],
  [
    'it is cut',
    async (path: string) => writeFile(path, (await readFile(path, 'utf8')).slice(0, 300)),
  ],
  [
    'it is of another authority',
    async (path: string) => {
      const other = await openAuthority(`${folder}-other`);
      const leaf = await other.issue(NAMES);
      await writeFile(path, leaf.key + leaf.cert);
    },
  ],
  [
    'its key is another one',
    async (path: string) => {
      const text = await readFile(path, 'utf8');
      await writeFile(path, (await newKey()) + text.slice(text.indexOf('-----BEGIN CERT')));
    },
  ],
])('the default leaf is made anew when %s', async (_why, spoil) => {
  const authority = await openAuthority(folder);
  const first = await authority.defaultLeaf(NAMES);
  await spoil(join(folder, 'localhost.pem'));
  const next = await authority.defaultLeaf(NAMES);
  expect(next.cert).not.toBe(first.cert);
  const root = new X509Certificate(authority.cert);
  expect(new X509Certificate(next.cert).verify(root.publicKey)).toBe(true);
});

test('the default leaf is made anew for a further name and when two thirds of its time are over', async () => {
  let now = Date.now();
  const authority = await openAuthority(folder, { now: () => now });
  const first = await authority.defaultLeaf(NAMES);
  const named = await authority.defaultLeaf([...NAMES, 'gateway']);
  expect(named.cert).not.toBe(first.cert);
  now += 59 * DAY_MS;
  expect((await authority.defaultLeaf(NAMES)).cert).toBe(named.cert);
  now += 2 * DAY_MS;
  const renewed = await authority.defaultLeaf(NAMES);
  expect(renewed.cert).not.toBe(named.cert);
  expect(renewed.expiresAt).toBeGreaterThan(named.expiresAt);
});

test('an expired authority gets a new certificate of the same key, at start and while it runs', async () => {
  let now = Date.now();
  const first = await openAuthority(folder, { now: () => now });
  const old = first.cert;
  now += 3651 * DAY_MS;
  const leaf = await first.issue(['localhost']);
  const renewed = new X509Certificate(first.cert);
  expect(first.cert).not.toBe(old);
  expect(renewed.publicKey.equals(new X509Certificate(old).publicKey)).toBe(true);
  expect(new X509Certificate(leaf.cert).verify(renewed.publicKey)).toBe(true);
  expect((await openAuthority(folder, { now: () => now })).cert).toBe(first.cert);
  now += 3651 * DAY_MS;
  expect((await openAuthority(folder, { now: () => now })).cert).not.toBe(first.cert);
});

test.each([
  ['a broken key', 'ca.key', 'nonsense', /ca\.key is not a P-256 private key/],
  ['a broken certificate', 'ca.pem', 'nonsense', /ca\.pem is not a certificate/],
  ['no key', 'ca.key', undefined, /has a ca\.pem but no ca\.key/],
])('%s is refused with the file named', async (_what, name, text, message) => {
  await openAuthority(folder);
  await rm(join(folder, name));
  if (text !== undefined) await writeFile(join(folder, name), text);
  const opening = openAuthority(folder);
  await expect(opening).rejects.toBeInstanceOf(StartError);
  await expect(opening).rejects.toThrow(message);
});

test("another authority's certificate beside the key is refused", async () => {
  await openAuthority(folder);
  const validity = { from: Date.now() - DAY_MS, until: Date.now() + DAY_MS * 9 };
  await writeFile(join(folder, 'ca.pem'), await signAuthority(await newKey(), validity));
  await expect(openAuthority(folder)).rejects.toThrow(/not the CA certificate of ca\.key/);
});

test('a folder that cannot be made is refused with the flag named', async () => {
  await writeFile(join(folder, '..', 'file'), '');
  const opening = openAuthority(join(folder, '..', 'file', 'ca'));
  await expect(opening).rejects.toMatchObject({ field: '--ca', name: 'Error' });
  await expect(opening).rejects.toThrow(/cannot be used/);
});
