// The bytes of a POST that pushes to a connection: bare, or signed by SigV4.
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** The access key that the gateway under test knows. */
export const ACCESS_KEY = 'AKIDBENCH00000000000';
export const SECRET_KEY = 'bench-secret-key';

/** A POST of `body`, signed now for `execute-api` in us-east-1. */
export async function signedPost(port: number, path: string, body: Buffer): Promise<Buffer> {
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    port,
    path,
    query: {},
    headers: { host: `localhost:${port}` },
    body,
  });
  return rawPost(port, path, headers, body);
}

/** SHA-256 in the shape that the signer wants. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', asKey(secret));
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error('the bench does not reuse hashes');
  }
}

function asKey(secret: string | ArrayBuffer | ArrayBufferView): Buffer | string {
  if (typeof secret === 'string') return secret;
  return ArrayBuffer.isView(secret)
    ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    : Buffer.from(secret);
}

/** A POST of `body` with `headers` and those that HTTP wants. */
export function rawPost(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Buffer {
  const all: Record<string, string> = {
    host: `localhost:${port}`,
    ...headers,
    'content-length': String(body.length),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}
