// `node bench/curves.ts`: how costs grow with sockets, message size, messages in flight, apis, stages and routes; `--write` draws docs/performance/*.svg.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { manyCurves } from './curves/many.ts';
import { inFlightCurve, sizeCurve } from './curves/messages.ts';
import { socketCurves } from './curves/sockets.ts';
import { drawn, UNITS, type Curve, type CurveOptions } from './curves/curve.ts';
import { figure, markdown } from './table.ts';

/** What can be measured, by the names that `--only` takes. */
const MEASURES: Readonly<Record<string, (options: CurveOptions) => Promise<readonly Curve[]>>> = {
  sockets: socketCurves,
  size: sizeCurve,
  'in-flight': inFlightCurve,
  many: manyCurves,
};

const FOLDER = join(import.meta.dirname, '../docs/performance');

/** Measures the curves named (all of them without names), prints each as a table, and with `write` draws them. */
export async function runCurves(
  options: CurveOptions & { readonly only?: readonly string[]; readonly write: boolean },
): Promise<void> {
  for (const [name, measure] of Object.entries(MEASURES)) {
    if (options.only?.includes(name) === false) continue;
    for (const curve of await measure(options)) {
      console.log(`### ${curve.title}\n\n${tableOf(curve)}\n`);
      if (options.write) write(curve);
    }
  }
}

/** The chart, and beside it the figures with where and when they were measured. */
function write(curve: Curve): void {
  mkdirSync(FOLDER, { recursive: true });
  const measured = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.versions.node,
  };
  const path = join(FOLDER, curve.name);
  writeFileSync(`${path}.json`, `${JSON.stringify({ measured, ...curve }, null, 2)}\n`);
  writeFileSync(`${path}.svg`, drawn(curve));
}

function tableOf({ x, unit, y, series }: Curve): string {
  const xs = [...new Set(series.flatMap(({ points }) => points.map((point) => point.x)))];
  xs.sort((a, b) => a - b);
  return markdown(
    [x, ...series.map(({ name }) => `${name}, ${y}`)],
    xs.map((value) => [
      UNITS[unit](value),
      ...series.map(({ points }) => figure(points.find((point) => point.x === value)?.y)),
    ]),
  );
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      /** Few and small points, to see that all works. */
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  await runCurves({
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    short: values.short,
    write: values.write,
    ...(values.only !== undefined && { only: values.only.split(',') }),
  });
}
