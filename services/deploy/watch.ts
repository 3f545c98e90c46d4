// Watches a template and the code of its functions, and deploys again after every change, without ever giving up.
import { watch as watchFile, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, sep } from 'node:path';
import type { Clock, Timer } from '#shared/runtime/clock.ts';
import { SKIPPED_NAMES } from './code-folder.ts';

/** Editors write a file in several steps; a change is over when nothing came for this long. */
const QUIET_MS = 60;
/** How long to wait before a path that could not be watched is tried again. */
const RETRY_MS = 1000;
/** How often it is looked whether a folder is still the one that is watched. */
const REPLACED_MS = 500;

/** Ends watching one path. */
export interface Watched {
  close(): void;
}

/** Calls `changed` with the path inside `path` of every change, `failed` when it can watch no longer. */
export type WatchPath = (
  path: string,
  changed: (name: string) => void,
  failed: (error: unknown) => void,
) => Promise<Watched>;

/** What a watcher works with. */
export interface TemplateWatcherOptions {
  readonly templatePath: string;
  /** Deploys; resolves with the paths of code to watch from then on. Its errors are reported, not thrown. */
  readonly deploy: () => Promise<readonly string[]>;
  readonly report: (error: unknown) => void;
  readonly clock: Clock;
  /** Default: the file system's own events. */
  readonly watch?: WatchPath;
}

/** Deployments never overlap: what changes during one makes another after it. */
export class TemplateWatcher {
  readonly #options: TemplateWatcherOptions;
  readonly #watch: WatchPath;
  readonly #watched = new Map<string, Watched>();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(options: TemplateWatcherOptions) {
    this.#options = options;
    this.#watch = options.watch ?? watchPath;
  }

  /** Begins to watch the template and `codePaths`. */
  async start(codePaths: readonly string[]): Promise<void> {
    const { templatePath } = this.#options;
    const name = basename(templatePath);
    await this.#add(templatePath, dirname(templatePath), (changed) => changed === name);
    await this.#watchCode(codePaths);
  }

  /** Stops watching and waits for a deployment under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const watched of this.#watched.values()) watched.close();
    this.#watched.clear();
    await this.#running;
  }

  async #watchCode(paths: readonly string[]): Promise<void> {
    const { templatePath } = this.#options;
    const wanted = new Set(paths);
    for (const [path, watched] of this.#watched) {
      if (path === templatePath || wanted.has(path)) continue;
      watched.close();
      this.#watched.delete(path);
    }
    for (const path of wanted) await this.#add(path, path, isCode);
  }

  async #add(key: string, path: string, counts: (name: string) => boolean): Promise<void> {
    if (this.#closed || this.#watched.has(key)) return;
    const changed = (name: string): void => {
      if (counts(name)) this.#soon();
    };
    const failed = (error: unknown): void => {
      this.#options.report(error);
      this.#watched.get(key)?.close();
      this.#watched.delete(key);
      this.#options.clock.after(RETRY_MS, () => void this.#add(key, path, counts));
    };
    try {
      const watched = await this.#watch(path, changed, failed);
      if (this.#closed) watched.close();
      else this.#watched.set(key, watched);
    } catch (error) {
      failed(error);
    }
  }

  #soon(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(QUIET_MS, () => this.#deploy());
  }

  #deploy(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#deployOnce().finally(() => {
      this.#running = undefined;
      if (this.#again) this.#soon();
      this.#again = false;
    });
  }

  async #deployOnce(): Promise<void> {
    try {
      await this.#watchCode(await this.#options.deploy());
    } catch (error) {
      this.#options.report(error);
    }
  }
}

/** Whether a changed path belongs to the code; a node's own data may lie in the same folder. */
function isCode(name: string): boolean {
  return !name.split(sep).some((part) => SKIPPED_NAMES.has(part));
}

/**
 * A single file is watched through its folder, since editors replace files. A folder that is replaced, as builds do
 * with theirs, takes its events with it: it is watched anew.
 */
const watchPath: WatchPath = async (path, changed, failed) => {
  const isFolder = (await stat(path)).isDirectory();
  const open = (): FSWatcher => (isFolder ? inFolder(path, changed) : ofFile(path, changed));
  let closed = false;
  let identity = await identityOf(path);
  let watcher: FSWatcher | undefined = open().on('error', failed);
  const again = async (): Promise<void> => {
    const now = await identityOf(path);
    if (now === identity || closed) return;
    identity = now;
    watcher?.close();
    watcher = now === '' ? undefined : open().on('error', failed);
    changed('');
  };
  const timer = isFolder
    ? setInterval(() => void again().catch(failed), REPLACED_MS).unref()
    : undefined;
  const close = (): void => {
    closed = true;
    clearInterval(timer);
    watcher?.close();
  };
  return { close };
};

function inFolder(path: string, changed: (name: string) => void): FSWatcher {
  return watchFile(path, { recursive: true, persistent: false }, (_event, name) =>
    changed(name ?? ''),
  );
}

function ofFile(path: string, changed: (name: string) => void): FSWatcher {
  return watchFile(dirname(path), { persistent: false }, (_event, name) => {
    if (name === basename(path)) changed('');
  });
}

/** What tells a path's folder from another one that took its place; empty when there is none. */
async function identityOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? '' : `${found.ino} ${found.birthtimeMs}`;
}
