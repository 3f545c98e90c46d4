// The entry of the command: what it compiles is kept for the next start.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { command, postern, ROOT } from '../support/command.ts';

const TELL =
  'process.on("exit", () => console.log(process.getBuiltinModule("module").getCompileCacheDir()))';

test('code is kept compiled beside the packages', async () => {
  const entry = join(ROOT, 'services/postern.mjs');
  const asked = command(process.execPath, [
    '--import',
    `data:text/javascript,${TELL}`,
    entry,
    '--help',
  ]);
  expect(await asked.exited).toBe(0);
  expect(asked.out).toMatch(/\/node_modules\/\.cache\/postern-compiled\/v\d/);
});

test('or where NODE_COMPILE_CACHE says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-compiled-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(await postern(['--help'], { env: { NODE_COMPILE_CACHE: folder } }).exited).toBe(0);
  const [version = ''] = await readdir(folder);
  expect((await readdir(join(folder, version))).length).toBeGreaterThan(5);
});

test('tail knows its kinds of lines', async () => {
  const tail = postern(['tail', '--endpoint', 'http://127.0.0.1:1', '--events', 'log,bogus']);
  expect(await tail.exited).toBe(2);
  expect(tail.err).toBe('--events: bogus is none of access, function, log\n');
});
