// Signing keys give what HMAC-SHA-256 gives, for texts and keys of any length.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SigningKey, signingKey } from '#shared/signing/signing-key.ts';

const hmac = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

describe('a signing key', () => {
  const texts = [
    '',
    'a',
    'x'.repeat(64),
    'x'.repeat(511),
    'x'.repeat(512),
    'x'.repeat(513),
    'é€😀'.repeat(170),
  ];

  it.each([0, 1, 32, 63, 64])('of %d bytes signs as HMAC does, in any order', (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * 7 + 3) & 0xff));
    const key = new SigningKey(bytes);
    for (const text of [...texts, ...texts.toReversed()])
      expect(key.sign(text)).toBe(hmac(bytes, text));
  });

  it('copies the bytes that it is made of', () => {
    const bytes = Buffer.alloc(32, 5);
    const key = new SigningKey(bytes);
    bytes.fill(0);
    expect(key.sign('text')).toBe(hmac(Buffer.alloc(32, 5), 'text'));
  });

  it('of more than a block is refused: HMAC would hash it first', () => {
    expect(() => new SigningKey(Buffer.alloc(65))).toThrow(RangeError);
  });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, step 3
it('is derived by day, region, service and the terminator', () => {
  const steps = ['20150830', 'us-east-1', 'iam', 'aws4_request'];
  const derived = steps.reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from('AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
  );
  const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', {
    day: '20150830',
    region: 'us-east-1',
    service: 'iam',
  });
  expect(derived.toString('hex')).toBe(
    'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
  );
  expect(key.sign('text')).toBe(hmac(derived, 'text'));
});
