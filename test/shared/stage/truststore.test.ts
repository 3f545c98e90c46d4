// Bundles of certificates: reading them, weak algorithms, chains.
import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { Authorities, readBundle, weaknessOf } from '#shared/stage/truststore.ts';
import { rootAuthority, rsa } from '../../support/pki.ts';

test('a bundle may have text between its certificates; what is none is told by its place', async () => {
  const [one, two] = await Promise.all([rootAuthority('CN=one'), rootAuthority('CN=two')]);
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const bundle = readBundle(
    `# one\r\n${one.cert.replaceAll('\n', '\r\n')}${broken}two:\n${two.cert}${one.key}`,
  );
  expect(bundle.certificates.map(({ subject }) => subject)).toEqual(['CN=one', 'CN=two']);
  expect(bundle.unreadable).toEqual([2]);
  expect(readBundle('')).toEqual({ certificates: [], unreadable: [] });
});

test.each([
  ['ECDSA P-256', { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }, undefined],
  ['ECDSA P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }, undefined],
  ['RSA 2048', rsa(2048, 'SHA-256'), undefined],
  ['RSA 1024', rsa(1024, 'SHA-256'), 'key of 1024 bits is too short'],
  ['SHA-1', rsa(2048, 'SHA-1'), 'signature algorithm sha1WithRSAEncryption is insecure'],
] as const)('%s', async (_what, algorithm, weakness) => {
  const { cert } = await rootAuthority('CN=x', { algorithm });
  expect(weaknessOf(new X509Certificate(cert))).toBe(weakness);
});

test('chains go up to a root of the bundle, through the bundle only', async () => {
  const root = await rootAuthority('CN=root');
  const middle = await root.issue('CN=middle', { authority: true });
  const stranger = await rootAuthority('CN=root');
  const leaf = new X509Certificate((await middle.issue('CN=leaf')).cert);
  const chainIn = (...all: readonly { readonly cert: string }[]) =>
    new Authorities(all.map(({ cert }) => new X509Certificate(cert)))
      .chainOf(leaf)
      ?.map(({ subject }) => subject);
  expect(chainIn(stranger, root, middle)).toEqual(['CN=middle', 'CN=root']);
  expect(chainIn(middle)).toBeUndefined();
  expect(chainIn(root)).toBeUndefined();
  expect(chainIn(stranger, middle)).toBeUndefined();
});

test('authorities that have certified each other lead nowhere', async () => {
  const [one, two] = await Promise.all([rootAuthority('CN=one'), rootAuthority('CN=two')]);
  const [a, b] = await Promise.all([
    one.issue('CN=two', { authority: true }),
    two.issue('CN=one', { authority: true }),
  ]);
  const leaf = new X509Certificate((await a.issue('CN=leaf')).cert);
  const authorities = new Authorities([a, b].map(({ cert }) => new X509Certificate(cert)));
  expect(authorities.chainOf(leaf)).toBeUndefined();
});
