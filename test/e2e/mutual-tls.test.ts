// Mutual TLS on two nodes over one store: asked by both, changed on both, with an imported server certificate, and after a kill.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { adminClients, clientSettings } from '../support/clients.ts';
import { mockApi } from '../support/mock-api.ts';
import type { TestNode } from '../support/node.ts';
import { NodeGroup } from '../support/node-group.ts';
import { rootAuthority, type Identity } from '../support/pki.ts';

const DOMAIN = 'mtls.example.com';
const REFUSED = { status: 403 };

let group: NodeGroup;
let server: Identity;
let one: Identity;
let client: Identity;
let a: TestNode;
let b: TestNode;

const start = (name: string): Promise<TestNode> =>
  group.start(name, { env: { POSTERN_BUCKETS: `trust=${group.folder}` } });

const gatewayOf = (node: TestNode) => new ApiGatewayV2(clientSettings(node));

beforeAll(async () => {
  group = await NodeGroup.open();
  one = await rootAuthority('CN=one');
  client = await one.issue('CN=client');
  const elsewhere = await rootAuthority('CN=Elsewhere');
  server = await elsewhere.issue('CN=server', { names: [DOMAIN], until: 90 });
  await writeFile(join(group.folder, 'one.pem'), one.cert);
  a = await start('a');
  b = await start('b');
  const { acm } = adminClients(a);
  const { CertificateArn } = await acm.importCertificate({
    Certificate: Buffer.from(server.cert),
    PrivateKey: Buffer.from(server.key),
    CertificateChain: Buffer.from(elsewhere.cert),
  });
  const { apiId: ApiId } = await mockApi(a, { routes: { hello: {} } });
  const gateway = gatewayOf(a);
  await gateway.createDomainName({
    DomainName: DOMAIN,
    DomainNameConfigurations: [{ CertificateArn }],
    MutualTlsAuthentication: { TruststoreUri: 's3://trust/one.pem' },
  });
  await gateway.createApiMapping({ DomainName: DOMAIN, ApiId, Stage: 'live' });
}, 60_000);

afterAll(async () => {
  await group.close();
});

/** A socket by the domain's name, with the client's certificate if one is given. */
function open(node: TestNode, identity?: Identity): Promise<Chatter> {
  return openChatter(`wss://${DOMAIN}/`, {
    createConnection: () =>
      connect({
        ...{ host: '127.0.0.1', port: Number(new URL(node.ready.gateway).port) },
        ...{ servername: DOMAIN, rejectUnauthorized: false },
        ...(identity && { key: identity.key, cert: identity.cert }),
      }),
  });
}

async function letIn(node: TestNode, identity?: Identity): Promise<void> {
  await (await open(node, identity)).close();
}

/** What announcements bring comes soon, not at once. */
const soon = (expected: () => Promise<void>) => vi.waitFor(expected, { timeout: 10_000 });

test('every node asks for a certificate, and serves the imported one', async () => {
  for (const node of [a, b]) {
    await soon(() => letIn(node, client));
    await expect(open(node)).rejects.toThrow();
    await expect(open(node, await rootAuthority('CN=x'))).rejects.toMatchObject(REFUSED);
  }
  const socket = connect({
    ...{ host: '127.0.0.1', port: Number(new URL(b.ready.gateway).port), servername: DOMAIN },
    ...{ rejectUnauthorized: false, key: client.key, cert: client.cert },
  });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  expect(socket.getPeerX509Certificate()?.toString()).toBe(server.cert);
  socket.destroy();
});

test('a truststore that one node takes over counts on the other; open sockets stay', async () => {
  const two = await rootAuthority('CN=two');
  await writeFile(join(group.folder, 'two.pem'), two.cert);
  const before = await open(b, client);
  await gatewayOf(a).updateDomainName({
    DomainName: DOMAIN,
    MutualTlsAuthentication: { TruststoreUri: 's3://trust/two.pem' },
  });
  const newer = await two.issue('CN=newer');
  await soon(() => letIn(b, newer));
  for (const node of [a, b]) await expect(open(node, client)).rejects.toMatchObject(REFUSED);
  expect(before.socket.readyState).toBe(before.socket.OPEN);
  await before.close();
});

test('a killed node asks again when it is back, and no longer once it is off', async () => {
  await b.end('SIGKILL');
  b = await start('b');
  await expect(open(b)).rejects.toThrow();
  await expect(open(b, client)).rejects.toMatchObject(REFUSED);
  await gatewayOf(b).updateDomainName({
    DomainName: DOMAIN,
    MutualTlsAuthentication: { TruststoreUri: '' },
  });
  await letIn(b);
  await soon(() => letIn(a));
});
