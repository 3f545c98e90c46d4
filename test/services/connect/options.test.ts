// The command line of `postern connect`: what it means, and what is wrong with it.
import { mkdtempSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rootAuthority } from '../../support/pki.ts';
import { ArgumentFault, connectOptions, type ConnectFlags } from '#services/connect/options.ts';

const URL = 'wss://a.example/live';
const cwd = mkdtempSync(join(tmpdir(), 'postern-connect-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'own.pem'), 'PEM');

function read(flags: Partial<ConnectFlags> = {}, address = URL, env: Record<string, string> = {}) {
  return connectOptions(address, { header: [], subprotocol: [], ...flags }, { env, cwd });
}

test('an address alone', () => {
  expect(read()).toEqual({
    url: URL,
    headers: {},
    subprotocols: [],
    waitMs: 1000,
    reconnect: false,
    timestamps: false,
    keepsHistory: true,
  });
});

test.each([
  ['https://a.example/live?x=1#y', 'wss://a.example/live?x=1'],
  ['http://127.0.0.1:8443/live', 'ws://127.0.0.1:8443/live'],
])('%s is dialled as %s', (address, url) => {
  expect(read({}, address).url).toBe(url);
});

test('headers may repeat, values may have colons', () => {
  const header = ['Authorization: Bearer a:b', 'X-A: 1', 'X-A:2', 'X-A: 3', 'X-Empty:'];
  expect(read({ header }).headers).toEqual({
    Authorization: 'Bearer a:b',
    'X-A': ['1', '2', '3'],
    'X-Empty': '',
  });
});

test.each<[Partial<ConnectFlags>, number]>([
  [{ wait: '0' }, 0],
  [{ wait: '2.5' }, 2500],
  [{ wait: 'forever' }, Infinity],
  [{ count: '3' }, 30_000],
  [{ count: '3', wait: '1' }, 1000],
])('%o waits %d ms', (flags, ms) => {
  expect(read(flags).waitMs).toBe(ms);
});

test('a certificate to show: with its key, or in one file', async () => {
  const { cert, key } = await rootAuthority('CN=client');
  writeFileSync(join(cwd, 'cert.pem'), cert);
  writeFileSync(join(cwd, 'key.pem'), key);
  writeFileSync(join(cwd, 'both.pem'), key + cert);
  expect(read({ cert: 'cert.pem', key: 'key.pem' }).identity).toEqual({ cert, key });
  expect(read({ cert: 'both.pem' }).identity).toEqual({ cert: key + cert, key: key + cert });
  const faults: [Partial<ConnectFlags>, RegExp][] = [
    [{ key: 'key.pem' }, /^--key: needs --cert$/],
    [{ cert: 'none.pem' }, /^--cert: .*none\.pem cannot be read$/],
    [{ cert: 'cert.pem', key: 'none.pem' }, /^--key: .*none\.pem cannot be read$/],
    [{ cert: 'cert.pem' }, /^--cert: /],
    [{ cert: 'own.pem', key: 'key.pem' }, /^--cert: /],
  ];
  for (const [flags, message] of faults) {
    expect(() => read(flags)).toThrow(ArgumentFault);
    expect(() => read(flags)).toThrow(message);
  }
});

test('trust: the flag, the variable of AWS tools, the data folder', () => {
  expect(read({ ca: 'own.pem' }).ca?.at(-1)).toBe('PEM');
  expect(read({}, URL, { AWS_CA_BUNDLE: 'own.pem' }).ca?.length).toBeGreaterThan(1);
  expect(read()).not.toHaveProperty('ca');
});

test.each<[string, Partial<ConnectFlags>, string?]>([
  ['URL', {}, 'ftp://a'],
  ['URL', {}, 'live'],
  ['--header', { header: ['no colon'] }],
  ['--header', { header: ['sp ace: x'] }],
  ['--header', { header: ['X: a\nb'] }],
  ['--ca', { ca: 'missing.pem' }],
  ['--ping', { ping: 'often' }],
  ['--wait', { wait: '-1' }],
  ['--count', { count: '0' }],
])('%s: %o is refused by name', (name, flags, address) => {
  expect(() => read(flags, address)).toThrow(ArgumentFault);
  expect(() => read(flags, address)).toThrow(new RegExp(`^${name}: `));
});
