// What a curve is, how it is drawn, and how its points are gathered: rounds in which all subjects take turns, medians of them.
import { median } from '../table.ts';
import { lineChart, type Series } from '../plot.ts';

/** How long it may take. */
export interface CurveOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Few and small points. */
  readonly short: boolean;
}

/** Figures of one chart. JSON. */
export interface Curve {
  /** Of the files that it is written to. */
  readonly name: string;
  readonly title: string;
  readonly x: string;
  /** What a value of `x` is. */
  readonly unit: keyof typeof UNITS;
  readonly y: string;
  /** Whether `y` is drawn logarithmically; `x` always is. */
  readonly log: boolean;
  readonly series: readonly Series[];
}

/** How values of `x` are shown. */
export const UNITS = {
  count: (value: number) => value.toLocaleString('en'),
  bytes: (value: number) => (value < 1024 ? `${value} B` : `${value / 1024} KB`),
} as const;

/** The curve as SVG. */
export function drawn({ title, x, unit, y, log, series }: Curve): string {
  return lineChart({
    title,
    x: { label: x, scale: 'log', format: UNITS[unit] },
    y: { label: y, scale: log ? 'log' : 'linear' },
    series,
  });
}

/** Gathers figures by subject and `x`. */
export class Figures {
  readonly #values = new Map<string, Map<number, number[]>>();

  add(subject: string, x: number, y: number): void {
    const ofSubject = this.#values.get(subject) ?? new Map<number, number[]>();
    this.#values.set(subject, ofSubject);
    ofSubject.set(x, [...(ofSubject.get(x) ?? []), y]);
  }

  /** A line for each subject, in the order in which they came, through the medians. */
  get series(): readonly Series[] {
    return [...this.#values].map(([name, byX]) => ({
      name,
      points: [...byX]
        .map(([x, ys]) => ({ x, y: Math.round(median(ys) * 1000) / 1000 }))
        .sort((a, b) => a.x - b.x),
    }));
  }
}
