// Mutual TLS on a real port: who is let in under which name, and every way around it.
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Truststore } from '#shared/model/certificates.ts';
import type { StageSource } from '#shared/model/stage.ts';
import type { ClientCert } from '#shared/model/connection.ts';
import type { Front } from '#shared/model/services.ts';
import { startGateway, twoStages, WS, type RunningGateway } from '../../support/edge-gateway.ts';
import { pieceProxy } from '../../support/pieces.ts';
import { rootAuthority, rsa, type Identity } from '../../support/pki.ts';
import { ask, readAll, tls } from '../../support/raw-client.ts';

const [ONE, TWO, DARK, OPEN] = ['one.test', 'two.test', 'dark.test', 'open.test'];
const FORBIDDEN = '{"message":"Forbidden"}';

/** Tells whom it serves. */
const front: Required<Front> = {
  handle: (_request, response, match) => void response.end(shown(match)),
  upgrade: (_request, socket, _head, match) =>
    void socket.end(`HTTP/1.1 101 X\r\n\r\n${shown(match)}`),
};

function shown({ domainName, clientCert }: { domainName: string; clientCert?: ClientCert }) {
  return JSON.stringify({ domainName, subjectDN: clientCert?.subjectDN ?? null });
}

const domains = {
  truststores: new Map<string, Truststore>(),
  get asksForCertificates() {
    return this.truststores.size > 0;
  },
  truststoreOf(host: string) {
    return this.truststores.get(host.split(':')[0] ?? '');
  },
  owns: (name: string) => [ONE, TWO, DARK, OPEN].includes(name),
};

const stages: StageSource = {
  ...twoStages,
  resolve: (host, path) =>
    domains.owns(host)
      ? ({ ...twoStages.resolve('localhost', WS), path, domainName: host } as ReturnType<
          StageSource['resolve']
        >)
      : twoStages.resolve(host, path),
};

let running: RunningGateway;
let one: Identity;
let two: Identity;
let good: Identity;

beforeAll(async () => {
  [one, two] = await Promise.all([rootAuthority('C=US, CN=one'), rootAuthority('CN=two')]);
  good = await one.issue('C=US, CN=good');
  domains.truststores.set(ONE, { hash: '1', certificates: [one.cert] });
  domains.truststores.set(TWO, { hash: '2', certificates: [two.cert] });
  domains.truststores.set(DARK, { hash: '3' });
  running = await startGateway({
    stages,
    domains,
    fronts: { WEBSOCKET: front },
    management: front,
  });
});

afterAll(() => running.stop());

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

function open(servername: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return tls(running.gateway.port, { servername, rejectUnauthorized: false, ...options });
}

/** The answer's body to a GET; empty when the connection was cut. */
async function bodyOf(socket: Socket, host: string, path = '/'): Promise<string> {
  const answer = await ask(
    socket,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  );
  return answer.split('\r\n\r\n')[1] ?? '';
}

const welcome = (domainName: string, subjectDN: string | null = 'C=US,CN=good') =>
  JSON.stringify({ domainName, subjectDN });

test.each(VERSIONS)('%s: a trusted client is let in and known', async (maxVersion) => {
  expect(await bodyOf(await open(ONE, { ...good, maxVersion }), ONE)).toBe(welcome(ONE));
  const socket = await open(ONE.toUpperCase(), { ...good, maxVersion });
  const upgrade = `GET / HTTP/1.1\r\nHost: ${ONE}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  expect(await ask(socket, upgrade)).toBe(`HTTP/1.1 101 X\r\n\r\n${welcome(ONE)}`);
});

test.each(VERSIONS)('%s: a client without a certificate is cut off', async (maxVersion) => {
  const socket = await open(ONE, { maxVersion }).catch(() => undefined);
  expect(socket === undefined ? '' : await bodyOf(socket, ONE)).toBe('');
});

test('under other names nobody is asked for a certificate', async () => {
  for (const name of [OPEN, 'localhost']) {
    const socket = await open(name);
    expect(await bodyOf(socket, name, WS)).toBe(welcome(name, null));
  }
  const asked = await peek(OPEN);
  expect(asked).toBe(false);
  expect(await peek(ONE)).toBe(true);
});

/** Whether the server sends a CertificateRequest, by the plain text of a TLS 1.2 handshake. */
async function peek(servername: string): Promise<boolean> {
  const proxy = await pieceProxy(running.gateway.port, 0);
  const client = connectTls({
    ...{ port: proxy.port, host: '127.0.0.1', servername },
    ...{ rejectUnauthorized: false, maxVersion: 'TLSv1.2', ...good },
  });
  await once(client, 'secureConnect');
  client.on('error', () => undefined).destroy();
  proxy.close();
  return messageTypes(proxy.said()).includes(13);
}

function messageTypes(bytes: Buffer): number[] {
  const messages: Buffer[] = [];
  for (
    let at = 0;
    at + 5 <= bytes.length && bytes[at] === 22;
    at += 5 + bytes.readUInt16BE(at + 3)
  ) {
    messages.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3)));
  }
  const all = Buffer.concat(messages);
  const types: number[] = [];
  for (let at = 0; at + 4 <= all.length; at += 4 + all.readUIntBE(at + 1, 3))
    types.push(all[at] ?? 0);
  return types;
}

/** Clients that nobody should trust, or should after all. */
const CLIENTS: readonly [string, () => Promise<ConnectionOptions>, boolean][] = [
  ['another authority', () => two.issue('CN=x'), false],
  ['expired', () => one.issue('CN=x', { from: -9, until: -1 }), false],
  ['not valid yet', () => one.issue('CN=x', { from: 1 }), false],
  ['self-signed', () => rootAuthority('CN=x'), false],
  [
    'an authority of the same name with another key',
    async () => (await rootAuthority('C=US, CN=one')).issue('CN=x'),
    false,
  ],
  ['for servers only', () => one.issue('CN=x', { usage: 'server' }), false],
  ['a short key', () => one.issue('CN=x', { algorithm: rsa(1024, 'SHA-256') }), false],
  ['RSA', () => one.issue('C=US, CN=good', { algorithm: rsa(2048, 'SHA-256') }), true],
  [
    'an intermediate that is not in the truststore, though it is sent',
    async () => {
      const middle = await one.issue('CN=middle', { authority: true });
      const { key, cert } = await middle.issue('CN=x');
      return { key, cert: cert + middle.cert };
    },
    false,
  ],
  [
    'signed by a client',
    async () => {
      const { key, cert } = await good.issue('CN=x');
      return { key, cert: cert + good.cert };
    },
    false,
  ],
  ['the authority itself', async () => one, true],
];

test.each(CLIENTS)('%s', async (_what, client, trusted) => {
  const { key, cert } = await client();
  const socket = await open(ONE, { key, cert }).catch(() => undefined);
  const body = socket === undefined ? FORBIDDEN : await bodyOf(socket, ONE);
  if (trusted) expect(body).toMatch(/"domainName":"one.test","subjectDN":"C=US/);
  else expect(body).toBe(FORBIDDEN);
});

test('a signature over SHA-1 is refused', async () => {
  const weak = await rootAuthority('CN=weak', { algorithm: rsa(2048, 'SHA-1') });
  const { key, cert } = await weak.issue('CN=x', { algorithm: rsa(2048, 'SHA-1') });
  domains.truststores.set(TWO, { hash: 'weak', certificates: [weak.cert] });
  // Node's own client would not even show it.
  const socket = await open(TWO, { key, cert, ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(await bodyOf(socket, TWO)).toBe(FORBIDDEN);
  domains.truststores.set(TWO, { hash: '2', certificates: [two.cert] });
});

test('chains: four authorities of the truststore at most, and all of them', async () => {
  const chain = [one];
  for (let at = 1; at < 5; at++) {
    const last = chain.at(-1) ?? one;
    chain.push(await last.issue(`CN=level ${at}`, { authority: true }));
  }
  const bundle = chain.map(({ cert }) => cert);
  const hash = 'levels';
  const answers: boolean[] = [];
  for (const authority of chain) {
    domains.truststores.set(TWO, { hash, certificates: bundle });
    const { key, cert } = await authority.issue('CN=x');
    answers.push((await bodyOf(await open(TWO, { key, cert }), TWO)) !== FORBIDDEN);
  }
  expect(answers).toEqual([true, true, true, true, false]);
  // Without its root an authority stands for nothing.
  domains.truststores.set(TWO, { hash: 'no root', certificates: bundle.slice(1) });
  const { key, cert } = await (chain[1] ?? one).issue('CN=x');
  expect(await bodyOf(await open(TWO, { key, cert }), TWO)).toBe(FORBIDDEN);
  domains.truststores.set(TWO, { hash: '2', certificates: [two.cert] });
});

test.each<[string, string | undefined, boolean, string, string]>([
  ['the Host of such a domain on the connection of another name', 'localhost', false, ONE, '/'],
  ['with a port', 'localhost', false, `${ONE}:8443`, '/'],
  ['without a server name', undefined, false, ONE, '/'],
  ['with a certificate that nobody asked for', 'localhost', true, ONE, '/'],
  ['the path form under its Host', 'localhost', false, ONE, WS],
  ['its @connections', 'localhost', false, ONE, '/@connections/x'],
  ['its health check', 'localhost', false, ONE, '/ping'],
  ['the Host of another such domain', ONE, true, TWO, '/'],
  ['the Host of one whose truststore is not loaded', ONE, true, DARK, '/'],
])('%s is 403', async (_what, servername, certified, host, path) => {
  const socket = await tls(running.gateway.port, {
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized: false,
    ...(certified ? good : {}),
  });
  const answer = await ask(socket, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(answer).toContain(FORBIDDEN);
});

test('an upgrade under the Host of such a domain is 403 on the connection of another name', async () => {
  const upgrade = `GET / HTTP/1.1\r\nHost: ${ONE}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  expect(await ask(await open(OPEN), upgrade)).toMatch(/^HTTP\/1\.1 403 /);
});

test('an untrusted client gets 403 under every Host', async () => {
  const { key, cert } = await two.issue('CN=x');
  expect(await bodyOf(await open(ONE, { key, cert }), 'localhost', WS)).toBe(FORBIDDEN);
});

test('a trusted client may ask for other domains, which do not hear of it', async () => {
  expect(await bodyOf(await open(ONE, good), OPEN)).toBe(welcome(OPEN, null));
});

test('handshakes are refused while the truststore is not loaded', async () => {
  await expect(open(DARK, good)).rejects.toThrow();
});

test.each(VERSIONS)(
  '%s: sessions of other names and other truststores open nothing',
  async (maxVersion) => {
    const sessionOf = async (
      name: string,
      options: ConnectionOptions,
    ): Promise<Buffer | undefined> => {
      const socket = await open(name, { maxVersion, ...options });
      let session = socket.getSession();
      socket.on('session', (made) => (session = made));
      await bodyOf(socket, name, WS);
      return session;
    };
    const sessions = [
      await sessionOf('localhost', {}),
      await sessionOf(OPEN, good),
      await sessionOf(ONE, good),
      await sessionOf(TWO, await two.issue('CN=x')),
    ];
    // The first two are kept by the listener: they really are sessions that can be resumed.
    const again = await open('localhost', {
      maxVersion,
      ...(sessions[0] && { session: sessions[0] }),
    });
    expect(again.isSessionReused()).toBe(true);
    again.destroy();
    for (const session of sessions) {
      const socket = await open(ONE, { maxVersion, ...(session && { session }) }).catch(
        () => undefined,
      );
      expect(socket?.isSessionReused() ?? false).toBe(false);
      expect(socket === undefined ? '' : await bodyOf(socket, ONE)).toBe('');
    }
  },
);

test('a changed truststore is asked at once, and connections that were let in before ask again in vain', async () => {
  const socket = await open(ONE, good);
  const requests = `GET / HTTP/1.1\r\nHost: ${ONE}\r\n\r\n`;
  socket.write(requests);
  await once(socket, 'data');
  domains.truststores.set(ONE, { hash: 'new', certificates: [two.cert] });
  expect(await ask(socket, requests)).toContain(FORBIDDEN);
  expect(await bodyOf(await open(ONE, good), ONE)).toBe(FORBIDDEN);
  const { key, cert } = await two.issue('CN=new');
  expect(await bodyOf(await open(ONE, { key, cert }), ONE)).toBe(welcome(ONE, 'CN=new'));
  domains.truststores.set(ONE, { hash: '1', certificates: [one.cert] });
});

test.each([1, 5, 64, 500])('a ClientHello in packets of %i bytes', async (size) => {
  const proxy = await pieceProxy(running.gateway.port, size);
  for (const [name, subject] of [
    [ONE, 'C=US,CN=good'],
    [OPEN, null],
  ] as const) {
    const socket = await tls(proxy.port, { servername: name, rejectUnauthorized: false, ...good });
    expect(await bodyOf(socket, name)).toBe(welcome(name, subject));
  }
  proxy.close();
});

test('a ClientHello that will be longer than 16 KiB is cut off', async () => {
  const socket = connectTcp(running.gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = readAll(socket);
  const record = Buffer.concat([Buffer.from([22, 3, 1, 0x10, 0]), Buffer.alloc(0x1000)]);
  record.set([1, 0xff, 0xff, 0xff], 5);
  for (let count = 0; count < 5; count++) socket.write(record);
  expect(await closed).toBe('');
});

test('a ClientHello that does not come in time is cut off, however often a byte comes', async () => {
  const limits = { urlBytes: 4096, headerBytes: 10_240, headersMs: 300 };
  const slow = await startGateway({ stages, domains, limits, fronts: { WEBSOCKET: front } });
  const socket = connectTcp(slow.gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  const timer = setInterval(() => socket.write(Buffer.from([1])), 50);
  socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252]));
  expect(await readAll(socket)).toBe('');
  clearInterval(timer);
  await slow.stop();
});

test('connections with proof are under the limits of all others', async () => {
  const limits = { urlBytes: 4096, headerBytes: 10_240, headersMs: 300 };
  const slow = await startGateway({ stages, domains, limits, fronts: { WEBSOCKET: front } });
  const socket = await tls(slow.gateway.port, {
    servername: ONE,
    rejectUnauthorized: false,
    ...good,
  });
  expect(await ask(socket, 'GET / HTTP/1.1\r\nHost: x')).toMatch(/^HTTP\/1\.1 408 /);
  const idle = await tls(slow.gateway.port, {
    servername: ONE,
    rejectUnauthorized: false,
    ...good,
  });
  const ended = readAll(idle);
  await slow.stop();
  expect(await ended).toBe('');
});

test('without TLS such a domain lets nobody in', async () => {
  const plain = await startGateway({ plain: true, stages, domains, fronts: { WEBSOCKET: front } });
  const socket = connectTcp(plain.gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  expect(await bodyOf(socket, ONE)).toBe(FORBIDDEN);
  await plain.stop();
});

test.each(['/ping', '/sping'])('%s of custom domains is answered by the gateway', async (path) => {
  expect(await bodyOf(await open(OPEN), OPEN, path)).toBe('healthy');
  expect(await bodyOf(await open(ONE, good), ONE, path)).toBe('healthy');
  expect(await bodyOf(await open('localhost'), 'localhost', path)).toBe(FORBIDDEN);
});
