// What a verifier remembers and whom it lets in; the signatures themselves are golden files.
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { type Credential, Credentials, openCredentials } from '#shared/aws-api/credentials.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import { scopeOf, type SignedRequest } from '#shared/aws-api/signature.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { Sha256 } from '../../support/sha256.ts';

const NOW = Date.UTC(2026, 0, 31, 23, 59, 59);

const credential = (secretAccessKey: string): Credential => ({
  accessKeyId: 'AKID',
  secretAccessKey,
  principal: { name: 'dev', accessKeyId: 'AKID', policy: { Statement: [] } },
});

async function signed(secret: string, region = 'us-east-1'): Promise<SignedRequest> {
  const signer = new SignatureV4({
    credentials: { accessKeyId: 'AKID', secretAccessKey: secret },
    region,
    service: 'apigateway',
    sha256: Sha256 as never,
  });
  const { headers } = await signer.sign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: 'localhost',
      path: '/v2/apis',
      headers: { host: 'localhost:8444' },
    },
    { signingDate: new Date(NOW) },
  );
  return {
    method: 'GET',
    url: '/v2/apis',
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.alloc(0),
  };
}

function typeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ServiceError) return error.type;
    throw error;
  }
  return 'none';
}

test('tells principal and region, also with a derived key that it remembers', async () => {
  const source = new Credentials([credential('s1')], { open: false });
  const verifier = new SigV4Verifier(source, () => NOW);
  for (const region of ['us-east-1', 'eu-west-1', 'us-east-1']) {
    const verified = verifier.verify(await signed('s1', region), 'apigateway');
    expect(verified).toEqual({ principal: credential('s1').principal, region });
  }
});

test('a remembered key ends with its secret', async () => {
  const source = new Credentials([credential('s1')], { open: false });
  const verifier = new SigV4Verifier(source, () => NOW);
  verifier.verify(await signed('s1'), 'apigateway');
  source.add(credential('s2'));
  const old = await signed('s1');
  expect(typeOf(() => verifier.verify(old, 'apigateway'))).toBe('InvalidSignatureException');
  verifier.verify(await signed('s2'), 'apigateway');
  source.remove('AKID');
  const none = await signed('s2');
  expect(typeOf(() => verifier.verify(none, 'apigateway'))).toBe('UnrecognizedClientException');
});

test('remembers a bounded number of keys, and verifies with more', async () => {
  const verifier = new SigV4Verifier(
    new Credentials([credential('s')], { open: false }),
    () => NOW,
  );
  const first = await signed('s', 'r-0');
  verifier.verify(first, 'apigateway');
  for (let n = 1; n <= 1001; n++) {
    const wrong = await signed('s', `r-${n}`);
    verifier.verify(wrong, 'apigateway');
  }
  expect(verifier.verify(first, 'apigateway').region).toBe('r-0');
});

test('an open source: everybody is anonymous, the scope counts, the unsigned are refused', async () => {
  const verifier = new SigV4Verifier(openCredentials(), () => NOW + 86_400_000);
  const request = await signed('whatever', 'ap-south-1');
  expect(verifier.verify(request, 'apigateway')).toEqual({
    principal: { name: 'anonymous', accessKeyId: 'AKID' },
    region: 'ap-south-1',
  });
  expect(typeOf(() => verifier.verify(request, 'lambda'))).toBe('InvalidSignatureException');
  const unsigned = { ...request, rawHeaders: [] };
  expect(typeOf(() => verifier.verify(unsigned, 'apigateway'))).toBe(
    'MissingAuthenticationTokenException',
  );
});

test('a key that an open node gave out itself has its own principal', async () => {
  const source = openCredentials();
  source.add(credential('s1'));
  const verifier = new SigV4Verifier(source, () => NOW);
  expect(verifier.verify(await signed('s1'), 'apigateway').principal.name).toBe('dev');
});

test('a caller that serves one region says so', async () => {
  const verifier = new SigV4Verifier(
    new Credentials([credential('s')], { open: false }),
    () => NOW,
  );
  const request = await signed('s', 'eu-west-1');
  expect(verifier.verify(request, 'apigateway', 'eu-west-1').region).toBe('eu-west-1');
  expect(() => verifier.verify(request, 'execute-api', 'us-east-1')).toThrow(
    "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'execute-api'. ",
  );
});

test('the scope of a request can be read without verifying it', async () => {
  expect(scopeOf(await signed('s', 'eu-west-1'))).toEqual({
    accessKeyId: 'AKID',
    day: '20260131',
    region: 'eu-west-1',
    service: 'apigateway',
  });
  const query = 'X-Amz-Credential=A%2F20260131%2Feu-west-1%2Fs3%2Faws4_request';
  expect(scopeOf({ url: `/?${query}`, rawHeaders: [] })?.service).toBe('s3');
  expect(scopeOf({ url: '/', rawHeaders: ['Authorization', 'Bearer x'] })).toBeUndefined();
  expect(scopeOf({ url: '/', rawHeaders: [] })).toBeUndefined();
});
