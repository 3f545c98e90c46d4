// Patterns against a plain definition of what they mean, for thousands of random patterns and values.
import { expect, test } from 'vitest';
import { compilePattern } from '#shared/authorizer/policy-pattern.ts';
import { randomNumbers } from '../../support/random.ts';

const KEYS = new Map([['aws:username', 'a*?b']]);

/** What a pattern means: `*` any text, `?` any character, read from the left with every choice tried. */
function means(pattern: readonly string[], value: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return value === '';
  if (first === '*') {
    return means(rest, value) || (value !== '' && means(pattern, value.slice(1)));
  }
  return value !== '' && (first === '?' || first === value[0]) && means(rest, value.slice(1));
}

test('random patterns fit what they mean', () => {
  const random = randomNumbers(20261124);
  const text = (alphabet: string, longest: number): string =>
    Array.from({ length: random(longest) }, () => alphabet[random(alphabet.length)]).join('');
  let fitting = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = text('ab*?', 8);
    const value = text('ab', 8);
    const matches = compilePattern(pattern, { wildcards: true, variables: true });
    const expected = means([...pattern], value);
    if (expected) fitting++;
    expect([pattern, value, matches(value, KEYS)]).toEqual([pattern, value, expected]);
  }
  expect(fitting).toBeGreaterThan(1000);
});

test.each<[string, string, boolean]>([
  ['${aws:username}', 'a*?b', true],
  ['${AWS:UserName}', 'a*?b', true],
  ['${aws:username}', 'axxb', false],
  ['x/${aws:username}/*', 'x/a*?b/y', true],
  ['${aws:nobody}', '', false],
  ["${aws:nobody, 'fallback'}", 'fallback', true],
  ['${*}', '*', true],
  ['${*}', 'x', false],
  ['${?}${$}', '?$', true],
  ['${unclosed', '${unclosed', true],
  ['${}', '${}', true],
])('variables in %j fit %j: %j', (pattern, value, fits) => {
  const options = { wildcards: true, variables: true };
  expect(compilePattern(pattern, options)(value, KEYS)).toBe(fits);
  const plain = compilePattern(pattern, { wildcards: false, variables: false });
  expect(plain(pattern, KEYS)).toBe(true);
});
