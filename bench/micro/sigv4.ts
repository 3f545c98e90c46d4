// Cost of verifying one signed request, by form of the request: `node bench/micro/sigv4.ts`.
import { createHash, createHmac } from 'node:crypto';
import { Credentials } from '#shared/aws-api/credentials.ts';
import type { SignedRequest } from '#shared/aws-api/signature.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);
const DATE = '20260131T120000Z';
const SCOPE = '20260131/us-east-1/execute-api/aws4_request';
const sha = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

const SIGNING_KEY = SCOPE.split('/').reduce<string | Buffer>(hmac, 'AWS4secret') as Buffer;

/** A request as a client sends it, with `headers` signed and some more that are not. */
function request(body: Uint8Array, headers: readonly (readonly [string, string])[]): SignedRequest {
  const path = '/_aws/execute-api/abcdefghij/prod/@connections/L0SM9cOFvHcCIhw%3D';
  const canonicalPath = path.replace('%', '%25').replace('@', '%40');
  const names = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = `POST\n${canonicalPath}\n\n${lines}\n${names}\n${sha(body)}`;
  const text = `AWS4-HMAC-SHA256\n${DATE}\n${SCOPE}\n${sha(canonical)}`;
  const signature = hmac(SIGNING_KEY, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKID/${SCOPE}, SignedHeaders=${names}, Signature=${signature}`;
  const more = ['User-Agent', 'aws-sdk-js/3.1169.0', 'Accept', '*/*', 'Connection', 'keep-alive'];
  return {
    method: 'POST',
    url: path,
    rawHeaders: [...headers.flat(), ...more, 'Authorization', authorization],
    body,
  };
}

const BODY = Buffer.alloc(200, 'x');
const CLI = [
  ['host', 'localhost:8443'],
  ['x-amz-date', DATE],
] as const;
const SDK = [
  ['content-length', '200'],
  ['content-type', 'application/octet-stream'],
  ['host', 'localhost:8443'],
  ['x-amz-content-sha256', sha(BODY)],
  ['x-amz-date', DATE],
] as const;

const principal = { name: 'bench', accessKeyId: 'AKID' };
const credential = { accessKeyId: 'AKID', secretAccessKey: 'secret', principal };
const verifier = new SigV4Verifier(new Credentials([credential], { open: false }), () => NOW);
const ROUNDS = 200_000;

for (const [name, signed] of [
  ['CLI: 2 signed headers, 200 bytes', request(BODY, CLI)],
  ['SDK v3: 5 signed headers, 200 bytes', request(BODY, SDK)],
  ['CLI: 32 KiB', request(Buffer.alloc(32_768, 'x'), CLI)],
] as const) {
  for (let round = 0; round < 20_000; round++) verifier.verify(signed, 'execute-api');
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) verifier.verify(signed, 'execute-api');
  const { user, system } = process.cpuUsage(start);
  console.log(`${name}: ${((user + system) / ROUNDS).toFixed(2)} µs of CPU a check`);
}
