// A whole node as a process of its own, as users start it, with a folder and ports of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = new URL('../../', import.meta.url).pathname;

/** What the ready line says. */
export interface Ready {
  readonly gateway: string;
  readonly admin: string;
  readonly ca: string;
  readonly region: string;
  readonly account: string;
  readonly stacks: readonly {
    readonly name: string;
    readonly outputs: Readonly<Record<string, string>>;
    readonly urls: Readonly<Record<string, string>>;
  }[];
}

/** How to start. */
export interface NodeOptions {
  /** Further arguments of `postern start`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Data folder; without it a fresh one that goes with the node. */
  readonly data?: string;
}

/** A running node. */
export interface TestNode {
  readonly ready: Ready;
  readonly process: ChildProcess;
  readonly data: string;
  /** All JSON lines so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** HTTPS agent that trusts the node's CA. */
  readonly agent: Agent;
  readonly caText: string;
  /** Resolves with the first line, past or future, for which `wanted` holds. */
  line(
    wanted: (line: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a signal and resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Starts a node on free ports and waits for its ready line; rejects with its output when it ends before. */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'postern-node-')));
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'services/postern.mjs'),
      'start',
      ...(options.args ?? []),
      ...['--json', '--port', '0', '--admin-port', '0', '--data', data],
    ],
    {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: Record<string, unknown>[] = [];
  const watchers = new Set<(line: Record<string, unknown>) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Record<string, unknown>;
    lines.push(line);
    for (const watch of watchers) watch(line);
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));

  const line: TestNode['line'] = (wanted) =>
    new Promise((resolve, reject) => {
      const watch = (candidate: Record<string, unknown>): void => {
        if (!wanted(candidate)) return;
        watchers.delete(watch);
        resolve(candidate);
      };
      watchers.add(watch);
      lines.forEach(watch);
      void exited.then((code) => reject(new Error(`the node ended with ${code}\n${errors}`)));
    });
  const end: TestNode['end'] = (signal = 'SIGTERM') => {
    child.kill(signal);
    return exited;
  };

  const ready = (await line(({ event }) => event === 'ready')) as unknown as Ready;
  const caText = readFileSync(ready.ca, 'utf8');
  const agent = new Agent({ ca: caText, keepAlive: true });
  const close = async (): Promise<void> => {
    agent.destroy();
    await end();
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
  };
  return { ready, process: child, data, lines, agent, caText, line, end, close };
}
