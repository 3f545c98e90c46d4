// The charts of docs/performance: drawn from the figures beside them, each shown in docs/performance.md.
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { drawn, type Curve } from '../../bench/curves/curve.ts';
import { lineChart } from '../../bench/plot.ts';

const page = readFileSync('docs/performance.md', 'utf8');
const files = globSync('docs/performance/*.json').sort();

test('there are charts', () => {
  expect(files.length).toBeGreaterThan(0);
});

test.each(files)('the chart of %s is drawn from it, and shown', (file) => {
  const curve = JSON.parse(readFileSync(file, 'utf8')) as Curve;
  const svg = file.replace(/json$/, 'svg');
  expect(readFileSync(svg, 'utf8')).toBe(drawn(curve));
  expect(page).toContain(`](performance/${basename(svg)})`);
});

test('places points by their values, on linear and logarithmic axes', () => {
  const points = [1, 10, 100].map((x) => ({ x, y: x }));
  const chart = (scale: 'linear' | 'log') =>
    lineChart({
      title: 'a < b & "c"',
      x: { label: 'x', scale: 'log' },
      y: { label: 'y', scale },
      series: [{ name: 'one', points }],
    });
  expect(chart('log')).toContain('points="72,340 344,208 616,76"');
  expect(chart('linear')).toContain('points="72,337.4 344,313.6 616,76"');
  expect(chart('log')).toContain('>a &lt; b &amp; &quot;c&quot;</text>');
});

test('refuses what a logarithmic axis cannot show', () => {
  const series = [{ name: 'one', points: [{ x: 0, y: 1 }] }];
  const axis = { label: '', scale: 'log' } as const;
  expect(() => lineChart({ title: '', x: axis, y: axis, series })).toThrow(RangeError);
});
