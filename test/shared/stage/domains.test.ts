// Custom domains: mappings by the longest key, wildcards, changes and deletions.
import { beforeEach, expect, test } from 'vitest';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { CustomDomains, DOMAIN_CHANGED } from '#shared/stage/domains.ts';
import { domainKey, domainNameKey, mappingsOf } from '#shared/store/keys.ts';
import { MemoryBlobStore, MemoryResourceStore } from '../../support/memory-store.ts';
import { rootAuthority } from '../../support/pki.ts';

let store: MemoryResourceStore;
let blobs: MemoryBlobStore;
let bus: MemoryBus;
let domains: CustomDomains;

/** Writes a domain with mappings from key to `{apiId}/{stage}`; the mapping ids are the keys' places. */
async function put(name: string, mappings: Readonly<Record<string, string>>): Promise<void> {
  const rows = Object.entries(mappings).map(([ApiMappingKey, target], at) => {
    const [ApiId, Stage] = target.split('/');
    const value = { ApiMappingId: String(at), ApiMappingKey, ApiId, Stage };
    return { op: 'put', key: { partition: mappingsOf(name), sort: String(at) }, value } as const;
  });
  const value = { region: 'us-east-1' };
  await store.commit([
    { op: 'put', key: domainNameKey(name), value },
    { op: 'put', key: domainKey('us-east-1', name), value: {} },
    ...rows,
  ]);
}

/** Gives a domain the truststore with the hash; without one mutual TLS is off. */
async function trust(name: string, Truststore?: string): Promise<void> {
  const value = Truststore === undefined ? {} : { MutualTlsAuthentication: { Truststore } };
  await store.commit([{ op: 'put', key: domainKey('us-east-1', name), value }]);
}

async function announced(domainName: string): Promise<void> {
  await bus.publish(DOMAIN_CHANGED, Buffer.from(JSON.stringify({ domainName })));
  await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  store = new MemoryResourceStore();
  blobs = new MemoryBlobStore();
  bus = new MemoryBus(new MemoryHub(), silentLogger);
  domains = new CustomDomains({
    ...{ store, blobs, bus, clock: new TestClock(0), logger: silentLogger },
  });
  await put('ws.example.com', { '': 'root/prod', chat: 'chat/prod', 'chat/v2': 'next/beta' });
  await put('only.example.com', { chat: 'chat/prod' });
  await put('*.wild.example.com', { '': 'wild/prod' });
  await domains.start();
});

test.each([
  ['ws.example.com', '/', 'root/prod', '/'],
  ['ws.example.com:8443', '/x', 'root/prod', '/x'],
  ['WS.Example.Com', '/chat', 'chat/prod', ''],
  ['ws.example.com', '/chat/', 'chat/prod', '/'],
  ['ws.example.com', '/chat/@connections/a%3D', 'chat/prod', '/@connections/a%3D'],
  ['ws.example.com', '/chatter', 'root/prod', '/chatter'],
  ['ws.example.com', '/chat/v2/x', 'next/beta', '/x'],
  ['ws.example.com', '/chat/v22', 'chat/prod', '/v22'],
  ['only.example.com', '/chat/x', 'chat/prod', '/x'],
  ['a.wild.example.com', '/x', 'wild/prod', '/x'],
])('%s%s stands for %s with %j left', (host, path, target, rest) => {
  const found = domains.find(host, path);
  expect(`${found?.apiId}/${found?.stageName}`).toBe(target);
  expect(found?.rest).toBe(rest);
});

test('only a key of several levels makes header names lower case', () => {
  const lowers = (path: string) => domains.find('ws.example.com', path)?.lowersHeaderNames;
  expect(['/', '/x/y', '/chat', '/chat/v22', '/chat/v2', '/chat/v2/x'].map(lowers)).toEqual([
    ...[false, false, false, false],
    ...[true, true],
  ]);
});

test.each([
  ['only.example.com', '/'],
  ['only.example.com', '/other'],
  ['example.com', '/'],
  ['wild.example.com', '/'],
  ['a.b.wild.example.com', '/'],
  ['localhost:8443', '/'],
  ['', '/'],
])('%s%s stands for nothing', (host, path) => {
  expect(domains.find(host, path)).toBeUndefined();
});

test('it owns its names and those below a wildcard', () => {
  const names = ['ws.example.com', 'WS.example.com', 'a.wild.example.com', 'localhost', 'a.b'];
  expect(names.map((name) => domains.owns(name))).toEqual([true, true, true, false, false]);
});

test('it knows the certificate that a domain was given, and follows updates', async () => {
  const give = async (CertificateArn: string): Promise<void> => {
    const value = { DomainNameConfigurations: [{ CertificateArn }] };
    const key = domainKey('us-east-1', '*.wild.example.com');
    await store.commit([{ op: 'put', key, value }]);
    await announced('*.wild.example.com');
  };
  expect(domains.certificateOf('a.wild.example.com')).toBeUndefined();
  await give('arn:one');
  expect(domains.certificateOf('A.wild.example.com')).toBe('arn:one');
  expect(domains.certificateOf('ws.example.com')).toBeUndefined();
  expect(domains.namesWith('arn:one')).toEqual(['*.wild.example.com']);
  await give('arn:two');
  expect(domains.certificateOf('a.wild.example.com')).toBe('arn:two');
  expect(domains.namesWith('arn:one')).toEqual([]);
});

test('announced changes and deletions are taken in', async () => {
  await put('new.example.com', { '': 'new/prod' });
  expect(domains.find('new.example.com', '/')).toBeUndefined();
  await announced('new.example.com');
  expect(domains.find('new.example.com', '/')).toMatchObject({ apiId: 'new' });
  await put('new.example.com', { '': 'newer/prod' });
  await store.commit([{ op: 'delete', key: domainNameKey('ws.example.com') }]);
  await announced('new.example.com');
  await announced('ws.example.com');
  expect(domains.find('new.example.com', '/')).toMatchObject({ apiId: 'newer' });
  expect(domains.find('ws.example.com', '/')).toBeUndefined();
});

test('loading again takes in what was not announced', async () => {
  await put('new.example.com', { '': 'new/prod' });
  await store.commit([{ op: 'delete', key: domainNameKey('ws.example.com') }]);
  await domains.load();
  expect(domains.owns('new.example.com')).toBe(true);
  expect(domains.owns('ws.example.com')).toBe(false);
});

test('after stop announcements lead to nothing', async () => {
  await domains.stop();
  await store.commit([{ op: 'delete', key: domainNameKey('ws.example.com') }]);
  await announced('ws.example.com');
  expect(domains.owns('ws.example.com')).toBe(true);
});

test('truststores: by host, the same object for the same content, off again', async () => {
  const [one, two] = await Promise.all([rootAuthority('CN=one'), rootAuthority('CN=two')]);
  const hash = await blobs.put(Buffer.from(`for tests\n${one.cert}${two.cert}`));
  expect(domains.asksForCertificates).toBe(false);
  for (const name of ['ws.example.com', '*.wild.example.com']) {
    await trust(name, hash);
    await announced(name);
  }
  expect(domains.asksForCertificates).toBe(true);
  const truststore = domains.truststoreOf('WS.example.com:8443');
  expect(truststore).toEqual({ hash, certificates: [one.cert, two.cert] });
  expect(domains.truststoreOf('a.wild.example.com')).toBe(truststore);
  expect(domains.truststoreOf('only.example.com')).toBeUndefined();
  await announced('ws.example.com');
  expect(domains.truststoreOf('ws.example.com')).toBe(truststore);
  for (const name of ['ws.example.com', '*.wild.example.com']) {
    await trust(name);
    await announced(name);
  }
  expect(domains.truststoreOf('ws.example.com')).toBeUndefined();
  expect(domains.asksForCertificates).toBe(false);
});

test('domains that are read at the same time share the object too', async () => {
  const { cert } = await rootAuthority('CN=one');
  const hash = await blobs.put(Buffer.from(cert));
  const names = ['ws.example.com', 'only.example.com'];
  for (const name of names) await trust(name, hash);
  await domains.load();
  const truststore = domains.truststoreOf('ws.example.com');
  expect(truststore).toEqual({ hash, certificates: [cert] });
  expect(domains.truststoreOf('only.example.com')).toBe(truststore);
  // Nothing but a mapping may have changed: connections of both stay proved.
  for (const name of names) await domains.refresh(name);
  for (const name of names) expect(domains.truststoreOf(name)).toBe(truststore);
});

test.each([
  ['is not there', () => Promise.resolve('0'.repeat(64))],
  ['has no certificates', () => blobs.put(Buffer.from('nothing'))],
])('a truststore that %s lets nobody in', async (_what, hashOf) => {
  const hash = await hashOf();
  await trust('ws.example.com', hash);
  await announced('ws.example.com');
  expect(domains.truststoreOf('ws.example.com')).toEqual({ hash });
});

test('while the blob store is away nobody is let in; then the truststore is loaded', async () => {
  const clock = new TestClock(0);
  const { cert } = await rootAuthority('CN=one');
  const hash = await blobs.put(Buffer.from(cert));
  let away = true;
  const failing = {
    get: (wanted: string) => (away ? Promise.reject(new Error('away')) : blobs.get(wanted)),
  };
  const other = new CustomDomains({ store, blobs: failing, bus, clock, logger: silentLogger });
  await other.start();
  await trust('ws.example.com', hash);
  await announced('ws.example.com');
  expect(other.truststoreOf('ws.example.com')).toEqual({ hash });
  away = false;
  clock.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(other.truststoreOf('ws.example.com')).toEqual({ hash, certificates: [cert] });
});

test('a domain without its record is not served', async () => {
  await store.commit([{ op: 'delete', key: domainKey('us-east-1', 'ws.example.com') }]);
  await announced('ws.example.com');
  expect(domains.owns('ws.example.com')).toBe(false);
});
