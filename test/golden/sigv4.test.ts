// Signed requests as text files: time and service, the request, and the verdict. A new case needs a file only.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { SignedRequest } from '#shared/aws-api/signature.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';

const cases = globSync('test/golden/sigv4/*.txt').sort();

/** AWS's documented example credentials. */
const KEY = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  principal: { name: 'example', accessKeyId: 'AKIDEXAMPLE' },
};

function parseRequest(text: string): SignedRequest {
  const gap = text.indexOf('\n\n');
  const [line = '', ...headers] = text.slice(0, gap).split('\n');
  const [method = '', url = ''] = line.split(' ');
  const rawHeaders = headers.flatMap((header) => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon), header.slice(colon + 1).trim()];
  });
  return { method, url, rawHeaders, body: Buffer.from(text.slice(gap + 2)) };
}

function verdict(settings: ReadonlyMap<string, string>, request: SignedRequest): string {
  const token = settings.get('token');
  const credential = { ...KEY, ...(token === undefined ? {} : { sessionToken: token }) };
  const source = new Credentials([credential], { open: false });
  const verifier = new SigV4Verifier(source, () => Date.parse(settings.get('now') ?? ''));
  try {
    return `ok ${verifier.verify(request, settings.get('service') ?? '').region}`;
  } catch (error) {
    if (error instanceof ServiceError) return `${error.status} ${error.type}\n${error.message}`;
    throw error;
  }
}

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(30);
});

test.each(cases)('%s', (path) => {
  const [head = '', request = '', expected = ''] = readFileSync(path, 'utf8').split(/^---\n/m);
  const settings = new Map(
    head
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
  expect(verdict(settings, parseRequest(request.replace(/\n$/, '')))).toBe(expected.replace(/\n$/, ""));
});
