// Certificates of a custom domain while sockets are open: swapped and renewed on two nodes, from files too, and still there after a kill.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  UpdateDomainNameCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { adminClients } from '../support/clients.ts';
import { mockApi } from '../support/mock-api.ts';
import type { TestNode } from '../support/node.ts';
import { NodeGroup } from '../support/node-group.ts';
import { rootAuthority, type Identity } from '../support/pki.ts';

const DOMAIN = 'ws.example.com';
const WILDCARD = '*.rooms.example.com';

let group: NodeGroup;
/** What clients trust. */
let root: Identity;
/** What signs, so that only a chain that is sent leads to the root. */
let middle: Identity;
/** What clients show where they are asked. */
let client: Identity;
let a: TestNode;
let b: TestNode;
let arn: string;

const start = (name: string, ...args: readonly string[]): Promise<TestNode> =>
  group.start(name, { args, env: { POSTERN_BUCKETS: `trust=${join(group.folder, 'trust')}` } });

beforeAll(async () => {
  group = await NodeGroup.open();
  root = await rootAuthority('CN=Elsewhere');
  middle = await root.issue('CN=Middle', { authority: true });
  client = await root.issue('CN=client', { until: 90 });
  await mkdir(join(group.folder, 'trust'));
  await writeFile(join(group.folder, 'trust', 'clients.pem'), root.cert);
  a = await start('a');
  b = await start('b');
});
afterAll(async () => {
  await group.close();
});

const portOf = (node: TestNode): number => Number(new URL(node.ready.gateway).port);
const server = (names: readonly string[] = [DOMAIN]): Promise<Identity> =>
  middle.issue('CN=server', { names, until: 90 });

/** The certificate that a new handshake gets, which must lead to a root that is trusted. */
function served(node: TestNode, servername = DOMAIN): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host: '127.0.0.1', port: portOf(node), servername },
      ...{ key: client.key, cert: client.cert },
      ca: [root.cert, node.caText],
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.toString() ?? '');
      socket.destroy();
    });
  });
}

function open(node: TestNode, name = DOMAIN): Promise<Chatter> {
  return openChatter(`wss://${name}/`, {
    createConnection: () =>
      connect({
        ...{ host: '127.0.0.1', port: portOf(node), servername: name },
        ...{ key: client.key, cert: client.cert },
        ca: [root.cert, node.caText],
      }),
  });
}

async function echo(one: Chatter): Promise<void> {
  one.send({ action: 'hello' });
  expect(await one.next()).toBe('{"route":"hello"}');
}

const imported = async (identity: Identity, CertificateArn?: string): Promise<string> => {
  const made = await adminClients(a).acm.importCertificate({
    Certificate: Buffer.from(identity.cert),
    PrivateKey: Buffer.from(identity.key),
    CertificateChain: Buffer.from(middle.cert),
    CertificateArn,
  });
  return made.CertificateArn ?? '';
};

async function domain(DomainName: string, CertificateArn: string, ApiId: string): Promise<void> {
  const { gateway } = adminClients(a);
  const DomainNameConfigurations = [{ CertificateArn }];
  await gateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  await gateway.send(new CreateApiMappingCommand({ DomainName, ApiId, Stage: 'live' }));
}

test('both nodes serve an imported certificate with its chain, to a wildcard domain too', async () => {
  const { apiId } = await mockApi(a, { routes: { hello: {} } });
  const [one, wild] = [await server(), await server([WILDCARD])];
  arn = await imported(one);
  await domain(DOMAIN, arn, apiId);
  await domain(WILDCARD, await imported(wild), apiId);
  for (const node of [a, b]) {
    await expect.poll(() => served(node)).toBe(one.cert);
    expect(await served(node, 'lobby.rooms.example.com')).toBe(wild.cert);
    await echo(await open(node, 'lobby.rooms.example.com'));
  }
});

test('sockets stay open and talk while their certificate is replaced; new handshakes get the new one', async () => {
  const sockets = [await open(a), await open(b)];
  await Promise.all(sockets.map(echo));
  for (let round = 0; round < 3; round++) {
    const next = await server();
    await imported(next, arn);
    expect(await served(a)).toBe(next.cert);
    await expect.poll(() => served(b)).toBe(next.cert);
    await Promise.all(sockets.map(echo));
  }
  await Promise.all(sockets.map((one) => one.close()));
});

test('the same while a domain is given a certificate of the local CA, and while that is renewed', async () => {
  const sockets = [await open(a), await open(b)];
  const { acm, gateway } = adminClients(b);
  const { CertificateArn } = await acm.requestCertificate({ DomainName: DOMAIN });
  await gateway.send(
    new UpdateDomainNameCommand({
      DomainName: DOMAIN,
      DomainNameConfigurations: [{ CertificateArn }],
    }),
  );
  const current = async () => (await acm.getCertificate({ CertificateArn })).Certificate ?? '';
  for (const node of [a, b]) await expect.poll(() => served(node)).toBe(await current());
  const before = await current();
  await acm.renewCertificate({ CertificateArn });
  expect(await current()).not.toBe(before);
  for (const node of [a, b]) await expect.poll(() => served(node)).toBe(await current());
  await Promise.all(sockets.map(echo));
  await Promise.all(sockets.map((one) => one.close()));
});

test('the same under a name that asks its clients for certificates', async () => {
  const DomainName = 'mutual.example.com';
  const { gateway } = adminClients(a);
  const { apiId: ApiId } = await mockApi(a, { routes: { hello: {} } });
  const CertificateArn = await imported(await server([DomainName]));
  await gateway.send(
    new CreateDomainNameCommand({
      DomainName,
      DomainNameConfigurations: [{ CertificateArn }],
      MutualTlsAuthentication: { TruststoreUri: 's3://trust/clients.pem' },
    }),
  );
  await gateway.send(new CreateApiMappingCommand({ DomainName, ApiId, Stage: 'live' }));
  const socket = await open(a, DomainName);
  const next = await server([DomainName]);
  await imported(next, CertificateArn);
  expect(await served(a, DomainName)).toBe(next.cert);
  await expect.poll(() => served(b, DomainName)).toBe(next.cert);
  await echo(socket);
  await socket.close();
});

test('certificates outlive a node that is killed', async () => {
  const before = await served(a);
  expect(await a.end('SIGKILL')).toBeNull();
  a = await start('a');
  expect(await served(a)).toBe(before);
  expect(await served(a, 'hall.rooms.example.com')).toBe(await served(b, 'hall.rooms.example.com'));
  await echo(await open(a));
});

test('files of the configuration are served, and their successors too, to open sockets’ ignorance', async () => {
  const live = join(group.folder, 'live');
  await mkdir(live);
  const put = async (one: Identity): Promise<void> => {
    for (const [name, text] of [
      ['privkey.pem', one.key],
      ['fullchain.pem', one.cert + middle.cert],
    ] as const) {
      await writeFile(join(live, `${name}.new`), text);
      await rename(join(live, `${name}.new`), join(live, name));
    }
  };
  const first = await server(['files.example.com']);
  await put(first);
  const config = join(group.folder, 'postern.yaml');
  await writeFile(
    config,
    'certificates:\n  web:\n    cert: live/fullchain.pem\n    key: live/privkey.pem\n',
  );
  const c = await start('c', '--config', config);
  const line = await c.line(({ message }) => String(message).includes('files were imported'));
  const [named = ''] = /arn:aws:acm:[\w:/-]+/.exec(JSON.stringify(line)) ?? [];
  const { apiId } = await mockApi(a, { routes: { hello: {} } });
  await domain('files.example.com', named, apiId);
  for (const node of [a, c]) {
    await expect.poll(() => served(node, 'files.example.com')).toBe(first.cert);
  }
  const socket = await open(c, 'files.example.com');
  const second = await server(['files.example.com']);
  await put(second);
  for (const node of [a, c]) {
    const look = () => served(node, 'files.example.com');
    await expect.poll(look, { timeout: 20_000 }).toBe(second.cert);
  }
  await echo(socket);
  await socket.close();
});
