// Code of functions: folders, links, archives and inline text as zips with hashes of their content.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCode, zipOf } from '#services/deploy/code.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-code-'));
  mkdirSync(join(folder, 'src/node_modules/dep'), { recursive: true });
  writeFileSync(join(folder, 'src/app.mjs'), 'app');
  writeFileSync(join(folder, 'src/node_modules/dep/index.js'), 'dep');
});
afterEach(() => rmSync(folder, { recursive: true }));

const contents = (zip: Uint8Array): Record<string, string> =>
  Object.fromEntries(
    Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  );

test('a folder is zipped with its node_modules, without what is never code', async () => {
  for (const name of ['.git', '.aws-sam', '.postern']) {
    mkdirSync(join(folder, 'src', name));
    writeFileSync(join(folder, 'src', name, 'x'), 'x');
  }
  expect(contents(await zipOf('src', folder))).toEqual({
    'app.mjs': 'app',
    'node_modules/dep/index.js': 'dep',
  });
});

test('links are followed, circles and dangling ones are not', async () => {
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'shared/lib.mjs'), 'lib');
  symlinkSync('../shared', join(folder, 'src/shared'));
  symlinkSync('.', join(folder, 'src/self'));
  symlinkSync('nowhere', join(folder, 'src/gone'));
  expect(Object.keys(contents(await zipOf('src', folder)))).toEqual([
    'app.mjs',
    'node_modules/dep/index.js',
    'shared/lib.mjs',
  ]);
});

test('equal content has an equal hash and archive, whatever the dates', async () => {
  const before = await loadCode('src', folder);
  const zip = await zipOf('src', folder);
  utimesSync(join(folder, 'src/app.mjs'), new Date(0), new Date(0));
  expect((await loadCode('src', folder)).hash).toBe(before.hash);
  expect(Buffer.from(await zipOf('src', folder)).equals(zip)).toBe(true);
});

test.each([
  ['content', () => writeFileSync(join(folder, 'src/app.mjs'), 'apq')],
  ['a new file', () => writeFileSync(join(folder, 'src/b'), '')],
  ['an executable bit', () => chmodSync(join(folder, 'src/app.mjs'), 0o755)],
])('%s changes the hash', async (_what, change) => {
  const { hash } = await loadCode('src', folder);
  change();
  expect((await loadCode('src', folder)).hash).not.toBe(hash);
});

test('an archive goes as it is', async () => {
  const archive = await zipOf('src', folder);
  writeFileSync(join(folder, 'code.zip'), archive);
  expect(Buffer.from(await zipOf('code.zip', folder)).equals(archive)).toBe(true);
});

test('inline code is index.js', async () => {
  expect(contents(await zipOf({ ZipFile: 'exports.handler = 1' }, folder))).toEqual({
    'index.js': 'exports.handler = 1',
  });
});
