// A server process on its core: started, heard until its first line, stopped.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Cores: the server has one for itself, the generator the other where there is another. */
export const SERVER_CORE = '0';
export const GENERATOR_CORE = availableParallelism() > 1 ? '1' : '0';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');

/** Where a server is: what a generator needs to know of it. */
export interface Place {
  readonly port: number;
  /** Processes whose trees' CPU and memory count. */
  readonly pids: readonly number[];
  /** Where pushes go when that is not `port`. */
  readonly pushPort?: number;
  /** A gateway's admin listener, and the path of the certificate to trust there. */
  readonly admin?: string;
  readonly ca?: string;
}

/** A running server. */
export interface Server extends Place {
  /** From spawn to its first line. */
  readonly readyMs: number;
  /** Ends it by SIGTERM and removes what it wrote. */
  stop(): Promise<void>;
  /** The same by SIGKILL. A data folder of the caller's stays, as with `stop`. */
  kill(): Promise<void>;
}

/** How a process is started. */
export interface LaunchOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly core?: string;
  /** What becomes of standard error; it is the bench's own unless told. */
  readonly stderr?: 'pipe';
}

/** Starts node with `args` on the server's core. */
export function launch(args: readonly string[], options: LaunchOptions = {}): ChildProcess {
  const { env = {}, cwd = ROOT, core = SERVER_CORE, stderr = 'inherit' } = options;
  return spawn('taskset', ['-c', core, process.execPath, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', stderr],
  });
}

/** A server that has not said anything by then never will. */
const LONGEST_START_MS = 60_000;

/** The first line that `child` prints, as it is; rejects when it ends before, or takes too long and is ended. */
export function firstLine(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error(`a server was not ready after ${LONGEST_START_MS / 1000} s`));
  }, LONGEST_START_MS);
  child.once('exit', (code) => reject(new Error(`a server ended with ${code}`)));
  if (child.stdout !== null) createInterface(child.stdout).once('line', resolve);
  return promise.finally(() => clearTimeout(timer));
}

/** Ends `child` by `signal` and waits for it. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** `child`, started at `since` and ready now, as a server at `place`; `clean` runs after its end. */
export function running(
  child: ChildProcess,
  place: Omit<Place, 'pids'>,
  { since, clean }: { readonly since: number; readonly clean?: () => void },
): Server {
  return {
    ...place,
    pids: child.pid === undefined ? [] : [child.pid],
    readyMs: performance.now() - since,
    stop: async () => {
      await end(child, 'SIGTERM');
      clean?.();
    },
    kill: async () => {
      await end(child, 'SIGKILL');
      clean?.();
    },
  };
}
