// How messages look in a terminal and in a pipe.
import { expect, test } from 'vitest';
import { oneLine, pretty, timeOfDay } from '#services/connect/format.ts';

test.each([
  ['{"a":[1,{"b":null}]}', '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ]\n}'],
  ['12', '12'],
  ['{no json', '{no json'],
  ['ring\u0007 \u001b[2J\u009b0m\ttab\nline', 'ring\\u0007 \\u001b[2J\\u009b0m\ttab\nline'],
  ['{"a":"\\u001b\u009b"}', '{\n  "a": "\\u001b\\u009b"\n}'],
])('%j in a terminal', (text, shown) => {
  expect(pretty(text)).toBe(shown);
});

test.each([
  ['{\n "a": 1\n}', '{"a":1}'],
  ['{ "a": 1 }', '{ "a": 1 }'],
  ['two\nlines', 'two\nlines'],
])('%j in a pipe', (text, shown) => {
  expect(oneLine(text)).toBe(shown);
});

test('times have milliseconds', () => {
  expect(timeOfDay(new Date(2026, 10, 24, 9, 4, 7, 25))).toBe('09:04:07.025');
});
