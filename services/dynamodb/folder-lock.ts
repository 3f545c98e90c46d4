// One node a data folder: a lock that the kernel lets go of when the process ends, however it ends.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ClassicLevel, type LevelDb } from './dynalite.ts';

/** A data folder that this node cannot have; the message is for people. Exit code 2 of the command line. */
export class DataFolderError extends Error {
  readonly reason: 'in-use' | 'not-writable';

  constructor(reason: DataFolderError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const OWNER = 'pid';

/**
 * Holds a data folder. The lock is that of a LevelDB without content in `{folder}/lock`: an advisory lock of its
 * file, which works for folders of any length, between containers on one volume, and leaves nothing stale behind.
 */
export class FolderLock {
  readonly #level: LevelDb;

  private constructor(level: LevelDb) {
    this.#level = level;
  }

  /** Makes the folder when it is not there and takes it. Throws `DataFolderError`. */
  static async acquire(folder: string): Promise<FolderLock> {
    const home = join(resolve(folder), 'lock');
    try {
      await makeFolder(home);
    } catch (error) {
      throw notWritable(folder, error);
    }
    const level = new ClassicLevel(home, {});
    try {
      await level.open();
    } catch (error) {
      throw isLocked(error) ? await inUse(folder, home, error) : notWritable(folder, error);
    }
    return FolderLock.#claimed(level, folder, home);
  }

  /** Gives the folder back. */
  async release(): Promise<void> {
    await this.#level.close();
  }

  static async #claimed(level: LevelDb, folder: string, home: string): Promise<FolderLock> {
    try {
      await writeFile(join(home, OWNER), `${process.pid}\n`);
    } catch (error) {
      await level.close();
      throw notWritable(folder, error);
    }
    return new FolderLock(level);
  }
}

/**
 * Makes a folder and those above it, where they are missing. Node's own `recursive` never ends where a folder is there
 * but takes none, as `/proc`: it is told that the parent exists, and tries again for ever.
 */
async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path, { mode: 0o700 });
}

/** Whether the folder is there now; false where its parent may be missing. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT') return false;
    if (code !== 'EEXIST') throw error;
    if (!(await stat(path)).isDirectory()) throw error;
  }
  return true;
}

function isLocked(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return code === 'LEVEL_LOCKED' || cause?.code === 'LEVEL_LOCKED';
}

async function inUse(folder: string, home: string, cause: unknown): Promise<DataFolderError> {
  const owner = await readFile(join(home, OWNER), 'utf8').catch(() => '');
  const who = owner.trim() === '' ? '' : ` (process ${owner.trim()})`;
  const message = `data folder ${folder} is in use by another node${who}`;
  return new DataFolderError('in-use', message, { cause });
}

function notWritable(folder: string, error: unknown): DataFolderError {
  const { cause, message } = error as { cause?: Error; message: string };
  const text = `data folder ${folder} cannot be written: ${cause?.message ?? message}`;
  return new DataFolderError('not-writable', text, { cause: error });
}
