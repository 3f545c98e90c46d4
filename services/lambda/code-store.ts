// Unpacked function code on this node: one folder a zip, by its hash, made when first needed.
import { randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore, ResourceKey } from '#shared/model/store.ts';
import { readArchive } from './archive.ts';
import type { ArchiveEntry } from './archive.ts';

const UNPACKING = '.unpacking-';
const HASH = /^[0-9a-f]{64}$/;
/** Unpacked zips that stay from one start to the next; others are unpacked again when needed. */
const KEPT = 100;
/** Files of the compile cache beyond which it begins anew at the next start. */
const CACHED_FILES = 5000;

/** Folders of code below `root`. A folder that is there is complete: it got its name by a rename. */
export class CodeStore {
  readonly #root: string;
  readonly #blobs: BlobStore;
  readonly #unpacking = new Map<string, Promise<string>>();

  /** @param root absolute; made when missing. */
  constructor(root: string, blobs: BlobStore) {
    this.#root = root;
    this.#blobs = blobs;
  }

  /** Makes the root ready, and room: what a killed node left half unpacked goes, and folders not used for long. */
  async start(): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    const names = await readdir(this.#root);
    const halves = names.filter((name) => name.startsWith(UNPACKING));
    const folders = await newestFirst(
      this.#root,
      names.filter((name) => HASH.test(name)),
    );
    for (const name of [...halves, ...folders.slice(KEPT)]) {
      await rm(join(this.#root, name), { recursive: true, force: true });
    }
    await this.#boundCompileCache();
    // The nearest package.json decides what .js files are: it must not be one that happens to lie above the data.
    await writeFile(join(this.#root, 'package.json'), '{}\n');
  }

  /** Folder of cached compiled code, shared by all environments. */
  get compileCache(): string {
    return join(this.#root, '.compile-cache');
  }

  /** Node never drops anything from it, and every new revision of a function adds to it. */
  async #boundCompileCache(): Promise<void> {
    await mkdir(this.compileCache, { recursive: true });
    const files = await readdir(this.compileCache, { recursive: true });
    if (files.length > CACHED_FILES) await rm(this.compileCache, { recursive: true, force: true });
  }

  /** Stores a zip that `owner` will name; answers its hash. */
  async put(zip: Uint8Array, owner: ResourceKey): Promise<string> {
    return this.#blobs.put(zip, owner);
  }

  /** The zip as it came; `undefined` when the store has lost it. */
  async zip(hash: string): Promise<Buffer | undefined> {
    return this.#blobs.get(hash);
  }

  /** Absolute path of the unpacked code. Rejects when the zip is not in the store or the disk refuses. */
  async folder(hash: string): Promise<string> {
    const path = join(this.#root, hash);
    if (await exists(path)) {
      await touch(path);
      return path;
    }
    let unpacking = this.#unpacking.get(hash);
    if (unpacking === undefined) {
      unpacking = this.#unpack(hash, path).finally(() => this.#unpacking.delete(hash));
      this.#unpacking.set(hash, unpacking);
    }
    return unpacking;
  }

  async #unpack(hash: string, path: string): Promise<string> {
    const zip = await this.#blobs.get(hash);
    if (zip === undefined) throw new Error(`the code ${hash} is not in the store`);
    const temporary = join(this.#root, `${UNPACKING}${randomUUID()}`);
    try {
      await writeEntries(temporary, readArchive(zip));
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another process on the same folder may have been faster.
      if (!(await exists(path))) throw error;
    }
    return path;
  }
}

async function writeEntries(root: string, entries: readonly ArchiveEntry[]): Promise<void> {
  await mkdir(root, { recursive: true });
  const folders = new Set(entries.map(({ path }) => dirname(join(root, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const entry of entries.filter(({ kind }) => kind === 'file')) {
    const path = join(root, entry.path);
    await writeFile(path, await entry.content());
    if ((entry.mode & 0o111) !== 0) await chmod(path, entry.mode | 0o600);
  }
  for (const entry of entries.filter(({ kind }) => kind === 'link')) {
    await symlink((await entry.content()).toString('utf8'), join(root, entry.path));
  }
}

/** The folder's age says when it was last used. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

async function newestFirst(root: string, names: readonly string[]): Promise<string[]> {
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(root, name))).mtimeMs })),
  );
  return aged.sort((a, b) => b.at - a.at).map(({ name }) => name);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
