// The data folder's lock: one node a folder, told clearly, and gone with the process that held it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderError, FolderLock } from '#services/dynamodb/folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const failure = async (path: string): Promise<DataFolderError> => {
  const error = await FolderLock.acquire(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataFolderError);
  return error as DataFolderError;
};

test('a folder is taken once, and again when it was given back', async () => {
  const lock = await FolderLock.acquire(folder);
  const { reason, message } = await failure(folder);
  expect(reason).toBe('in-use');
  expect(message).toBe(`data folder ${folder} is in use by another node (process ${process.pid})`);
  await lock.release();
  await (await FolderLock.acquire(folder)).release();
});

test('a folder that is not there is made, however long its name', async () => {
  const deep = join(folder, 'a'.repeat(120), 'b'.repeat(120));
  const lock = await FolderLock.acquire(deep);
  expect((await failure(deep)).reason).toBe('in-use');
  await lock.release();
});

test('a folder that cannot be written is told as such', async () => {
  writeFileSync(join(folder, 'file'), '');
  const { reason, message } = await failure(join(folder, 'file', 'data'));
  expect(reason).toBe('not-writable');
  expect(message).toContain('ENOTDIR');
});

test.runIf(process.platform === 'linux')(
  'a folder where none can be made is told as such, not tried for ever',
  async () => {
    const { reason, message } = await failure('/proc/postern');
    expect(reason).toBe('not-writable');
    expect(message).toContain('ENOENT');
  },
);

test('a file in the place of the folder is told as such', async () => {
  writeFileSync(join(folder, 'lock'), '');
  expect((await failure(folder)).message).toContain('EEXIST');
});

test('another process is kept out, and a killed one leaves nothing behind', async () => {
  const source = new URL('../../../services/dynamodb/folder-lock.ts', import.meta.url);
  const script = `import { FolderLock } from ${JSON.stringify(source.href)};
    await FolderLock.acquire(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const { message } = await failure(folder);
    expect(message).toContain(`(process ${child.pid})`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await (await FolderLock.acquire(folder)).release();
});
