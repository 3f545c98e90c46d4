// A program as a child process, with what it prints and how it ends: the `postern` command, npm.
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The project's root. */
export const ROOT = new URL('../../', import.meta.url).pathname;

/** How it is started. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** All of its standard input. */
  readonly input?: string;
}

/** A program that runs or has run. */
export interface Command {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly out: string;
  readonly err: string;
  /** The exit code; `null` after a signal that it did not handle. */
  readonly exited: Promise<number | null>;
  /** Resolves when standard output or error holds `pattern`; rejects when the program ends without. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts `program` in the project's root with these variables, PATH and HOME only. */
export function command(
  program: string,
  args: readonly string[],
  { env = {}, cwd = ROOT, input }: CommandOptions = {},
): Command {
  const child = spawn(program, [...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
  child.stdin?.end(input);
  let out = '';
  let err = '';
  const watchers = new Set<() => void>();
  const keep = (chunk: Buffer, write: (text: string) => void): void => {
    write(chunk.toString());
    for (const watch of watchers) watch();
  };
  child.stdout.on('data', (chunk: Buffer) => keep(chunk, (text) => (out += text)));
  child.stderr.on('data', (chunk: Buffer) => keep(chunk, (text) => (err += text)));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const prints: Command['prints'] = (pattern) =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const match = pattern.exec(out) ?? pattern.exec(err);
        if (match === null) return;
        watchers.delete(watch);
        resolve(match);
      };
      watchers.add(watch);
      watch();
      exited.then((code) => reject(new Error(`ended with ${code}\n${out}${err}`)), reject);
    });
  return {
    process: child,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    exited,
    prints,
  };
}

/** `postern` with these arguments, run by Node itself as compose files do. */
export function postern(args: readonly string[], options?: CommandOptions): Command {
  return command(process.execPath, [join(ROOT, 'services/postern.mjs'), ...args], options);
}
