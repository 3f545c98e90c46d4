// Room on the disk: opening a LevelDB again writes what its log holds, and must not be tried where that does not fit.
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARGIN_BYTES = 1024 * 1024;

/** Writes as much as opening the database in `folder` again may write, and removes it; rejects when it does not fit. */
export async function assertRoom(folder: string): Promise<void> {
  const probe = join(folder, 'room');
  try {
    await writeFile(probe, Buffer.alloc((await logBytes(folder)) + MARGIN_BYTES));
  } finally {
    await rm(probe, { force: true });
  }
}

async function logBytes(folder: string): Promise<number> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
