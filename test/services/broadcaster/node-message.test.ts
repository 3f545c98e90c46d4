// Requests between nodes as bytes: what goes in comes out, and the layout stays.
import { expect, test } from 'vitest';
import {
  decodeAnswer,
  decodeRequest,
  DONE,
  encodeDescription,
  encodeFailure,
  encodeRequest,
  type NodeRequest,
} from '#services/broadcaster/node-message.ts';

const connectionId = 'AAAA00000000000=';
const scope = { apiId: 'abcdefghij', stageName: 'prod' };

test.each<[NodeRequest, string]>([
  [{ op: 'send', connectionId, data: Buffer.from('hé') }, '\0AAAA00000000000=\0h\xc3\xa9'],
  [
    { op: 'send', connectionId, scope, data: Buffer.alloc(0) },
    '\0AAAA00000000000=\x0fabcdefghij/prod',
  ],
  [{ op: 'describe', connectionId }, '\x01AAAA00000000000=\0'],
  [{ op: 'describe', connectionId, scope }, '\x01AAAA00000000000=\x0fabcdefghij/prod'],
  [
    { op: 'disconnect', connectionId, code: 1000, reason: 'é' },
    '\x02AAAA00000000000=\0\x03\xe8\xc3\xa9',
  ],
])('%o', (request, bytes) => {
  const encoded = encodeRequest(request);
  expect(encoded.toString('latin1')).toBe(bytes);
  expect(decodeRequest(encoded)).toEqual(request);
});

test.each(['', '\x09AAAA00000000000=\0', '\0AAAA'])('%j is no request', (text) => {
  expect(() => decodeRequest(Buffer.from(text, 'latin1'))).toThrow('not a request');
});

test('answers', () => {
  const description = { connectedAt: 1, lastActiveAt: 2, sourceIp: '::1' };
  expect(decodeAnswer(DONE)).toBeUndefined();
  expect(decodeAnswer(encodeDescription(description))).toEqual(description);
  for (const failure of ['Gone', 'LimitExceeded', 'TooLarge', 'BadData'] as const) {
    expect(() => decodeAnswer(encodeFailure(failure))).toThrow(failure);
  }
  expect(() => decodeAnswer(Buffer.from([99]))).toThrow('not an answer');
});
