// Tables of a bench: medians over rounds, spread, CPU per operation and the ratio to the first row.
import type { Result } from './scenarios/subject.ts';

/** All rounds of one subject. */
export interface Row {
  readonly name: string;
  readonly rounds: readonly Result[];
}

/** Markdown table of a scenario whose operations are `unit`; the first row is the base of the ratios. */
export function rateTable(rows: readonly Row[], unit: string): string {
  const base = rows[0] === undefined ? NaN : cpuPerOperation(rows[0]);
  return markdown(
    ['target', `${unit}/s`, '±%', 'CPU µs per op', 'CPU ratio', 'p50 ms', 'p99 ms', 'rounds'],
    rows.map((row) => {
      const rates = row.rounds.map(({ operations, seconds }) => operations / seconds);
      const cpu = cpuPerOperation(row);
      return [
        row.name,
        Math.round(median(rates)).toLocaleString('en'),
        spread(rates),
        cpu.toFixed(1),
        (cpu / base).toFixed(2),
        percentile(row, 0.5),
        percentile(row, 0.99),
        String(row.rounds.length),
      ];
    }),
  );
}

/** Markdown table of memory per connection. */
export function memoryTable(rows: readonly Row[]): string {
  const kilobytes = (row: Row): number =>
    median(row.rounds.map((round) => (round.residentBytes ?? 0) / round.operations / 1024));
  const base = rows[0] === undefined ? NaN : kilobytes(rows[0]);
  return markdown(
    ['target', 'KB per idle connection', 'ratio', 'rounds'],
    rows.map((row) => [
      row.name,
      kilobytes(row).toFixed(1),
      (kilobytes(row) / base).toFixed(2),
      String(row.rounds.length),
    ]),
  );
}

function cpuPerOperation(row: Row): number {
  return median(row.rounds.map(({ cpuSeconds, operations }) => (cpuSeconds / operations) * 1e6));
}

function percentile(row: Row, part: number): string {
  const values = row.rounds
    .map(({ latencies }) => latencies[Math.floor((latencies.length - 1) * part)])
    .filter((value) => value !== undefined);
  return values.length === 0 ? '-' : median(values).toFixed(2);
}

/** Half the distance between best and worst, in per cent of the median. */
function spread(values: readonly number[]): string {
  return ((50 * (Math.max(...values) - Math.min(...values))) / median(values)).toFixed(1);
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length >> 1;
  const upper = ordered[middle] ?? NaN;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] ?? NaN) + upper) / 2;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
