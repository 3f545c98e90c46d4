// A server process on its core: started, heard until its first line, stopped.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Cores: the server has one for itself, the generator the other. */
export const SERVER_CORE = '0';
export const GENERATOR_CORE = '1';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');

/** A running server; `stop` ends it and removes what it wrote. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts node with `args` on the server's core. */
export function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  return spawn('taskset', ['-c', SERVER_CORE, process.execPath, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** What the server prints when it listens, one line of JSON. */
export function firstLine(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    if (child.stdout === null) return;
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
}

/** `child` as a server that listens on `port`; `clean` runs after its end. */
export function running(child: ChildProcess, port: number, clean?: () => void): Server {
  return {
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      clean?.();
    },
  };
}
