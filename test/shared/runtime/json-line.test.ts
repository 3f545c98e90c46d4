// A JSON line is one line for whoever reads lines, whatever its texts contain.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { jsonLine } from '#shared/runtime/json-line.ts';

const VALUES = [
  { message: 'a\u2028b\u2029c', 'k\u2028': ['\u2029'] },
  { message: 'plain' },
  { message: '\r\n\u0085\v\f' },
];

test('readline reads back what was written', async () => {
  const read: unknown[] = [];
  const input = Readable.from(VALUES.map(jsonLine));
  for await (const line of createInterface({ input })) read.push(JSON.parse(line));
  expect(read).toEqual(VALUES);
});

test('what needs no escape is plain JSON', () => {
  expect(jsonLine({ a: 'é✓', b: [1] })).toBe('{"a":"é✓","b":[1]}\n');
});
