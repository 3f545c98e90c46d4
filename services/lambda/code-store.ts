// Unpacked function code on this node: one folder a zip, by its hash, made when first needed.
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '#shared/model/store.ts';
import { readArchive } from './archive.ts';
import type { ArchiveEntry } from './archive.ts';

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

  async start(): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    // The nearest package.json decides what .js files are: it must not be one that happens to lie above the data.
    await writeFile(join(this.#root, 'package.json'), '{}\n');
  }

  /** Folder of cached compiled code, shared by all environments. */
  get compileCache(): string {
    return join(this.#root, '.compile-cache');
  }

  /** Stores a zip; answers its hash. */
  async put(zip: Uint8Array): Promise<string> {
    return this.#blobs.put(zip);
  }

  /** The zip as it came; `undefined` when the store has lost it. */
  async zip(hash: string): Promise<Buffer | undefined> {
    return this.#blobs.get(hash);
  }

  /** Absolute path of the unpacked code. Rejects when the zip is not in the store or the disk refuses. */
  async folder(hash: string): Promise<string> {
    const path = join(this.#root, hash);
    if (await exists(path)) return path;
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
    const temporary = join(this.#root, `.unpacking-${randomUUID()}`);
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

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
