// Fuzz of paths: pieces at random are refused with a DefinitionError or read without throwing.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compileJsonPath } from '#shared/mapping/json-path/path.ts';
import { fuzz, pick, type Next } from '../../../support/fuzz.ts';

const PIECES = [
  ...([
    '.a',
    '.b',
    '..',
    '.*',
    '[0]',
    '[*]',
    '[1:]',
    "['a b']",
    '[?(',
    ')]',
    '(',
    ')',
    '@',
  ] as const),
  ...['$', '==', '>', '&&', '||', '!', '=~/a.*/i', ' in ', ' contains ', ' size ', ' empty ', '='],
  ...['[1,', "'x']", '{"k":', '}', '1', '-2.5', 'true', 'null', '"t"', '.length()', '.max()'],
  ...['.concat(', '.append(', '.keys()', '.index(-1)', '.first()', ',', ' ', '[?(@.a', '[?(@==1)]'],
] as const;

const DOCUMENT = { a: [{ a: 1, b: 'x' }, [2, 3], null], b: { 'a b': true, a: 'text' } };

function path(next: Next): string {
  let text = '$';
  for (let count = 1 + next(8); count > 0; count--) text += pick(next, PIECES);
  return text;
}

test('paths at random', async () => {
  const counts = { refused: 0, read: 0 };
  await fuzz(5000, (next) => {
    const text = path(next);
    try {
      const compiled = compileJsonPath(text, { filters: true });
      const found = compiled.read(DOCUMENT);
      if (!compiled.definite) expect(Array.isArray(found)).toBe(true);
      counts.read++;
    } catch (error) {
      if (!(error instanceof DefinitionError)) throw new Error(text, { cause: error });
      counts.refused++;
    }
  });
  if (process.env['FUZZ_ROUNDS'] !== undefined) return;
  expect(counts.read).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(100);
});
