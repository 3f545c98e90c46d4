// Client certificates end to end: made by SDK and CLI, shown by stages to an HTTPS back end that lets nobody else in.
import { APIGateway } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2, NotFoundException } from '@aws-sdk/client-apigatewayv2';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCli } from '../../support/aws-cli.ts';
import { openChatter } from '../../support/chatter.ts';
import { clientSettings } from '../../support/clients.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { rootAuthority } from '../../support/pki.ts';

const SLOW = { timeout: 60_000 };
const at = { StageName: 'live' };

let folder: string;
let env: Record<string, string>;
let node: TestNode;
let own: { readonly key: string; readonly cert: string };
let backend: Server;
let v1: APIGateway;
let v2: ApiGatewayV2;
let ApiId: string;
let certificateId: string;

async function start(): Promise<void> {
  node = await startNode({ data: join(folder, 'data'), env });
  v1 = new APIGateway(clientSettings(node));
  v2 = new ApiGatewayV2(clientSettings(node));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-client-cert-'));
  const { key, cert } = await rootAuthority('CN=localhost');
  own = { key, cert };
  backend = createServer(
    { ...own, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { fingerprint256 } = (request.socket as TLSSocket).getPeerX509Certificate() ?? {};
      response.end(JSON.stringify({ fingerprint256 }));
    },
  ).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  await writeFile(join(folder, 'backend.pem'), own.cert);
  env = { NODE_EXTRA_CA_CERTS: join(folder, 'backend.pem') };
  await start();
  ApiId =
    (
      await v2.createApi({
        Name: 'c',
        ProtocolType: 'WEBSOCKET',
        RouteSelectionExpression: '$request.body.action',
      })
    ).ApiId ?? '';
  const { IntegrationId } = await v2.createIntegration({
    ApiId,
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'POST',
    IntegrationUri: `https://localhost:${(backend.address() as AddressInfo).port}/`,
  });
  const { RouteId } = await v2.createRoute({
    ApiId,
    RouteKey: 'ask',
    Target: `integrations/${IntegrationId}`,
    RouteResponseSelectionExpression: '$default',
  });
  await v2.createRouteResponse({ ApiId, RouteId, RouteResponseKey: '$default' });
  await v2.createStage({ ApiId, ...at, AutoDeploy: true });
}, 60_000);

afterAll(async () => {
  await node.close();
  backend.closeAllConnections();
  backend.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the back end says through the stage. */
async function ask(): Promise<Readonly<Record<string, unknown>>> {
  const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${ApiId}/live`;
  const one = await openChatter(url, { agent: node.agent });
  one.send({ action: 'ask' });
  const answer = JSON.parse(await one.next()) as Readonly<Record<string, unknown>>;
  await one.close();
  return answer;
}

test('a stage with a certificate is let in, live; one without is not', SLOW, async () => {
  const made = await v1.generateClientCertificate({ description: 'for the back end' });
  certificateId = made.clientCertificateId ?? '';
  expect(certificateId).toMatch(/^[a-z0-9]{6}$/);
  const days =
    ((made.expirationDate?.getTime() ?? 0) - (made.createdDate?.getTime() ?? 0)) / 86_400_000;
  expect(days).toBe(365);
  backend.setSecureContext({ ...own, ca: [made.pemEncodedCertificate ?? ''] });
  expect(await ask()).toMatchObject({ message: 'Internal server error' });
  await v2.updateStage({ ApiId, ...at, ClientCertificateId: certificateId });
  expect(await ask()).toHaveProperty('fingerprint256');
  expect((await v2.getStage({ ApiId, ...at })).ClientCertificateId).toBe(certificateId);
});

test('it is shown after a restart too', SLOW, async () => {
  await node.end();
  await start();
  expect(await ask()).toHaveProperty('fingerprint256');
});

test('ids that are none, and deletions while it is in use, are refused', SLOW, async () => {
  const unknown = v2.updateStage({ ApiId, ...at, ClientCertificateId: 'nope00' });
  await expect(unknown).rejects.toBeInstanceOf(NotFoundException);
  const used = v1.deleteClientCertificate({ clientCertificateId: certificateId });
  await expect(used).rejects.toThrow(`in use by these stages and cannot be deleted: ${ApiId}/live`);
  await v2.updateStage({ ApiId, ...at, ClientCertificateId: '' });
  expect(await ask()).toMatchObject({ message: 'Internal server error' });
  await v1.deleteClientCertificate({ clientCertificateId: certificateId });
  const { items = [] } = await v1.getClientCertificates({});
  expect(items).toEqual([]);
});

test('the CLI', SLOW, async () => {
  const cli = awsCli(node, folder);
  const api = (...args: string[]) => cli('apigateway', ...args);
  const made = await api('generate-client-certificate', '--description', 'by the CLI');
  const id = ['--client-certificate-id', String(made['clientCertificateId'])];
  expect(String(made['pemEncodedCertificate'])).toMatch(/^-----BEGIN CERTIFICATE-----\r\n/);
  const patch = 'op=replace,path=/description,value=changed';
  await api('update-client-certificate', ...id, '--patch-operations', patch);
  expect(await api('get-client-certificates')).toMatchObject({
    items: [{ description: 'changed' }],
  });
  await api('delete-client-certificate', ...id);
  expect(await api('get-client-certificates')).toMatchObject({ items: [] });
});
