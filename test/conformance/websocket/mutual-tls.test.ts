// Mutual TLS end to end: SDK and CLI make the domain from a folder's truststore, clients with and without certificates call it.
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  ApiGatewayV2,
  BadRequestException,
  type UpdateDomainNameCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsCli, type AwsCli } from '../../support/aws-cli.ts';
import { openChatter, Refused, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings } from '../../support/clients.ts';
import { postern } from '../../support/command.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { agentForNames } from '../../support/lookup.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { rootAuthority, type Identity } from '../../support/pki.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const SLOW = { timeout: 60_000 };
const [BY_SDK, BY_CLI] = ['sdk.mtls.test', 'cli-mtls.localhost'];
const HANDLER = `
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  return { statusCode: 200, body: JSON.stringify(event.requestContext) };
};
`;
const GUARD = `
export const handler = async ({ methodArn, requestContext: { identity } }) => ({
  principalId: 'p',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
  },
  context: { who: identity.clientCert?.subjectDN ?? 'nobody' },
});
`;

const versions = new Map<string, string>();
const asked: string[] = [];
let s3: Server;
let folder: string;
let node: TestNode;
let cli: AwsCli;
let gateway: ApiGatewayV2;
let apiId: string;
let port: string;
let root: Identity;
let client: Identity;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-mtls-'));
  root = await rootAuthority('C=US, O=Duels, CN=root');
  client = await root.issue('C=US, O=Duels, CN=client', { serialNumber: '0af1' });
  const expired = await rootAuthority('CN=expired', { from: -9, until: -1 });
  await writeFile(join(folder, 'bundle.pem'), root.cert + expired.cert);
  node = await startNode({
    env: { POSTERN_BUCKETS: `trust=${folder}`, AWS_ENDPOINT_URL_S3: await startS3() },
  });
  ({ port } = new URL(node.ready.gateway));
  cli = awsCli(node, folder);
  gateway = new ApiGatewayV2(clientSettings(node));
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  await createFunction(clients, 'guard', GUARD);
  apiId = await createApi(clients, {
    name: 'mutual',
    handler: 'desk',
    connect: { AuthorizationType: 'CUSTOM' },
    authorizer: { handler: 'guard', sources: ['route.request.header.Host'] },
  });
  await gateway.updateStage({
    ApiId: apiId,
    StageName: 'live',
    AccessLogSettings: {
      DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:mtls',
      Format:
        '$context.requestId $context.eventType|$context.identity.clientCert.subjectDN|$context.identity.clientCert.issuerDN|$context.identity.clientCert.serialNumber|$context.identity.clientCert.validity.notAfter',
    },
  });
}, 60_000);

afterAll(async () => {
  await node.close();
  s3.close();
  await rm(folder, { recursive: true, force: true });
});

/** An S3 with one bucket that keeps versions of `ca.pem`, and what it was asked. */
async function startS3(): Promise<string> {
  s3 = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
    const version = searchParams.get('versionId') ?? 'newest';
    const body = versions.get(version);
    asked.push(
      `${String(request.headers.authorization).split('/').slice(1, 5).join('/')} ${version}`,
    );
    if (!pathname.startsWith('/versioned/')) {
      return void response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
    }
    if (body === undefined) {
      return void response.writeHead(404).end('<Error><Code>NoSuchVersion</Code></Error>');
    }
    response.writeHead(200, { 'x-amz-version-id': version }).end(body);
  }).listen(0, '127.0.0.1');
  await once(s3, 'listening');
  return `http://127.0.0.1:${(s3.address() as AddressInfo).port}`;
}

/** A request as `asked` has it. */
const signedFor = (version: string): RegExp =>
  new RegExp(
    `^\\d{8}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=\\w+ ${version}$`,
  );

/** An agent that finds every name here, with the client's certificate if one is given. */
function agentOf(identity?: Identity): Agent {
  const agent = agentForNames(node);
  if (identity !== undefined) {
    agent.options.key = identity.key;
    agent.options.cert = identity.cert;
  }
  return agent;
}

const open = (host: string, identity?: Identity): Promise<Chatter> =>
  openChatter(`wss://${host}:${port}`, { agent: agentOf(identity) });

async function contextOf(one: Chatter): Promise<Readonly<Record<string, unknown>>> {
  one.send({ action: 'ask' });
  return JSON.parse(await one.next()) as Readonly<Record<string, unknown>>;
}

test('the SDK makes the domain; what is wrong in the truststore is told', SLOW, async () => {
  const TruststoreUri = 's3://trust/bundle.pem';
  const missing = gateway.createDomainName({
    DomainName: BY_SDK,
    MutualTlsAuthentication: { TruststoreUri: 's3://trust/none.pem' },
  });
  await expect(missing).rejects.toBeInstanceOf(BadRequestException);
  const elsewhere = gateway.createDomainName({
    DomainName: BY_SDK,
    MutualTlsAuthentication: { TruststoreUri: 's3://elsewhere/x' },
  });
  await expect(elsewhere).rejects.toThrow(
    'The truststore s3://elsewhere/x cannot be read: the bucket elsewhere does not exist.',
  );
  const { MutualTlsAuthentication } = await gateway.createDomainName({
    DomainName: BY_SDK,
    MutualTlsAuthentication: { TruststoreUri },
  });
  expect(MutualTlsAuthentication).toEqual({
    TruststoreUri,
    TruststoreWarnings: [expect.stringMatching(/^Certificate CN=expired: it expired on /)],
  });
  await gateway.createApiMapping({ DomainName: BY_SDK, ApiId: apiId, Stage: 'live' });
});

test('the CLI makes one too', SLOW, async () => {
  const answer = await cli(
    ...['apigatewayv2', 'create-domain-name', '--domain-name', BY_CLI],
    ...['--mutual-tls-authentication', 'TruststoreUri=s3://trust/bundle.pem'],
  );
  expect(answer['MutualTlsAuthentication']).toMatchObject({
    TruststoreUri: 's3://trust/bundle.pem',
  });
  await cli(
    ...['apigatewayv2', 'create-api-mapping', '--domain-name', BY_CLI],
    ...['--api-id', apiId, '--stage', 'live'],
  );
  await writeFile(join(folder, 'client.pem'), client.key + client.cert);
  const dial = (...flags: string[]) =>
    postern(
      ['connect', `wss://${BY_CLI}:${port}`, '--ca', node.ready.ca, '--count', '1', ...flags],
      { input: '{"action":"ask"}\n' },
    );
  const known = dial('--cert', join(folder, 'client.pem'));
  expect(await known.exited).toBe(0);
  expect(known.out).toContain('"who":"C=US,O=Duels,CN=client"');
  expect(await dial().exited).toBe(1);
});

test(
  'a client with a certificate is let in and known to authorizer, handler and log',
  SLOW,
  async () => {
    const one = await open(BY_SDK, client);
    const context = await contextOf(one);
    expect(context).toMatchObject({
      domainName: `${BY_SDK}:${port}`,
      authorizer: { who: 'C=US,O=Duels,CN=client' },
    });
    const connect = await loggedEvent(
      node,
      ({ eventType, connectionId }) =>
        eventType === 'CONNECT' && connectionId === context['connectionId'],
    );
    expect(connect.requestContext['identity']).toMatchObject({
      clientCert: {
        clientCertPem: client.cert,
        subjectDN: 'C=US,O=Duels,CN=client',
        issuerDN: 'C=US,O=Duels,CN=root',
        serialNumber: '0a:f1',
        validity: {
          notAfter: expect.stringMatching(/^\w{3} [\d ]\d \d\d:\d\d:\d\d \d{4} GMT$/) as unknown,
        },
      },
    });
    const said = await node.line(
      ({ event, message }) => event === 'access' && String(message).includes('CONNECT|C='),
    );
    expect(said['message']).toMatch(
      /^\S+ CONNECT\|C=US,O=Duels,CN=client\|C=US,O=Duels,CN=root\|0a:f1\|\w{3} /,
    );
    await one.close();
  },
);

test('pushes to the domain need a certificate too', SLOW, async () => {
  const one = await open(BY_SDK, client);
  const { connectionId } = await contextOf(one);
  const push = (agent: Agent): Promise<unknown> =>
    new ApiGatewayManagementApiClient({
      ...clientSettings(node, `https://${BY_SDK}:${port}`),
      requestHandler: { httpsAgent: agent },
    }).send(new PostToConnectionCommand({ ConnectionId: String(connectionId), Data: 'pushed' }));
  await push(agentOf(client));
  expect(await one.next()).toBe('pushed');
  await expect(push(agentOf())).rejects.toThrow();
  await expect(push(agentOf(await rootAuthority('CN=x')))).rejects.toThrow('Forbidden');
  // By the Host alone, over a connection that nobody was asked on.
  const plain = new Agent({ ca: node.caText, servername: 'localhost' });
  const around = openChatter(node.ready.gateway.replace('https', 'wss'), {
    agent: plain,
    headers: { host: BY_SDK },
  });
  await expect(around).rejects.toMatchObject({ status: 403 });
  plain.destroy();
  await one.close();
});

test('without a certificate, with a foreign or an expired one nobody comes in', SLOW, async () => {
  await expect(open(BY_SDK)).rejects.not.toBeInstanceOf(Refused);
  for (const identity of [
    await rootAuthority('C=US, O=Duels, CN=root'),
    await root.issue('CN=old', { from: -9, until: -1 }),
  ]) {
    await expect(open(BY_SDK, identity)).rejects.toMatchObject({
      status: 403,
      body: '{"message":"Forbidden"}',
    });
  }
});

test('with the default endpoint disabled there is no way around', SLOW, async () => {
  const ways = [
    `wss://${apiId}.execute-api.us-east-1.localhost:${port}/live`,
    `wss://localhost:${port}/_aws/execute-api/${apiId}/live`,
  ];
  for (const way of ways) await (await openChatter(way, { agent: agentOf() })).close();
  await gateway.updateApi({ ApiId: apiId, DisableExecuteApiEndpoint: true });
  for (const way of ways) {
    for (const identity of [undefined, client]) {
      await expect(openChatter(way, { agent: agentOf(identity) })).rejects.toMatchObject({
        status: 403,
      });
    }
  }
  await (await open(BY_SDK, client)).close();
});

test(
  'a new truststore counts at once, open sockets stay; an empty URI turns it off',
  SLOW,
  async () => {
    const update = (more: Omit<UpdateDomainNameCommandInput, 'DomainName'>) =>
      gateway.updateDomainName({ DomainName: BY_SDK, ...more });
    const one = await open(BY_SDK, client);
    const next = await rootAuthority('CN=next');
    await writeFile(join(folder, 'next.pem'), next.cert);
    await update({ MutualTlsAuthentication: { TruststoreUri: 's3://trust/next.pem' } });
    await expect(open(BY_SDK, client)).rejects.toMatchObject({ status: 403 });
    await (await open(BY_SDK, await next.issue('CN=new'))).close();
    expect(await contextOf(one)).toMatchObject({ eventType: 'MESSAGE' });
    await one.close();
    await update({ MutualTlsAuthentication: { TruststoreUri: '' } });
    const two = await open(BY_SDK);
    expect(await contextOf(two)).toMatchObject({ authorizer: { who: 'nobody' } });
    await two.close();
  },
);

test('a truststore from S3: signed, by its version, until another one is named', SLOW, async () => {
  const DomainName = 's3.mtls.test';
  const TruststoreUri = 's3://versioned/ca.pem';
  const next = await rootAuthority('CN=next');
  versions.set('v1', root.cert).set('newest', next.cert);
  const { MutualTlsAuthentication } = await gateway.createDomainName({
    DomainName,
    MutualTlsAuthentication: { TruststoreUri, TruststoreVersion: 'v1' },
  });
  expect(MutualTlsAuthentication).toEqual({ TruststoreUri, TruststoreVersion: 'v1' });
  await gateway.createApiMapping({ DomainName, ApiId: apiId, Stage: 'live' });
  await (await open(DomainName, client)).close();
  const update = (TruststoreVersion: string) =>
    gateway.updateDomainName({ DomainName, MutualTlsAuthentication: { TruststoreVersion } });
  await expect(update('v9')).rejects.toThrow('the object ca.pem has no version v9');
  await (await open(DomainName, client)).close();
  await update('');
  await expect(open(DomainName, client)).rejects.toMatchObject({ status: 403 });
  await (await open(DomainName, await next.issue('CN=new'))).close();
  const wanted = ['v1', 'v9', 'newest'].map((version): unknown =>
    expect.stringMatching(signedFor(version)),
  );
  expect(asked.slice(-3)).toEqual(wanted);
});
