// What may be imported: certificates with their keys and chains, and each fault of them in AWS's words.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkMaterial, splitFullChain, type GivenMaterial } from '#services/acm/material.ts';
import { rootAuthority, rsa, type Identity } from '../../support/pki.ts';
import { randomNumbers } from '../../support/random.ts';

const NAMES = ['ws.example.com'];
let root: Identity;
let middle: Identity;
let server: Identity;
let other: Identity;

beforeAll(async () => {
  root = await rootAuthority('CN=Root');
  middle = await root.issue('CN=Middle', { authority: true });
  server = await middle.issue('CN=ws.example.com', { names: NAMES });
  other = await rootAuthority('CN=self.example.com', { names: ['self.example.com'] });
});

const given = (more: Partial<GivenMaterial> = {}): GivenMaterial => ({
  certificate: server.cert,
  key: server.key,
  chain: middle.cert + root.cert,
  ...more,
});

const check = (material: GivenMaterial, needsChain = true) =>
  checkMaterial(material, { now: Date.now(), needsChain });

describe('is imported', () => {
  test.each<[string, () => GivenMaterial, string]>([
    ['a certificate with its whole chain', () => given(), 'EC_prime256v1'],
    ['a chain without the root', () => given({ chain: middle.cert }), 'EC_prime256v1'],
    [
      'a self-signed certificate',
      () => ({ certificate: other.cert, key: other.key, chain: '' }),
      'EC_prime256v1',
    ],
    [
      'texts with comments and Windows line ends',
      () =>
        given({
          certificate: `subject=CN = x\n${server.cert.replaceAll('\n', '\r\n')}trailing`,
          chain: `# chain\n${middle.cert}\n\n# root\n${root.cert}`,
        }),
      'EC_prime256v1',
    ],
    ['a key in SEC 1', () => given({ key: sec1(server.key) }), 'EC_prime256v1'],
  ])('%s', (_what, make, algorithm) => {
    const material = check(make());
    expect(material.keyAlgorithm).toBe(algorithm);
    expect(material.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(material.certificate + material.chain).not.toMatch(/#|\r|subject/);
    expect(material.key).toContain('-----BEGIN PRIVATE KEY-----');
  });

  test('an RSA key in PKCS #1', async () => {
    const identity = await rootAuthority('CN=rsa', { algorithm: rsa(2048, 'SHA-256') });
    const key = createPrivateKey(identity.key).export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(check({ certificate: identity.cert, key, chain: '' }).keyAlgorithm).toBe('RSA_2048');
  });

  test('a certificate without a chain, where it needs none (files)', () => {
    expect(check(given({ chain: '' }), false).chain).toBe('');
  });
});

const BAD_CERTIFICATE =
  'Unable to parse certificate. Please ensure the certificate is in PEM format.';
const NO_CHAIN =
  'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.';
const brokenChain = (index: number): string =>
  `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`;

const refused: [string, () => GivenMaterial | Promise<GivenMaterial>, string | RegExp][] = [
  ['no certificate', () => given({ certificate: '' }), BAD_CERTIFICATE],
  ['words', () => given({ certificate: 'certificate' }), BAD_CERTIFICATE],
  ['a key as certificate', () => given({ certificate: server.key }), BAD_CERTIFICATE],
  ['half a certificate', () => given({ certificate: server.cert.slice(0, 200) }), BAD_CERTIFICATE],
  [
    'base64 that is no certificate',
    () => given({ certificate: block('CERTIFICATE', 'AAAA') }),
    BAD_CERTIFICATE,
  ],
  [
    'a whole chain as certificate',
    () => given({ certificate: server.cert + middle.cert }),
    'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
  ],
  ['no key', () => given({ key: '' }), 'The private key is not supported.'],
  ['a certificate as key', () => given({ key: server.cert }), 'The private key is not supported.'],
  [
    'a broken key',
    () => given({ key: block('PRIVATE KEY', 'AAAA') }),
    'The private key is not supported.',
  ],
  [
    'a key of Edwards curves',
    () => given({ key: pem(generateKeyPairSync('ed25519').privateKey) }),
    'The private key is not supported.',
  ],
  [
    'an RSA key of 512 bits',
    () => given({ key: pem(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey) }),
    'The private key length 512 is not supported for key algorithm RSA.',
  ],
  [
    'an encrypted key',
    () => given({ key: encrypted(server.key) }),
    'Your private key should not be encrypted.',
  ],
  [
    'an encrypted key of the old form',
    () =>
      given({
        key: block('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA'),
      }),
    'Your private key should not be encrypted.',
  ],
  [
    'the key of another certificate',
    () => given({ key: other.key }),
    'The private key does not match the certificate.',
  ],
  ['no chain', () => given({ chain: '' }), NO_CHAIN],
  [
    'a chain of words',
    () => given({ chain: 'chain' }),
    'The certificate chain provided is not in a valid PEM format.',
  ],
  ['a chain that begins with the certificate', () => given({ chain: server.cert }), brokenChain(0)],
  ['a chain that begins with the root', () => given({ chain: root.cert }), brokenChain(0)],
  ['a chain with a foreign root', () => given({ chain: middle.cert + other.cert }), brokenChain(1)],
  ['a chain in the wrong order', () => given({ chain: root.cert + middle.cert }), brokenChain(0)],
  [
    'an issuer that is no authority',
    async () => {
      const poser = await middle.issue('CN=poser', { names: ['poser.example.com'] });
      const fooled = await poser.issue('CN=fooled');
      return { certificate: fooled.cert, key: fooled.key, chain: poser.cert };
    },
    brokenChain(0),
  ],
  [
    'a chain that is too long',
    () => given({ chain: middle.cert.repeat(11) }),
    'The certificate chain has more than 10 certificates.',
  ],
  [
    'an expired certificate',
    async () => signedBy(await middle.issue('CN=old', { from: -9, until: -1 })),
    'The certificate has expired, is not valid.',
  ],
  [
    'a certificate of tomorrow',
    async () => signedBy(await middle.issue('CN=new', { from: 1, until: 9 })),
    'The certificate is not in effect yet, is not valid.',
  ],
  [
    'an expired chain',
    async () => {
      const old = await root.issue('CN=Old', { authority: true, from: -9, until: -1 });
      const leaf = await old.issue('CN=leaf');
      return { certificate: leaf.cert, key: leaf.key, chain: old.cert };
    },
    'The certificate chain has expired, is not valid.',
  ],
  [
    'a key that TLS libraries refuse',
    async () => {
      const weak = await rootAuthority('CN=weak', { algorithm: rsa(1024, 'SHA-256') });
      return { certificate: weak.cert, key: weak.key, chain: '' };
    },
    /^The certificate cannot be served over TLS 1\.2: .*key too small/,
  ],
];

test.each(refused)('is refused: %s', async (_what, make, message) => {
  const material = await make();
  expect(() => check(material)).toThrow(
    expect.objectContaining({
      type: 'ValidationException',
      status: 400,
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    }) as Error,
  );
});

test('no fault shows a part of a key', () => {
  const secret = 'MHcCAQEEISECRETSECRET';
  for (const label of ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY']) {
    expect(() => check(given({ key: block(label, secret) }))).not.toThrow(secret);
  }
});

test('a megabyte of half blocks is looked through at once', () => {
  const chain = '-----BEGIN CERTIFICATE-----\n'.repeat(70_000);
  expect(() => check(given({ chain }))).toThrow('valid PEM format');
});

test('whatever bytes come, they are imported or refused, and nothing else happens', () => {
  const random = randomNumbers(7);
  for (let round = 0; round < 600; round++) {
    const certificate = spoilt(server.cert, random);
    const key = spoilt(server.key, random);
    const chain = spoilt(middle.cert, random);
    try {
      check(given({ certificate, key, chain }));
    } catch (error) {
      expect(error).toMatchObject({ type: 'ValidationException', status: 400 });
    }
  }
});

test('a file with the whole chain is split behind its first certificate', () => {
  const { certificate, chain } = splitFullChain(`x\n${server.cert}\n${middle.cert}${root.cert}`);
  expect(check({ certificate, key: server.key, chain }).certificate).toBe(server.cert);
  expect(splitFullChain('nothing')).toEqual({ certificate: '', chain: '' });
});

const signedBy = ({ cert, key }: Identity): GivenMaterial =>
  given({ certificate: cert, key, chain: middle.cert });

/** `text` as it is, cut, with a byte of its base64 changed, or twice. */
function spoilt(text: string, random: (bound: number) => number): string {
  const at = random(text.length);
  switch (random(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text + text;
    case 3:
      return `${text.slice(0, at)}${'AQz/+='.charAt(random(6))}${text.slice(at + 1)}`;
    default:
      return text;
  }
}

function block(label: string, body: string): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

function pem(key: ReturnType<typeof createPrivateKey>): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function sec1(key: string): string {
  return createPrivateKey(key).export({ type: 'sec1', format: 'pem' }).toString();
}

function encrypted(key: string): string {
  return createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString();
}
