// Apis, stages and routes: what so many of them cost the messages of one, and what they hold.
import { measureMany, type ManyPoint } from '../many.ts';
import type { Series } from '../plot.ts';
import { median } from '../table.ts';
import type { Curve, CurveOptions } from './curve.ts';

const KINDS = ['apis', 'stages', 'routes'] as const;

/** CPU of an echo, and the heap that definitions add, by their number. */
export async function manyCurves(options: CurveOptions): Promise<readonly Curve[]> {
  const points = await measureMany({ ...options, most: options.short ? 10 : 1000 });
  const shared = { x: 'apis, stages or routes', unit: 'count', log: false } as const;
  const cpu = (point: ManyPoint): number => median(point.cpuMicros);
  const base = points[0]?.held.heap ?? 0;
  const kilobytes = (point: ManyPoint): number => Math.max(0, (point.held.heap - base) / 1024);
  return [
    {
      ...{ name: 'many-cpu', ...shared, series: seriesOf(points, cpu) },
      title: 'Echo by one MOCK route beside so many others, 100 sockets, 1 in flight',
      y: 'CPU µs per message',
    },
    {
      ...{ name: 'many-memory', ...shared, series: seriesOf(points, kilobytes) },
      title: 'Heap that definitions add to a node with one of each',
      y: 'KB',
    },
  ];
}

/** A line for each kind; all begin with the node that has one of each. */
function seriesOf(
  points: readonly ManyPoint[],
  valueOf: (point: ManyPoint) => number,
): readonly Series[] {
  return KINDS.map((kind) => ({
    name: kind,
    points: points
      .filter((point) => point.kind === kind || point.kind === 'one')
      .map((point) => ({ x: point.count, y: Math.round(valueOf(point) * 1000) / 1000 })),
  }));
}
