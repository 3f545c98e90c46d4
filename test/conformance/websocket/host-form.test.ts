// Addresses by Host: execute-api names with certificates that a client verifies, custom domains, and pushes by every form.
import { request } from 'node:http';
import type { Agent } from 'node:https';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  DeleteApiMappingCommand,
  UpdateApiMappingCommand,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings } from '../../support/clients.ts';
import { agentForNames } from '../../support/lookup.ts';
import { mockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const API = 'faulty0api';
const TEMPLATE = 'test/fixtures/apps/faulty/template.yaml';

let node: TestNode;
let port: string;
/** HTTPS by any name, as if DNS led it to this machine. */
let agent: Agent;

beforeAll(async () => {
  node = await startNode({ args: [TEMPLATE, '--stack', 'faulty'] });
  ({ port } = new URL(node.ready.gateway));
  agent = agentForNames(node);
});
afterAll(async () => {
  agent.destroy();
  await node.close();
});

/** Opens `wss://{host}:{port}{path}`; certificate and Host are those of the name. */
const open = (host: string, path: string): Promise<Chatter> =>
  openChatter(`wss://${host}:${port}${path}`, { agent });

async function ask(one: Chatter, deed = 'context'): Promise<Readonly<Record<string, unknown>>> {
  one.send({ deed });
  return JSON.parse(await one.next()) as Readonly<Record<string, unknown>>;
}

/** Pushes with an SDK client whose endpoint is `base`. */
async function push(base: string, ConnectionId: string, text: string): Promise<void> {
  const client = new ApiGatewayManagementApiClient({
    ...clientSettings(node, base),
    requestHandler: { httpsAgent: agent },
  });
  await client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }));
}

describe.each([
  ['execute-api under localhost', `${API}.execute-api.us-east-1.localhost`],
  ['execute-api at AWS', `${API}.execute-api.us-east-1.amazonaws.com`],
])('%s', (_form, host) => {
  test('serves the stage under its own certificate and says the name to the handler', async () => {
    const one = await open(host, '/live');
    expect(await ask(one)).toMatchObject({
      context: { apiId: API, stage: 'live', domainName: `${host}:${port}` },
    });
    await one.close();
  });

  test('a domainName is good for a push', async () => {
    const one = await open(host, '/live');
    const { connectionId, context } = await ask(one);
    const { domainName, stage } = context as Record<string, string>;
    await push(`https://${domainName}/${stage}`, String(connectionId), 'by its own name');
    expect(await one.next()).toBe('by its own name');
    await one.close();
  });
});

test('by path, domainName is the canonical name with the port', async () => {
  const one = await open('localhost', `/_aws/execute-api/${API}/live`);
  expect(await ask(one)).toMatchObject({
    context: { domainName: `${API}.execute-api.us-east-1.localhost:${port}` },
  });
  await one.close();
});

test('a push arrives by every form of the address, also with an endpoint that ends in a slash', async () => {
  const one = await open('localhost', `/_aws/execute-api/${API}/live`);
  const id = String((await ask(one))['connectionId']);
  const bases = [
    `https://localhost:${port}/_aws/execute-api/${API}/live`,
    `https://127.0.0.1:${port}/_aws/execute-api/${API}/live/`,
    `https://${API}.execute-api.us-east-1.localhost:${port}/live`,
    `https://${API}.execute-api.us-east-1.amazonaws.com:${port}/live/`,
  ];
  for (const base of bases) {
    await push(base, id, base);
    expect(await one.next()).toBe(base);
  }
  await one.close();
});

test.each([
  ['another region', `${API}.execute-api.eu-west-1.localhost`, '/live'],
  ['an unknown api', 'nobody0api.execute-api.us-east-1.localhost', '/live'],
  ['an unknown stage', `${API}.execute-api.us-east-1.localhost`, '/other'],
  ['no stage', `${API}.execute-api.us-east-1.localhost`, '/'],
  ['an unknown api by path', 'localhost', '/_aws/execute-api/nobody0api/live'],
  [
    'the path form under an execute-api name',
    'x.execute-api.us-east-1.localhost',
    `/_aws/execute-api/${API}/live`,
  ],
])('%s: 403', async (_name, host, path) => {
  await expect(open(host, path)).rejects.toMatchObject({
    status: 403,
    body: '{"message":"Forbidden"}',
    headers: { 'x-amzn-errortype': 'ForbiddenException' },
  });
});

test('plain HTTP on the TLS port: 400 that names https, and no service', async () => {
  const answer = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port, path: `/_aws/execute-api/${API}/live/@connections/x` },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode, body }));
        },
      );
      call.on('error', reject);
      call.end();
    },
  );
  expect(answer).toMatchObject({
    status: 400,
    body: expect.stringContaining('https://') as string,
  });
});

test('a custom domain: its certificate, its mapping, its name in the event, and pushes by it', async () => {
  const { gateway } = adminClients(node);
  const DomainName = 'chat.example.com';
  await gateway.send(
    new CreateDomainNameCommand({
      DomainName,
      DomainNameConfigurations: [
        {
          CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/any',
          EndpointType: 'REGIONAL',
          SecurityPolicy: 'TLS_1_2',
        },
      ],
    }),
  );
  const { ApiMappingId } = await gateway.send(
    new CreateApiMappingCommand({ DomainName, ApiId: API, Stage: 'live', ApiMappingKey: 'v1' }),
  );
  const one = await open(DomainName, '/v1');
  const { connectionId, context } = await ask(one);
  expect(context).toMatchObject({ domainName: `${DomainName}:${port}`, stage: 'live' });
  await push(`https://${DomainName}:${port}/v1`, String(connectionId), 'by domain');
  expect(await one.next()).toBe('by domain');
  await expect(open(DomainName, '/v2')).rejects.toMatchObject({ status: 403 });
  await one.close();
  await gateway.send(new DeleteApiMappingCommand({ DomainName, ApiMappingId }));
  await expect(open(DomainName, '/v1')).rejects.toMatchObject({ status: 403 });
});

test('a mapping key of two levels: the longest leads on, also pushes', async () => {
  const { gateway } = adminClients(node);
  const other = await mockApi(node, { routes: { $default: {} } });
  const DomainName = 'levels.example.com';
  const DomainNameConfigurations = [{ CertificateArn: 'arn:aws:acm:::certificate/any' }];
  await gateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  for (const [ApiId, ApiMappingKey] of [
    [other.apiId, 'chat'],
    [API, 'chat/v2'],
  ] as const) {
    const mapping = { DomainName, ApiId, Stage: 'live', ApiMappingKey };
    await gateway.send(new CreateApiMappingCommand(mapping));
  }
  const one = await open(DomainName, '/chat/v2');
  const { connectionId, context } = await ask(one);
  expect(context).toMatchObject({ apiId: API });
  await push(`https://${DomainName}:${port}/chat/v2`, String(connectionId), 'two levels');
  expect(await one.next()).toBe('two levels');
  const two = await open(DomainName, '/chat');
  expect(await ask(two)).toEqual({ route: '$default' });
  await Promise.all([one.close(), two.close()]);
});

test('a mapping that moves to another api leaves the sockets where they are, up to their end', async () => {
  const { gateway } = adminClients(node);
  const other = await mockApi(node, { routes: { $default: {} } });
  const DomainName = 'move.example.com';
  const DomainNameConfigurations = [{ CertificateArn: 'arn:aws:acm:::certificate/any' }];
  await gateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  const { ApiMappingId } = await gateway.send(
    new CreateApiMappingCommand({ DomainName, ApiId: API, Stage: 'live' }),
  );
  const old = await open(DomainName, '/');
  const { connectionId } = await ask(old);
  await gateway.send(
    new UpdateApiMappingCommand({ DomainName, ApiMappingId, ApiId: other.apiId, Stage: 'live' }),
  );
  const fresh = await open(DomainName, '/');
  expect(await ask(fresh)).toEqual({ route: '$default' });
  expect(await ask(old)).toMatchObject({ connectionId, context: { apiId: API } });
  await old.close(4001, 'moved');
  await node.line(({ message }) =>
    String(message).includes(`ENDED ${String(connectionId)} 4001 moved`),
  );
  await fresh.close();
});

test("names that are nobody's get no certificate of theirs", async () => {
  await expect(open('www.example.net', '/live')).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});
