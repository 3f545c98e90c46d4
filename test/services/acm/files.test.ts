// Certificates of the configuration: imported at start under a stable ARN, followed through every way of replacing files.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StartError } from '#shared/runtime/start-error.ts';
import { CertificateDesk, REGION } from '../../support/certificate-desk.ts';
import { rootAuthority, type Identity } from '../../support/pki.ts';

const NAMES = { names: ['ws.example.com'] };
/** Of the name `chat`: whoever wrote it into a template finds it again. */
const ARN = `arn:aws:acm:${REGION}:000000000000:certificate/16b4c285-f945-8d45-8b1e-3b6f20ccf724`;
let folder: string;
let desks: CertificateDesk[];
let root: Identity;
const at = (name: string): string => join(folder, name);
const identity = (more: object = {}) =>
  root.issue('CN=ws.example.com', { ...NAMES, until: 90, ...more });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-files-'));
  desks = [];
  root ??= await rootAuthority('CN=Root');
});
afterEach(async () => {
  await Promise.all(desks.map((desk) => desk.close()));
  await rm(folder, { recursive: true, force: true });
});

interface Paths {
  readonly cert: string;
  readonly key: string;
  readonly chain?: string;
}

async function open(files: Paths, beside?: CertificateDesk): Promise<CertificateDesk> {
  const options = { files: { chat: files }, ...(beside === undefined ? {} : { beside }) };
  const desk = await CertificateDesk.open(options);
  desks.push(desk);
  await desk.service.start();
  return desk;
}

async function write(one: Identity, place = ''): Promise<Paths> {
  const paths = { cert: at(`${place}fullchain.pem`), key: at(`${place}privkey.pem`) };
  await writeFile(paths.cert, one.cert + root.cert);
  await writeFile(paths.key, one.key);
  return paths;
}

/** A state is read when it has stood for one look. */
async function looks(desk: CertificateDesk): Promise<void> {
  await desk.service.files.look();
  await desk.service.files.look();
}

const servedBy = (desk: CertificateDesk): string | undefined => desk.service.pair(ARN)?.cert;

test('files are imported at start, with the chain of the same file, under an ARN made of the name', async () => {
  const one = await identity();
  const desk = await open(await write(one));
  expect(servedBy(desk)).toBe(one.cert + root.cert);
  expect(await desk.describe(ARN)).toMatchObject({
    Type: 'IMPORTED',
    DomainName: 'ws.example.com',
  });
  expect(await desk.call('ListTagsForCertificate', { CertificateArn: ARN })).toEqual({
    Tags: [{ Key: 'Name', Value: 'chat' }],
  });
  expect(desk.said('info')).toMatchObject([{ fields: { name: 'chat', arn: ARN } }]);
});

test('a chain may be a file of its own, or be missing', async () => {
  const one = await identity();
  const paths = await write(one);
  await writeFile(paths.cert, one.cert);
  expect(servedBy(await open(paths))).toBe(one.cert);
  await writeFile(at('chain.pem'), root.cert);
  expect(servedBy(await open({ ...paths, chain: at('chain.pem') }))).toBe(one.cert + root.cert);
});

test('the looking goes on by the clock', async () => {
  const paths = await write(await identity());
  const desk = await open(paths);
  const two = await identity();
  await write(two);
  const advanced = async () => {
    desk.clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return servedBy(desk);
  };
  await expect.poll(advanced).toBe(two.cert + root.cert);
  await desk.service.stop();
  await write(await identity());
  for (let second = 0; second < 4; second++) await advanced();
  expect(servedBy(desk)).toBe(two.cert + root.cert);
});

const replacements: [string, (next: Identity) => Promise<unknown>][] = [
  ['written in place', (next) => write(next)],
  [
    'renamed over',
    async (next) => {
      await write(next, 'new-');
      await rename(at('new-privkey.pem'), at('privkey.pem'));
      await rename(at('new-fullchain.pem'), at('fullchain.pem'));
    },
  ],
];

test.each(replacements)('files %s are served', async (_way, replace) => {
  const desk = await open(await write(await identity()));
  const next = await identity();
  await replace(next);
  await looks(desk);
  expect(servedBy(desk)).toBe(next.cert + root.cert);
  expect(desk.said('error')).toEqual([]);
});

test('links that are swapped, as certbot and mounted secrets do, are followed', async () => {
  for (const version of ['1', '2', '3']) await mkdir(at(version));
  const [one, two, three] = [await identity(), await identity(), await identity()];
  await write(one, '1/');
  await write(two, '2/');
  await write(three, '3/');
  await symlink('1', at('current'));
  for (const file of ['fullchain.pem', 'privkey.pem']) await symlink(`current/${file}`, at(file));
  const desk = await open({ cert: at('fullchain.pem'), key: at('privkey.pem') });
  expect(servedBy(desk)).toBe(one.cert + root.cert);
  await symlink('2', at('next'));
  await rename(at('next'), at('current'));
  await looks(desk);
  expect(servedBy(desk)).toBe(two.cert + root.cert);
  for (const file of ['fullchain.pem', 'privkey.pem']) {
    await rm(at(file));
    await symlink(`3/${file}`, at(file));
  }
  await looks(desk);
  expect(servedBy(desk)).toBe(three.cert + root.cert);
});

test('a pair that is only half there leaves the old one serving, is told once, and is taken when it is whole', async () => {
  const one = await identity();
  const paths = await write(one);
  const desk = await open(paths);
  const next = await identity();
  await writeFile(paths.cert, next.cert);
  await looks(desk);
  await looks(desk);
  expect(servedBy(desk)).toBe(one.cert + root.cert);
  expect(desk.said('error')).toMatchObject([
    {
      message: 'certificate files cannot be used; the certificate before is served on',
      fields: { name: 'chat', ...paths },
    },
  ]);
  await writeFile(paths.key, next.key);
  await looks(desk);
  expect(servedBy(desk)).toBe(next.cert);
  expect(desk.said('error')).toHaveLength(1);
});

test.each<[string, (paths: Paths) => Promise<unknown>, RegExp]>([
  ['a file that is gone', ({ key }) => rm(key), /ENOENT.*privkey\.pem/],
  ['a cut file', ({ cert }) => writeFile(cert, '-----BEGIN'), /Unable to parse certificate/],
  [
    'an encrypted key',
    ({ key }) =>
      writeFile(
        key,
        '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----',
      ),
    /should not be encrypted/,
  ],
  [
    'an expired certificate',
    async () => write(await identity({ from: -9, until: -1 })),
    /has expired/,
  ],
])('%s leaves the old one serving', async (_what, spoil, reason) => {
  const one = await identity();
  const paths = await write(one);
  const desk = await open(paths);
  await spoil(paths);
  await looks(desk);
  expect(servedBy(desk)).toBe(one.cert + root.cert);
  const [line] = desk.said('error') as { fields: { error: Error } }[];
  expect(line?.fields.error.message).toMatch(reason);
  await write(one);
  await looks(desk);
  expect(desk.said('error')).toHaveLength(1);
});

test('files that are not good do not start a node that has nothing to serve, but one that has', async () => {
  const one = await identity();
  const paths = await write(one);
  await writeFile(paths.key, 'half a ke');
  await expect(open(paths)).rejects.toThrow(StartError);
  await expect(open(paths)).rejects.toMatchObject({
    field: 'certificates.chat',
    message: `The private key is not supported. (${paths.cert}, ${paths.key})`,
  });
  await write(one);
  const before = await open(paths);
  await writeFile(paths.key, 'half a ke');
  const after = await open(paths, before);
  expect(servedBy(after)).toBe(one.cert + root.cert);
  expect(after.said('error')).toHaveLength(1);
});

test('nodes with the same files write them once; one with older files undoes nothing when it starts', async () => {
  const old = await identity({ from: -5 });
  const fresh = await identity({ from: -1 });
  const a = await open(await write(old, 'a-'));
  const b = await open(await write(old, 'b-'), a);
  expect(b.said('info')).toMatchObject([{ message: 'certificate files are imported already' }]);
  await write(fresh, 'b-');
  await looks(b);
  await expect.poll(() => servedBy(a)).toBe(fresh.cert + root.cert);
  const again = await open({ cert: at('a-fullchain.pem'), key: at('a-privkey.pem') }, b);
  expect(servedBy(again)).toBe(fresh.cert + root.cert);
  expect(again.said('warn')).toMatchObject([
    { message: 'certificate files are older than what is stored, which is kept' },
  ]);
});

test('somebody who puts older files back is obeyed', async () => {
  const [old, fresh] = [await identity({ from: -5 }), await identity({ from: -1 })];
  const a = await open(await write(fresh));
  const b = await open({ cert: at('fullchain.pem'), key: at('privkey.pem') }, a);
  await write(old);
  await looks(b);
  await expect.poll(() => servedBy(a)).toBe(old.cert + root.cert);
});

test('a new key of the vault is no end: the files are sealed again at the next start', async () => {
  const one = await identity();
  const paths = await write(one);
  const before = await open(paths);
  const desk = await CertificateDesk.open({
    ...{ files: { chat: paths }, beside: before, strange: true },
  });
  desks.push(desk);
  await desk.service.start();
  expect(servedBy(desk)).toBe(one.cert + root.cert);
});
