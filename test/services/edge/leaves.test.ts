// Certificates by server name: which leaf a name gets, and how leaves are kept, bounded and renewed.
import { createSecureContext } from 'node:tls';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuthority } from '#services/edge/ca.ts';
import type { CertificateAuthority } from '#services/edge/ca.ts';
import { leafName, Leaves } from '#services/edge/leaves.ts';
import { silentLogger } from '#shared/runtime/logger.ts';

const DAY_MS = 86_400_000;
let folder: string;
let authority: CertificateAuthority;
let now = Date.now();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-leaves-'));
  authority = await openAuthority(folder, { now: () => now });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const make = (bound = 256): Leaves =>
  new Leaves({ authority, bound, logger: silentLogger, now: () => now });

test.each([
  ['abc.execute-api.us-east-1.localhost', '*.execute-api.us-east-1.localhost'],
  ['ABC.Execute-Api.US-East-1.LocalHost', '*.execute-api.us-east-1.localhost'],
  ['abc.execute-api.us-gov-west-1.amazonaws.com', '*.execute-api.us-gov-west-1.amazonaws.com'],
  ['chat.localhost', 'chat.localhost'],
  ['a_b-c.localhost', 'a_b-c.localhost'],
  ['localhost', undefined],
  ['example.com', undefined],
  ['a.b.localhost', undefined],
  ['*.localhost', undefined],
  ['.localhost', undefined],
  ['', undefined],
  ['abc.execute-api.nowhere.localhost', undefined],
  ['abc.execute-api.us-east-1.example.com', undefined],
  ['abc.execute-api.us-east-1', undefined],
  ['abc.execute-api..localhost', undefined],
  [`${'a'.repeat(64)}.localhost`, undefined],
])('%s gets the leaf %s', (serverName, expected) => {
  expect(leafName(serverName)).toBe(expected);
});

test('names of one region share a context, made once however many ask', async () => {
  const leaves = make();
  const [a, b] = await Promise.all([
    leaves.context('a.execute-api.us-east-1.localhost'),
    leaves.context('b.execute-api.us-east-1.localhost'),
  ]);
  expect(a).toBeDefined();
  expect(b).toBe(a);
  expect(leaves.context('c.execute-api.us-east-1.localhost')).toBe(a);
  expect(leaves.context('other.example.com')).toBeUndefined();
  expect(leaves.size).toBe(1);
});

test('a custom domain gets a leaf of its own name', async () => {
  const owns = (name: string): boolean => name === 'ws.example.com';
  const leaves = new Leaves({ authority, owns, logger: silentLogger, now: () => now });
  const context = await leaves.context('WS.example.com');
  expect(context).toBeDefined();
  expect(leaves.context('ws.example.com')).toBe(context);
  expect(leaves.context('other.example.com')).toBeUndefined();
});

test('a custom domain with a stored certificate gets that one, and its successor at once', async () => {
  const pairOf = async (name: string) => {
    const { key, cert } = await authority.issue([name]);
    return { key, cert, context: createSecureContext({ key, cert }) };
  };
  let stored = await pairOf('ws.example.com');
  const owns = (name: string): boolean => name.endsWith('example.com');
  const options = { authority, owns, logger: silentLogger, now: () => now };
  const leaves = new Leaves({
    ...options,
    stored: (name) => (name === 'ws.example.com' ? stored : undefined),
  });
  expect(leaves.served('WS.example.com')).toBe(stored);
  stored = await pairOf('ws.example.com');
  expect(leaves.context('ws.example.com')).toBe(stored.context);
  expect(await leaves.served('other.example.com')).toMatchObject({
    cert: expect.stringContaining('BEGIN CERTIFICATE') as string,
  });
  expect(leaves.served('example.org')).toBeUndefined();
});

test('only so many are kept, the least used goes first', async () => {
  const leaves = make(2);
  const one = await leaves.context('one.localhost');
  const two = await leaves.context('two.localhost');
  expect(leaves.context('one.localhost')).toBe(one);
  await leaves.context('three.localhost');
  expect(leaves.size).toBe(2);
  expect(leaves.context('one.localhost')).toBe(one);
  expect(await leaves.context('two.localhost')).not.toBe(two);
});

test('a due leaf serves until its successor is there, an expired one never', async () => {
  const leaves = make();
  const first = await leaves.context('due.localhost');
  now += 70 * DAY_MS;
  expect(leaves.context('due.localhost')).toBe(first);
  await expect.poll(() => leaves.context('due.localhost')).not.toBe(first);
  const second = leaves.context('due.localhost');
  now += 100 * DAY_MS;
  const third = leaves.context('due.localhost');
  expect(third).toBeInstanceOf(Promise);
  expect(await third).not.toBe(second);
});

test('the default leaf is renewed when it is due', async () => {
  const leaves = make();
  const first = await leaves.defaultLeaf();
  expect(first.names).toEqual(['localhost', '127.0.0.1', '::1']);
  expect(await leaves.defaultLeaf()).toBe(first);
  now += 61 * DAY_MS;
  expect((await leaves.defaultLeaf()).cert).not.toBe(first.cert);
});
