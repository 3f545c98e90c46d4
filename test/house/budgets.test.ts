// Budgets that keep the house readable: file sizes, the first-line sentence, no private folders named.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const files = globSync('{services,shared,test,bench}/**/*.ts', {
  exclude: ['bench/peers/node_modules'],
}).sort();
const lengths = (paths: readonly string[]): number[] =>
  paths.map((path) => readFileSync(path, 'utf8').split('\n').length - 1).sort((a, b) => a - b);

test('no file is over 500 lines, and nine in ten are under 300', () => {
  const sizes = lengths(files);
  expect(sizes.at(-1)).toBeLessThanOrEqual(500);
  expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(300);
});

test.each(files)('%s starts with a sentence', (path) => {
  const [first] = readFileSync(path, 'utf8').split('\n');
  expect(first).toMatch(/^\/\/ .+[.:]$/);
});
