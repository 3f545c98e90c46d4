// The derived key of SigV4 with which one signer's requests of one day, region and service are signed and checked.
import { createHmac, hash } from 'node:crypto';

/** What a signing key is derived for. */
export interface KeyScope {
  /** `20260131` */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** A text of so many characters always fits behind the inner pad, whatever they are; strings to sign have some 140. */
const SHORT = 512;
const UTF8_BYTES = 3;

/**
 * HMAC-SHA-256 (RFC 2104) by the derived key. Both pads are kept and hashed with each text, which costs a third of
 * `createHmac`, whose object is made and set up each time.
 */
export class SigningKey {
  readonly #inner = Buffer.alloc(BLOCK_BYTES + SHORT * UTF8_BYTES, INNER_PAD);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, OUTER_PAD);

  /** `key` has at most 64 bytes; it is copied. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new RangeError('a signing key has at most 64 bytes');
    for (const [at, byte] of key.entries()) {
      this.#inner[at] = byte ^ INNER_PAD;
      this.#outer[at] = byte ^ OUTER_PAD;
    }
  }

  /** The signature of `text`: 64 hex digits. */
  sign(text: string): string {
    const digest = hash('sha256', this.#padded(text), 'binary');
    this.#outer.write(digest, BLOCK_BYTES, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }

  #padded(text: string): Uint8Array {
    const inner = this.#inner;
    if (text.length > SHORT)
      return Buffer.concat([inner.subarray(0, BLOCK_BYTES), Buffer.from(text)]);
    return inner.subarray(0, BLOCK_BYTES + inner.write(text, BLOCK_BYTES));
  }
}

/** Derives the key (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, step 3). */
export function signingKey(secretAccessKey: string, scope: KeyScope): SigningKey {
  const parts = [scope.day, scope.region, scope.service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>(
    (above, part) => createHmac('sha256', above).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return new SigningKey(Buffer.from(key));
}
