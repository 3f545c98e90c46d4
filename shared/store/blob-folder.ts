// A node's own copies of blobs by hash, so that code and snapshots are fetched once.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '#shared/runtime/logger.ts';

/** A folder of blobs. It is a cache: what cannot be read or written is logged and counts as not there. */
export class BlobFolder {
  readonly #path: string;
  readonly #logger: Logger;
  #temporary = 0;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** The bytes kept under `hash`, unchecked. */
  async read(hash: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#file(hash));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#report('read', hash, error);
      return undefined;
    }
  }

  /** Keeps `bytes`; a crash leaves all of them or none. */
  async write(hash: string, bytes: Uint8Array): Promise<void> {
    const temporary = `${this.#file(hash)}.${process.pid}-${this.#temporary++}`;
    try {
      await mkdir(this.#path, { recursive: true });
      await writeFile(temporary, bytes, { mode: 0o600 });
      await rename(temporary, this.#file(hash));
    } catch (error) {
      this.#report('write', hash, error);
      await this.#drop(temporary, hash);
    }
  }

  /** Forgets the copy. */
  async remove(hash: string): Promise<void> {
    await this.#drop(this.#file(hash), hash);
  }

  /** Forgets copies older than `graceMs` of which `isThere` says that the store has lost them, and what writes left. */
  async sweep(graceMs: number, isThere: (hash: string) => Promise<boolean>): Promise<void> {
    const cutoff = Date.now() - graceMs;
    for (const name of await this.#names()) {
      if ((await this.#changedAt(name)) > cutoff) continue;
      if (name.includes('.') || !(await isThere(name))) await this.remove(name);
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#report('list', '', error);
      return [];
    }
  }

  async #changedAt(name: string): Promise<number> {
    try {
      return (await stat(this.#file(name))).mtimeMs;
    } catch (error) {
      this.#report('look at', name, error);
      return Infinity;
    }
  }

  async #drop(file: string, hash: string): Promise<void> {
    try {
      await rm(file, { force: true });
    } catch (error) {
      this.#report('remove', hash, error);
    }
  }

  #file(hash: string): string {
    return join(this.#path, hash);
  }

  #report(what: string, hash: string, error: unknown): void {
    this.#logger.warn(`cannot ${what} the local copy of a blob`, { hash, error });
  }
}
