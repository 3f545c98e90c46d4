// Small files that several processes may make and read: each is put in place whole.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** The text at `path`; `undefined` when nothing is there. */
export async function readOr(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts a whole file at `path` unless one is there already: then that one stays. */
export async function createOnce(path: string, text: string, mode: number): Promise<void> {
  const draft = await drafted(path, text, mode);
  try {
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      // Where a file system has no hard links an exclusive copy must do.
      if (error.code === 'EEXIST') throw error;
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Puts a whole file in the place of whatever is at `path`. */
export async function replaceWhole(path: string, text: string, mode: number): Promise<void> {
  await rename(await drafted(path, text, mode), path);
}

async function drafted(path: string, text: string, mode: number): Promise<string> {
  const draft = `${path}.${randomUUID()}.tmp`;
  await writeFile(draft, text, { mode, flag: 'wx', flush: true });
  return draft;
}
