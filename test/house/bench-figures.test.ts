// The bench's figures: medians, ratios, and how far a row is from its target.
import { describe, expect, test } from 'vitest';
import { medianOf, type Outcome } from '../../bench/outcome.ts';
import type { Result } from '../../bench/scenarios/subject.ts';
import { comparisonTable, rateColumns } from '../../bench/suites/suite.ts';
import { figure, markdown, median, spread } from '../../bench/table.ts';
import { verdict, type Target } from '../../bench/target.ts';

/** A round of one second. */
function round(operations: number, cpuSeconds: number, more: Partial<Result> = {}): Result {
  const generatorCpuSeconds = 0.5;
  return { operations, seconds: 1, cpuSeconds, generatorCpuSeconds, latencies: [], ...more };
}

const ws: Outcome = {
  name: 'ws',
  rounds: [round(100_000, 1), round(90_000, 1), round(120_000, 1)],
};
const postern: Outcome = { name: 'Postern', rounds: [round(80_000, 1)] };
const all = [ws, postern];

describe('statistics', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[], NaN],
  ])('the median of %j is %d', (values, middle) => expect(median(values)).toBe(middle));

  test('the spread is half the distance from best to worst, of the median', () => {
    expect(spread([90, 100, 120])).toBe('15.0');
    expect(spread([])).toBe('-');
  });

  test.each([
    [0.123, '0.12'],
    [12.34, '12.3'],
    [1234.5, '1,235'],
    [NaN, '-'],
    [undefined, '-'],
  ])('%d is shown as %s', (value, shown) => expect(figure(value)).toBe(shown));

  test('a table has a line for its head, a rule and a line for each row', () => {
    expect(markdown(['a', 'b'], [['x', '1']])).toBe('| a | b |\n| --- | ---: |\n| x | 1 |');
  });
});

describe('an outcome', () => {
  test('has its figures from the middle round', () => {
    expect(medianOf(ws, 'rate')).toBe(100_000);
    expect(medianOf(ws, 'cpu')).toBeCloseTo(10);
    expect(medianOf(ws, 'server')).toBe(100);
    expect(medianOf(ws, 'generator')).toBe(50);
  });

  test('has no memory, closes or latencies where they were not measured', () => {
    for (const measure of ['memory', 'closeRate', 'closeCpu', 'resumed', 'p50'] as const) {
      expect(medianOf(ws, measure)).toBeNaN();
    }
  });

  test('has those where they were', () => {
    const closing = { operations: 10, seconds: 2, cpuSeconds: 0.001, generatorCpuSeconds: 0 };
    const more = {
      closing,
      resumed: 5,
      residentBytes: 10 * 2048,
      residentInAllBytes: 3 * 1024 ** 2,
      latencies: [1, 2, 9],
    };
    const outcome = { name: 'x', rounds: [round(10, 1, more)] };
    expect(medianOf(outcome, 'memory')).toBe(2);
    expect(medianOf(outcome, 'memoryInAll')).toBe(3);
    expect(medianOf(outcome, 'closeRate')).toBe(5);
    expect(medianOf(outcome, 'closeCpu')).toBeCloseTo(100);
    expect(medianOf(outcome, 'resumed')).toBe(50);
    expect(medianOf(outcome, 'p50')).toBe(2);
  });
});

describe('a verdict', () => {
  const least = (value: number, of?: string): Target => {
    return { measure: 'rate', bound: 'at least', value, ...(of === undefined ? {} : { of }) };
  };

  test.each<[Target, string]>([
    [least(0.65, 'ws'), '≥ 0.65 × ws: 0.80 (by CPU 0.80), met by 23 %'],
    [least(2, 'ws'), '≥ 2 × ws: 0.80 (by CPU 0.80), MISSED by 60 %'],
    [least(10_000), '≥ 10,000/s: 80,000, met by 700 %'],
    [least(80_000), '≥ 80,000/s: 80,000, met'],
    [least(10, 'somebody else'), '≥ 10 × somebody else: not measured'],
    [
      { measure: 'cpu', bound: 'at most', value: 1.6, of: 'ws' },
      '≤ 1.6 × ws CPU: 1.25, met by 22 %',
    ],
    [{ measure: 'cpu', bound: 'at most', value: 10 }, '≤ 10 µs of CPU: 12.5, MISSED by 25 %'],
    [{ measure: 'memory', bound: 'at most', value: 12 }, '≤ 12 KB: not measured'],
  ])('of %j is "%s"', (target, text) => expect(verdict(target, postern, all)).toBe(text));
});

describe('a comparison', () => {
  const table = (outcomes: Parameters<typeof comparisonTable>[0]): string =>
    comparisonTable(outcomes, rateColumns('messages'));

  test('has the first row as the base of its ratios', () => {
    const [, , first, second] = table(all).split('\n');
    expect(first).toMatch(/^\| ws \| 100,000 \| 15\.0 \| 1\.00 \|/);
    expect(second).toMatch(/^\| Postern \| 80,000 \| 0\.0 \| 0\.80 \| 12\.5 \| 1\.25 \|/);
  });

  test('shows dashes for a row that could not be measured', () => {
    expect(table([ws, { name: 'Postern', rounds: [] }])).toContain('| Postern | - | - | - |');
  });

  test('says when other work held a server back', () => {
    expect(table(all)).not.toContain('other work');
    expect(table([ws, { name: 'Postern', rounds: [round(100, 0.2)] }])).toContain('other work');
  });
});
