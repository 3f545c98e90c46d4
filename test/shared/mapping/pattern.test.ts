// Users' patterns on the linear-time engine, and the keys of integration responses.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compilePattern, compileResponseKey, PATTERN_CHARACTERS } from '#shared/mapping/pattern.ts';

test.each([
  ['/2\\d\\d/', '200', true],
  ['/2\\d\\d/', '2000', false],
  ['/2\\d\\d/', '404', false],
  ['/.*timed out.*/', 'Task timed out after 3 s', true],
  ['/a|b/', 'b', true],
  ['/a|b/', 'ab', false],
  ['200', '200', true],
  ['200', '2000', false],
  ['//', '', true],
])('key %s against %j: %j', (key, value, expected) => {
  expect(compileResponseKey(key)?.(value)).toBe(expected);
});

test('$default is what remains', () => {
  expect(compileResponseKey('$default')).toBeUndefined();
});

test.each(['/(/', '/(?=a)/', '/a**/', `/${'a'.repeat(PATTERN_CHARACTERS + 1)}/`])(
  '%s is refused',
  (key) => {
    expect(() => compileResponseKey(key)).toThrow(DefinitionError);
  },
);

test('patterns are kept, and more than are kept still work', () => {
  expect(compilePattern('kept')).toBe(compilePattern('kept'));
  for (let at = 0; at < 600; at++) expect(compilePattern(`p${at}`).matches(`p${at}`)).toBe(true);
});
