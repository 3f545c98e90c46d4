// What a row is to reach, and how far it is from that; said beside the figure, never judged.
import { medianOf, type Measure, type Outcome } from './outcome.ts';
import { figure } from './table.ts';

/** A bound for one measure, or for its ratio to the same measure of another subject of the table. */
export interface Target {
  readonly measure: Measure;
  readonly bound: 'at least' | 'at most';
  readonly value: number;
  /** Subject whose measure the ratio is to. */
  readonly of?: string;
}

/** At least `value` times the rate of the subject `of`. */
export function ofRate(value: number, of: string): Target {
  return { measure: 'rate', bound: 'at least', value, of };
}

const NAMES: Partial<Readonly<Record<Measure, string>>> = {
  rate: '/s',
  cpu: ' µs of CPU',
  memory: ' KB',
};

/** `≥ 0.65 × ws: 0.80, met by 23 %`; a ratio of rates also tells that of the CPU, which holds on a busy machine. */
export function verdict(target: Target, outcome: Outcome, all: readonly Outcome[]): string {
  const wanted = `${target.bound === 'at least' ? '≥' : '≤'} ${boundText(target)}`;
  const value = valueOf(target, outcome, all);
  if (!Number.isFinite(value)) return `${wanted}: not measured`;
  return `${wanted}: ${figure(value)}${byCpu(target, outcome, all)}, ${distance(target, value)}`;
}

/** Whether a ratio or a figure is on the wanted side of its bound, and how far away from it. */
export function distance({ bound, value: wanted }: Target, value: number): string {
  const met = bound === 'at least' ? value >= wanted : value <= wanted;
  const percent = Math.round(100 * Math.abs(value / wanted - 1));
  if (met && percent === 0) return 'met';
  return `${met ? 'met' : 'MISSED'} by ${percent} %`;
}

function boundText({ measure, value, of }: Target): string {
  const unit = NAMES[measure] ?? '';
  if (of === undefined) return `${value.toLocaleString('en')}${unit}`;
  return `${value} × ${of}${measure === 'rate' ? '' : unit.replace(/^ (µs of )?/, ' ')}`;
}

function valueOf(target: Target, outcome: Outcome, all: readonly Outcome[]): number {
  const own = medianOf(outcome, target.measure);
  if (target.of === undefined) return own;
  const other = all.find(({ name }) => name === target.of);
  return other === undefined ? NaN : own / medianOf(other, target.measure);
}

function byCpu(target: Target, outcome: Outcome, all: readonly Outcome[]): string {
  if (target.measure !== 'rate' || target.of === undefined) return '';
  const ratio = valueOf({ ...target, measure: 'cpu' }, outcome, all);
  return Number.isFinite(ratio) ? ` (by CPU ${figure(1 / ratio)})` : '';
}
