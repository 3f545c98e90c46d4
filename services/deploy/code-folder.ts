// Reads a code folder as Lambda would get it zipped: every file, links followed, without what never belongs into a function.
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a function's code; `path` has forward slashes and is relative to the folder. */
export interface CodeFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly executable: boolean;
}

/** AWS Lambda quotas: content of a zip unpacked. */
export const MAX_CODE_BYTES = 250 * 1024 * 1024;

/** Never part of a function: version control, build output of SAM, a node's own data. */
export const SKIPPED_NAMES: ReadonlySet<string> = new Set([
  '.git',
  '.aws-sam',
  '.postern',
  '.DS_Store',
]);

/** Files of `folder` in byte order of their paths. Throws when there are more bytes than Lambda takes. */
export async function readFolder(folder: string): Promise<CodeFile[]> {
  const files: CodeFile[] = [];
  await collect(folder, '', { files, open: [await realpath(folder)], total: { bytes: 0 } });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Walk {
  readonly files: CodeFile[];
  /** Real paths of the folders being read: a link back to one of them would never end. */
  readonly open: readonly string[];
  readonly total: { bytes: number };
}

async function collect(folder: string, prefix: string, walk: Walk): Promise<void> {
  for (const name of await readdir(folder)) {
    if (SKIPPED_NAMES.has(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(missingTarget);
    if (facts === undefined) continue;
    if (facts.isDirectory()) {
      const real = await realpath(path);
      if (walk.open.includes(real)) continue;
      await collect(path, `${prefix}${name}/`, { ...walk, open: [...walk.open, real] });
    } else if (facts.isFile()) {
      walk.total.bytes += facts.size;
      if (walk.total.bytes > MAX_CODE_BYTES) {
        throw new Error(`${folder} holds more than the ${MAX_CODE_BYTES} bytes that Lambda takes`);
      }
      const bytes = await readFile(path);
      walk.files.push({ path: `${prefix}${name}`, bytes, executable: (facts.mode & 0o100) !== 0 });
    }
  }
}

/** A dangling link is no file; anything else that cannot be read must be told. */
function missingTarget(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
