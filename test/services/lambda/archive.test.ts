// Zips of function code: what is read, and what is refused before anything is written.
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync, type Zippable } from 'fflate';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ArchiveError, readArchive } from '#services/lambda/archive.ts';
import { CodeStore } from '#services/lambda/code-store.ts';
import { MemoryBlobStore } from '../../support/memory-store.ts';

const UNIX = 3;
const file = (text: string, mode = 0o644): Zippable[string] => [
  strToU8(text),
  { os: UNIX, attrs: (0o100000 | mode) << 16 },
];
const link = (target: string): Zippable[string] => [
  strToU8(target),
  { os: UNIX, attrs: (0o120777 << 16) >>> 0 },
];
const zip = (files: Zippable): Buffer => Buffer.from(zipSync(files));

async function unpacked(archive: Buffer): Promise<{ root: string; folder: string }> {
  const root = await mkdtemp(join(tmpdir(), 'postern-code-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const store = new CodeStore(root, new MemoryBlobStore());
  await store.start();
  return {
    root,
    folder: await store.folder(await store.put(archive, { partition: 'test', sort: 'owner' })),
  };
}

describe('what is unpacked', () => {
  test('files, folders, modes and links', async () => {
    const { folder } = await unpacked(
      zip({
        'a/b/c.txt': file('deep'),
        'run.sh': file('#!/bin/sh', 0o755),
        stored: [strToU8('as it is'), { level: 0 }],
        'big.txt': file('x'.repeat(1_000_000)),
        'latest.txt': link('a/b/c.txt'),
        'empty/': new Uint8Array(),
      }),
    );
    expect(await readFile(join(folder, 'a/b/c.txt'), 'utf8')).toBe('deep');
    expect((await stat(join(folder, 'run.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, 'stored'), 'utf8')).toBe('as it is');
    expect((await stat(join(folder, 'big.txt'))).size).toBe(1_000_000);
    expect(await readlink(join(folder, 'latest.txt'))).toBe('a/b/c.txt');
  });

  test('the same code twice and at once: one folder, nothing left over', async () => {
    const root = await mkdtemp(join(tmpdir(), 'postern-code-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const blobs = new MemoryBlobStore();
    const stores = [new CodeStore(root, blobs), new CodeStore(root, blobs)];
    const hash = await blobs.put(zip({ 'index.js': file('1') }));
    for (const store of stores) await store.start();
    const folders = await Promise.all([...stores, ...stores].map((store) => store.folder(hash)));
    expect(new Set(folders)).toEqual(new Set([join(root, hash)]));
    expect((await readdir(root)).sort()).toEqual(['.compile-cache', hash, 'package.json'].sort());
  });

  test('at start, halves of a killed node and the longest unused folders go', async () => {
    const root = await mkdtemp(join(tmpdir(), 'postern-code-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const blobs = new MemoryBlobStore();
    const store = new CodeStore(root, blobs);
    const hashOf = (n: number): string => n.toString(16).padStart(64, '0');
    for (let n = 0; n < 101; n++) {
      await mkdir(join(root, hashOf(n)));
      await utimes(join(root, hashOf(n)), n, n);
    }
    await mkdir(join(root, '.unpacking-x', 'deep'), { recursive: true });
    await store.folder(hashOf(0));
    await store.start();
    const names = await readdir(root);
    expect(names).toHaveLength(102);
    expect(names).toContain(hashOf(0));
    expect(names).not.toContain(hashOf(1));
    expect(names).not.toContain('.unpacking-x');
  });

  test('code that the store has lost is an error, not a folder', async () => {
    const root = await mkdtemp(join(tmpdir(), 'postern-code-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const store = new CodeStore(root, new MemoryBlobStore());
    await store.start();
    await expect(store.folder('0'.repeat(64))).rejects.toThrow('is not in the store');
    expect(await readdir(root)).toEqual(['.compile-cache', 'package.json']);
  });
});

const good = zip({ 'index.js': file('exports.handler = 1; // some text to be packed, some text') });

/** `good` with one 32-bit field of its only central header changed. */
function forged(offset: number, value: number): Buffer {
  const copy = Buffer.from(good);
  copy.writeUInt32LE(value, copy.readUInt32LE(copy.length - 6) + offset);
  return copy;
}

describe('what is refused', () => {
  test.each([
    ['no zip', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['cut short', good.subarray(0, good.length - 30)],
    ['parent folder', zip({ '../x': file('') })],
    ['parent folder inside', zip({ 'a/../../x': file('') })],
    ['absolute path', zip({ '/etc/x': file('') })],
    ['backslashes', zip({ 'a\\..\\x': file('') })],
    ['file below a link', zip({ out: link('/tmp'), 'out/x': file('') })],
    ['encrypted', forged(8, 0x00080801)],
    ['central directory that points nowhere', forged(0, 0)],
  ])('%s', (_what, archive) => {
    expect(() => readArchive(archive)).toThrow(ArchiveError);
  });

  test.each([
    ['a wrong checksum', forged(16, 1)],
    ['more content than it says', forged(24, 3)],
    ['less content than it says', forged(24, 3000)],
    ['local header elsewhere', forged(42, 7)],
    ['local header outside', forged(42, 0x7fffffff)],
  ])('content with %s', async (_what, archive) => {
    const [entry] = readArchive(archive);
    await expect(entry?.content()).rejects.toThrow(ArchiveError);
  });

  test('more than 250 MB unpacked, told by the directory alone', () => {
    expect(() => readArchive(forged(24, 262_144_001))).toThrow(
      'Unzipped size must be smaller than 262144000 bytes',
    );
  });
});
