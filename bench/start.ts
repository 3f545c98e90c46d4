// How long a node takes from its spawn to ready: empty, with many apis, without compiled code, and `npm start` whole.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDefinitions } from './definitions.ts';
import { startNode } from './node.ts';
import { ROOT } from './servers/running.ts';
import { markdown, median } from './table.ts';

/** Starts of one kind. */
export interface StartPoint {
  readonly name: string;
  /** Milliseconds to the line that says ready, by start; `/readyz` has answered 200 right behind it. */
  readonly readyMs: readonly number[];
  /** CPU of the process until then, in milliseconds; empty where it was not measured. */
  readonly cpuMs: readonly number[];
}

/** How often, and the most apis that a node is started with. */
export interface StartOptions {
  readonly rounds: number;
  readonly most: number;
}

/** Starts every kind of node in turn; data folders are filled before and kept from start to start. */
export async function measureStarts({
  rounds,
  most,
}: StartOptions): Promise<readonly StartPoint[]> {
  const numbers = [0, 100, 1000].filter((number) => number <= most);
  const folders = await Promise.all(numbers.map((apis) => filled(apis)));
  try {
    const named = (at: number): string => (at === 0 ? 'empty' : `${numbers[at]} apis`);
    const points = folders.map((data, at) => ({ name: named(at), data, env: {}, ...EMPTY() }));
    const [empty = ''] = folders;
    const env = { NODE_DISABLE_COMPILE_CACHE: '1' };
    points.push({ name: 'empty, nothing compiled', data: empty, env, ...EMPTY() });
    const npm = { name: '`npm start`', ...EMPTY() };
    for (let round = 0; round < rounds; round++) {
      for (const { data, env: variables, readyMs, cpuMs } of points) {
        const node = await startNode({ data, env: variables });
        readyMs.push(node.readyMs);
        cpuMs.push(node.readyCpuMs);
        await node.stop();
      }
      npm.readyMs.push(await npmStart());
    }
    return [...points, npm];
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

const EMPTY = (): { readyMs: number[]; cpuMs: number[] } => ({ readyMs: [], cpuMs: [] });

/** A data folder with so many deployed apis of one stage and one route. */
async function filled(apis: number): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'postern-start-'));
  const node = await startNode({ data });
  await makeDefinitions(node, { apis, stages: 1, routes: 1 });
  await node.stop();
  return data;
}

/** `npm start` with the example chat, on a fresh folder: until the addresses are printed. */
function npmStart(): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), 'postern-start-'));
  const started = performance.now();
  const args = ['start', '--', '--port', '0', '--admin-port', '0', '--data', data];
  // In a group of its own: npm, its shell and the node end together.
  const child = spawn('npm', args, {
    ...{ cwd: ROOT, detached: true },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let readyMs = NaN;
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (!Number.isNaN(readyMs) || !text.includes('gateway')) return;
    readyMs = performance.now() - started;
    process.kill(-(child.pid ?? 0), 'SIGTERM');
  });
  child.once('close', () => {
    rmSync(data, { recursive: true, force: true });
    if (Number.isNaN(readyMs)) reject(new Error(`npm start has printed no address: ${text}`));
    else resolve(readyMs);
  });
  return promise;
}

/** Markdown table of `measureStarts`. */
export function startTable(points: readonly StartPoint[]): string {
  return markdown(
    ['node', 'ready ms', 'best', 'worst', 'CPU ms', 'starts'],
    points.map(({ name, readyMs, cpuMs }) => [
      name,
      median(readyMs).toFixed(0),
      Math.min(...readyMs).toFixed(0),
      Math.max(...readyMs).toFixed(0),
      cpuMs.length === 0 ? '-' : median(cpuMs).toFixed(0),
      String(readyMs.length),
    ]),
  );
}

if (import.meta.main) console.log(startTable(await measureStarts({ rounds: 5, most: 1000 })));
