// Markdown tables, and the statistics in them.

/** A markdown table; the first column is text, the others are figures. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** The middle of `values`, or between the two. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length >> 1;
  const upper = ordered[middle] ?? NaN;
  return ordered.length % 2 === 1 ? upper : ((ordered[middle - 1] ?? NaN) + upper) / 2;
}

/** Half the distance between best and worst, in per cent of the median. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return ((50 * (Math.max(...values) - Math.min(...values))) / median(values)).toFixed(1);
}

/** A figure for a cell, to three digits or whole; a dash where there is none. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 10 ? 1 : 2);
}
