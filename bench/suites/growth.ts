// Rows of growth: what one more api, stage and route costs, and how long a node takes to be ready.
import { manyTable, measureMany, type ManyPoint } from '../many.ts';
import { measureStarts, startTable, type StartPoint } from '../start.ts';
import { figure, median } from '../table.ts';
import { distance } from '../target.ts';
import type { Suite } from './suite.ts';

/** Share of the throughput with one of each that must be left. */
const THROUGHPUT = { measure: 'rate', bound: 'at least', value: 0.95 } as const;
/** Longest start in milliseconds, by what `measureStarts` calls the node. */
const STARTS: Readonly<Record<string, number>> = { empty: 1000, '100 apis': 3000 };

/** Throughput, memory and start with 10, 100 and 1,000 of each; a short run has 10. */
export const MANY: Suite = {
  name: 'many',
  title: 'One more api, stage or route: echo by the last one, 1 in flight; memory that each adds',
  measure: async (_servers, { rounds, seconds, short }) => {
    const points = await measureMany({ rounds, seconds, most: short ? 10 : 1000 });
    return `${manyTable(points)}\n\n${throughputs(points)}`;
  },
};

/** By CPU too: rates of so little difference drown in the noise of a shared machine. */
function throughputs(points: readonly ManyPoint[]): string {
  const [base, ...more] = points;
  if (base === undefined) return '';
  const rate = (point: ManyPoint): number => median(point.messagesPerSecond);
  const cpu = (point: ManyPoint): number => median(point.cpuMicros);
  const lines = more.map((point) => {
    const ratio = rate(point) / rate(base);
    const byCpu = figure(cpu(base) / cpu(point));
    return `- ${point.count.toLocaleString('en')} ${point.kind}: ≥ 0.95 of one of each: ${figure(ratio)} (by CPU ${byCpu}), ${distance(THROUGHPUT, ratio)}`;
  });
  return lines.join('\n');
}

/** From spawn to ready. */
export const START: Suite = {
  name: 'start',
  title: 'From spawn to ready: empty, with many apis, without compiled code, and `npm start` whole',
  measure: async (_servers, { rounds, short }) => {
    const points = await measureStarts({ rounds, most: short ? 100 : 1000 });
    return `${startTable(points)}\n\n${startTargets(points)}`;
  },
};

function startTargets(points: readonly StartPoint[]): string {
  const lines = points.flatMap(({ name, readyMs }) => {
    const value = STARTS[name];
    if (value === undefined) return [];
    const target = { measure: 'p50', bound: 'at most', value } as const;
    const ready = median(readyMs);
    return [`- ${name}: ≤ ${figure(value)} ms: ${figure(ready)}, ${distance(target, ready)}`];
  });
  return lines.join('\n');
}
