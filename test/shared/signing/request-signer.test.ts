// Requests signed by us pass the verifier that other signers' requests pass, and any change of them does not.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { expect, test } from 'vitest';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import {
  RequestSigner,
  type SigningStyle,
  type UnsignedRequest,
} from '#shared/signing/request-signer.ts';

const NOW = new Date('2026-11-24T10:20:30.400Z');
const KEYS = { accessKeyId: 'AKIDSIGN', secretAccessKey: 'secret' };
const REQUEST: UnsignedRequest = {
  method: 'POST',
  path: '/a//b%20c/../d?z=1&a=%2F',
  host: 'sqs.eu-west-1.amazonaws.com',
  headers: { 'content-type': ' text/plain;   v=1 ', 'user-agent': 'x', 'x-amz-target': 'T.Act' },
  body: Buffer.from('hi'),
};

interface Given {
  readonly keys?: AccessKeys;
  readonly style?: SigningStyle;
  readonly changes?: Partial<UnsignedRequest>;
  /** Headers changed on the way. */
  readonly onTheWay?: Readonly<Record<string, string>>;
}

function verify({ keys = KEYS, style = {}, changes = {}, onTheWay = {} }: Given) {
  const headers = new RequestSigner(keys, 'sqs', style).sign(REQUEST, 'eu-west-1', NOW);
  const { method, path, body } = { ...REQUEST, ...changes };
  const credential = { ...keys, principal: { name: 'me', accessKeyId: keys.accessKeyId } };
  const verifier = new SigV4Verifier(new Credentials([credential], { open: false }), () => +NOW);
  const rawHeaders = Object.entries({ ...headers, ...onTheWay }).flat();
  const verified = verifier.verify({ method, url: path, rawHeaders, body }, 'sqs');
  return { headers, principal: verified.principal.name, region: verified.region };
}

test.each<[string, Given]>([
  ['plainly', {}],
  ['with a session token', { keys: { ...KEYS, sessionToken: 'token' } }],
  ['with the hash stated', { style: { statesHash: true } }],
  ['and what proxies change is changed', { onTheWay: { 'user-agent': 'proxy' } }],
])('signed %s', (_how, given) => {
  expect(verify(given)).toMatchObject({ principal: 'me', region: 'eu-west-1' });
});

test.each<[string, Given]>([
  ['body', { changes: { body: Buffer.from('ho') } }],
  ['path', { changes: { path: '/d' } }],
  ['query', { changes: { path: `${REQUEST.path}&b=2` } }],
  ['method', { changes: { method: 'PUT' } }],
  ['header', { onTheWay: { 'x-amz-target': 'T.Other' } }],
])('a changed %s is found', (_what, given) => {
  expect(() => verify(given)).toThrow('The request signature we calculated does not match');
});

test('the hash is stated where it is asked for', () => {
  const { headers } = verify({ style: { statesHash: true } });
  expect(headers['x-amz-content-sha256']).toBe(
    '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4',
  );
  expect(verify({}).headers).not.toHaveProperty('x-amz-content-sha256');
});

test('a key of another day is another key', () => {
  const signer = new RequestSigner(KEYS, 'sqs');
  const at = (day: string) => signer.sign(REQUEST, 'eu-west-1', new Date(`2026-11-${day}`));
  const first = at('24')['authorization'];
  expect(at('25')['authorization']).not.toBe(first);
  expect(at('24')['authorization']).toBe(first);
});
