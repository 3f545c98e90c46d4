// CPU time and resident memory of processes with all their descendants, from /proc.
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** What process trees have used so far and hold now. */
export interface TreeUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly processes: number;
}

/** Usage of `roots` and their descendants. Ended children count through their parent's waited-for times. */
export function treeUsage(roots: readonly number[]): TreeUsage {
  const rows = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((row) => row !== undefined);
  const inTree = new Set(roots);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of rows) {
      if (inTree.has(parent) && !inTree.has(pid)) grown = Boolean(inTree.add(pid));
    }
  }
  const tree = rows.filter(({ pid }) => inTree.has(pid));
  return {
    cpuSeconds: tree.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
    residentBytes: tree.reduce((sum, { pages }) => sum + pages, 0) * PAGE_BYTES,
    processes: tree.length,
  };
}

interface StatRow {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly pages: number;
}

function readStat(pid: number): StatRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (index: number): number => fields[index] ?? 0;
    return { pid, parent: at(1), ticks: at(11) + at(12) + at(13) + at(14), pages: at(21) };
  } catch {
    return undefined; // it ended between the listing and the read
  }
}
