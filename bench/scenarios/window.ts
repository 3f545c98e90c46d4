// A stretch of measuring: seconds and the server's CPU between two moments, and latencies in a size that can be printed.
import { treeUsage } from '../process.ts';

/** Starts a window over the process tree of `pid`; the call that it answers with ends it. */
export function openWindow(pid: number): () => { seconds: number; cpuSeconds: number } {
  const started = performance.now();
  const before = treeUsage(pid).cpuSeconds;
  return () => ({
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: treeUsage(pid).cpuSeconds - before,
  });
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
