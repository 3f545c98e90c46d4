// What a node holds from time to time, and whether that grows.
import { readdirSync } from 'node:fs';
import { heldMemory } from '../inspector.ts';
import type { BenchNode } from '../node.ts';

/** One look at a node that is at rest. */
export interface Sample {
  readonly seconds: number;
  /** Live heap of the main thread after a forced collection, in KB. */
  readonly heapKb: number;
  /** Its buffers outside the heap; among them what is queued for a slow reader. */
  readonly bufferKb: number;
  /** Of the whole process, in KB. */
  readonly residentKb: number;
  /** File handles beside those of the soak's own sockets. */
  readonly handles: number;
  /** Milliseconds; of the messages since the last look. */
  readonly p50: number;
  readonly p99: number;
}

/** Looks at `node`, with `sockets` of the soak's own open and the `latencies` since the last look. */
export async function takeSample(
  node: BenchNode,
  now: {
    readonly seconds: number;
    readonly sockets: number;
    readonly latencies: readonly number[];
  },
): Promise<Sample> {
  const { heap, external, resident } = await heldMemory(node);
  const ordered = now.latencies.toSorted((a, b) => a - b);
  const percentile = (part: number): number =>
    ordered[Math.floor((ordered.length - 1) * part)] ?? NaN;
  return {
    seconds: now.seconds,
    heapKb: heap / 1024,
    bufferKb: external / 1024,
    residentKb: resident / 1024,
    handles: readdirSync(`/proc/${node.pid}/fd`).length - now.sockets,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}

/**
 * By how much a value rises from the middle of `samples` to their end, along the line that fits best: one sample that
 * caught a moment says little.
 */
export function rise(samples: readonly Sample[], valueOf: (sample: Sample) => number): number {
  const half = samples.slice(samples.length >> 1);
  const xs = half.map(({ seconds }) => seconds);
  const ys = half.map(valueOf);
  const meanX = mean(xs);
  const meanY = mean(ys);
  const along = xs.reduce((sum, x, at) => sum + (x - meanX) * ((ys[at] ?? 0) - meanY), 0);
  const square = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return square === 0 ? 0 : (along / square) * ((xs.at(-1) ?? 0) - (xs[0] ?? 0));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
