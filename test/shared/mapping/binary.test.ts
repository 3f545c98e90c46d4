// Conversions between text frames and binary back ends.
import { expect, test } from 'vitest';
import { toBackend, toClient } from '#shared/mapping/binary.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test.each<[string, 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT' | undefined, Uint8Array | undefined]>([
  ['AAH/', 'CONVERT_TO_BINARY', bytes(0, 1, 255)],
  ['AA==', 'CONVERT_TO_BINARY', bytes(0)],
  ['', 'CONVERT_TO_BINARY', bytes()],
  ['not base64!', 'CONVERT_TO_BINARY', undefined],
  ['AAH/', undefined, Buffer.from('AAH/')],
  ['AAH/', 'CONVERT_TO_TEXT', Buffer.from('AAH/')],
])('%j to the back end with %s', (text, handling, expected) => {
  const sent = toBackend(Buffer.from(text), handling);
  expect(sent && [...sent]).toEqual(expected && [...expected]);
});

test('a view into a larger buffer is read within its bounds', () => {
  const large = Buffer.from('xxAA==yy');
  expect(toBackend(large.subarray(2, 6), 'CONVERT_TO_BINARY')).toEqual(Buffer.from([0]));
});

test.each<[Uint8Array, 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT' | undefined, string]>([
  [bytes(0, 1, 255), 'CONVERT_TO_TEXT', 'AAH/'],
  [Buffer.from('ä'), undefined, 'ä'],
  [bytes(97, 255), undefined, 'a\uFFFD'],
])('%j to the client with %s', (payload, handling, expected) => {
  expect(Buffer.from(toClient(payload, handling)).toString('utf8')).toBe(expected);
});
