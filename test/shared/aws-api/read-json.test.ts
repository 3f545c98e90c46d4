// Depth is counted outside of strings only, whatever their length and escapes.
import { expect, test } from 'vitest';
import { parseObject } from '#shared/aws-api/read-json.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';

const brackets = '['.repeat(2000);

/** Text of a JSON string of `size` characters that is full of brackets and escapes. */
const tricky = (size: number): string => JSON.stringify(`${brackets}\\"`.repeat(3).slice(-size));

test.each([
  ...Array.from({ length: 200 }, (_, size) => size),
  ...[1000, 2001, 2002, 2003, 2004, 4000, 6000],
])('a string of %i characters hides its brackets', (size) => {
  const text = `{"a":${tricky(size)},"b":"\\\\","c":[]}`;
  expect(parseObject(Buffer.from(text))).toEqual(JSON.parse(text));
});

test.each([
  [999, true],
  [1000, false],
])('%i lists in an object: %s', (depth, passes) => {
  const text = `{"a\\"":"x\\\\","b":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const parse = (): unknown => parseObject(Buffer.from(text));
  if (passes) expect(parse()).toHaveProperty('b');
  else expect(parse).toThrow(ServiceError);
});

test.each(['{"a":"', '{"a":"\\', `{"a":"${'x'.repeat(100)}`, `{"a":"${'x'.repeat(100)}\\"`, ''])(
  '%j is not JSON',
  (text) => {
    expect(() => parseObject(Buffer.from(text))).toThrow('Could not parse request body into json');
  },
);
