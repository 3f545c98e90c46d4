// A node under test as a process of its own: how long it takes to be ready, its lines, and how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'node:https';

const ROOT = join(import.meta.dirname, '..');

/** How a node is started. */
export interface NodeOptions {
  /** Data folder; absent: a fresh one that goes with the node. */
  readonly data?: string;
  /** Arguments of `postern start` beside ports and folder. */
  readonly args?: readonly string[];
  /** Arguments of Node itself. */
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Core it may run on; absent: any. */
  readonly core?: string;
  /** Gets every JSON line that the node prints once it is ready. */
  readonly onLine?: (line: NodeLine) => void;
}

/** A line of a node's standard output. */
export type NodeLine = Readonly<Record<string, unknown>>;

/** A ready node. */
export interface BenchNode {
  readonly pid: number;
  readonly gateway: URL;
  readonly admin: URL;
  /** Trusts the node's certificates. */
  readonly agent: Agent;
  /** From spawn to the line that says ready; `/readyz` has answered 200 right behind it. */
  readonly readyMs: number;
  /** CPU of the process until then. */
  readonly readyCpuMs: number;
  /** What Node and the node have said on standard error. */
  readonly stderr: () => string;
  /** Ends it with SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `postern start` on free ports; rejects with what it has printed when it ends before it is ready. */
export async function startNode(options: NodeOptions = {}): Promise<BenchNode> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'postern-bench-'));
  const started = performance.now();
  const child = launch(options, data);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = await new Promise<Record<string, string>>((resolve, reject) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as NodeLine;
      if (line['event'] === 'ready') resolve(line as Record<string, string>);
      else options.onLine?.(line);
    });
    void exited.then((code) => reject(new Error(`the node ended with ${code}\n${stderr}`)));
  });
  const readyMs = performance.now() - started;
  const pid = child.pid ?? 0;
  const readyCpuMs = cpuOf(pid);
  const agent = new Agent({ ca: readFileSync(ready['ca'] ?? ''), keepAlive: true, maxSockets: 16 });
  const admin = new URL(ready['admin'] ?? '');
  await requireReady(admin, agent);
  const stop = async (): Promise<number | null> => {
    agent.destroy();
    child.kill('SIGTERM');
    const code = await exited;
    if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    return code;
  };
  const gateway = new URL(ready['gateway'] ?? '');
  return { pid, gateway, admin, agent, readyMs, readyCpuMs, stderr: () => stderr, stop };
}

function launch({ args, execArgv, env, core }: NodeOptions, data: string): ChildProcess {
  const command = [
    ...(core === undefined ? [] : ['taskset', '-c', core]),
    ...[process.execPath, ...(execArgv ?? [])],
    ...[join(ROOT, 'services/postern.mjs'), 'start', ...(args ?? []), '--json'],
    ...['--port', '0', '--admin-port', '0', '--data', data],
  ];
  const [program = '', ...rest] = command;
  return spawn(program, rest, {
    cwd: ROOT,
    env: { ...process.env, POSTERN_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** All threads of the process, in milliseconds, to a clock tick of 10. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function requireReady(admin: URL, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL('/readyz', admin), { agent }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`/readyz answered ${response.statusCode}`));
    });
    asked.once('error', reject);
    asked.end();
  });
}
