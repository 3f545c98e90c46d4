// A stretch of measuring: seconds and CPU between two moments, and latencies in a size that can be printed.
import { treeUsage } from '../process.ts';
import type { Stretch } from './subject.ts';

/** Starts a window over the process trees of `pids`; the call that it answers with ends it. */
export function openWindow(pids: readonly number[]): () => Omit<Stretch, 'operations'> {
  const started = performance.now();
  const before = treeUsage(pids).cpuSeconds;
  const own = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(own);
    return {
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: treeUsage(pids).cpuSeconds - before,
      generatorCpuSeconds: (user + system) / 1e6,
    };
  };
}

const REST_MS = 100;
const LONGEST_UNREST_MS = 5000;

/** Resolves when the process trees of `pids` have used no CPU for a tenth of a second, or never seem to come to rest. */
export async function atRest(pids: readonly number[]): Promise<void> {
  const latest = performance.now() + LONGEST_UNREST_MS;
  for (let before = -1; performance.now() < latest;) {
    const { cpuSeconds } = treeUsage(pids);
    if (cpuSeconds === before) return;
    before = cpuSeconds;
    await sleep(REST_MS);
  }
}

const MOST_LATENCIES = 2000;

/** Sorted; at most `MOST_LATENCIES` of the values, evenly taken from their order, in milliseconds to three places. */
export function sorted(values: readonly number[]): number[] {
  const ordered = values.toSorted((a, b) => a - b);
  const step = Math.max(1, ordered.length / MOST_LATENCIES);
  const count = Math.min(ordered.length, MOST_LATENCIES);
  return Array.from({ length: count }, (_, at) => {
    return Math.round((ordered[Math.floor(at * step)] ?? 0) * 1000) / 1000;
  });
}

/** Resolves after `milliseconds`. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
