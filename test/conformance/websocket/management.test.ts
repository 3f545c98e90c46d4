// @connections through the official SDK, in every form of the address: what each operation answers, and every modelled exception.
import type { Agent } from 'node:https';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { CreateApiMappingCommand, CreateDomainNameCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { clientSettings } from '../../support/clients.ts';
import { limitsFile } from '../../support/limits-file.ts';
import { agentForNames } from '../../support/lookup.ts';
import { mockApi, type MockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const DOMAIN = 'push.example.com';
/** A domain that serves under the mapping key `v1` only. */
const KEYED = 'keyed.example.com';
const ID = /^[A-Za-z0-9_-]{15}=$/;
/** Well-formed and never given to anybody. */
const UNKNOWN = 'AAAA00000000000=';

let node: TestNode;
let agent: Agent;
let api: MockApi;
beforeAll(async () => {
  node = await startNode();
  agent = agentForNames(node);
  api = await mockApi(node, { routes: { $connect: {} } });
  const { gateway, apiId: ApiId } = api;
  const DomainNameConfigurations = [{ CertificateArn: 'arn:aws:acm:::certificate/any' }];
  for (const DomainName of [DOMAIN, KEYED]) {
    await gateway.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations }));
  }
  for (const [DomainName, ApiMappingKey] of [[DOMAIN], [DOMAIN, 'v1'], [KEYED, 'v1']] as const) {
    const mapping = { DomainName, ApiId, Stage: 'live', ApiMappingKey };
    await gateway.send(new CreateApiMappingCommand(mapping));
  }
});
afterAll(async () => {
  agent.destroy();
  await node.close();
});

const portOf = (): string => new URL(node.ready.gateway).port;
const hostOf = (): string => `${api.apiId}.execute-api.us-east-1.amazonaws.com:${portOf()}`;

function sdkAt(endpoint: string, of = node): ApiGatewayManagementApiClient {
  const requestHandler = { httpsAgent: agent };
  return new ApiGatewayManagementApiClient({ ...clientSettings(of, endpoint), requestHandler });
}

/** A socket and its id, which the frame of a message without a route tells. */
async function connected(url = api.url): Promise<{ client: Chatter; ConnectionId: string }> {
  const client = await openChatter(url, { agent });
  client.send({ action: 'nowhere' });
  const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
  return { client, ConnectionId: connectionId };
}

const OPERATIONS = {
  POST: (ConnectionId: string) => new PostToConnectionCommand({ ConnectionId, Data: 'x' }),
  GET: (ConnectionId: string) => new GetConnectionCommand({ ConnectionId }),
  DELETE: (ConnectionId: string) => new DeleteConnectionCommand({ ConnectionId }),
} as const;

/** What an operation of `sdk` is refused with. */
async function refusal(
  sdk: ApiGatewayManagementApiClient,
  verb: keyof typeof OPERATIONS,
  id: string,
): Promise<unknown> {
  return sdk.send(OPERATIONS[verb](id) as PostToConnectionCommand).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const VERBS = ['POST', 'GET', 'DELETE'] as const;

/** Where clients connect and call back, in every form. */
const FORMS: readonly (readonly [string, () => { socket: string; callback: string }])[] = [
  ['the path form', () => ({ socket: api.url, callback: api.url.replace('wss', 'https') })],
  [
    'the execute-api host',
    () => ({ socket: `wss://${hostOf()}/live`, callback: `https://${hostOf()}/live` }),
  ],
  [
    'a custom domain without a mapping key',
    () => ({
      socket: `wss://${DOMAIN}:${portOf()}`,
      callback: `https://${DOMAIN}:${portOf()}`,
    }),
  ],
  [
    'a custom domain with a mapping key',
    () => ({
      socket: `wss://${DOMAIN}:${portOf()}/v1`,
      callback: `https://${DOMAIN}:${portOf()}/v1`,
    }),
  ],
];

describe.each(FORMS)('by %s', (_form, addresses) => {
  test('POST 200 delivers one text message, GET 200 describes, DELETE 204 closes 1000; then 410', async () => {
    const { socket, callback } = addresses();
    const { client, ConnectionId } = await connected(socket);
    const sdk = sdkAt(callback);
    const posted = await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'grüß' }));
    expect(posted.$metadata).toMatchObject({
      httpStatusCode: 200,
      requestId: expect.stringMatching(ID) as string,
    });
    expect(await client.next()).toBe('grüß');
    const described = await sdk.send(new GetConnectionCommand({ ConnectionId }));
    expect(described).toMatchObject({
      $metadata: { httpStatusCode: 200 },
      ConnectedAt: expect.any(Date) as Date,
      LastActiveAt: expect.any(Date) as Date,
      Identity: { SourceIp: '127.0.0.1' },
    });
    expect(Number(described.LastActiveAt)).toBeGreaterThanOrEqual(Number(described.ConnectedAt));
    const deleted = await sdk.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(deleted.$metadata.httpStatusCode).toBe(204);
    expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
    for (const verb of VERBS) {
      const gone = await refusal(sdk, verb, ConnectionId);
      expect(gone).toBeInstanceOf(GoneException);
      expect(gone).toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
    }
  });

  test.each(VERBS)('%s of an id that nobody ever had is GoneException', async (verb) => {
    const gone = await refusal(sdkAt(addresses().callback), verb, UNKNOWN);
    expect(gone).toBeInstanceOf(GoneException);
    expect(gone).toMatchObject({
      $metadata: { httpStatusCode: 410, requestId: expect.stringMatching(ID) as string },
    });
  });

  test.each(VERBS)("%s of what is no id of AWS's format is a 400", async (verb) => {
    expect(await refusal(sdkAt(addresses().callback), verb, 'a/b c')).toMatchObject({
      name: 'BadRequestException',
      message: 'Invalid connectionId: a/b c',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

test.each<[string, () => string]>([
  ['no stage', () => `https://${hostOf()}`],
  ['another stage', () => `https://${hostOf()}/dev`],
  ['another api', () => `https://nobody0api.execute-api.us-east-1.amazonaws.com:${portOf()}/live`],
  ['an unknown mapping key', () => `https://${KEYED}:${portOf()}/v2`],
])('an endpoint with %s: ForbiddenException for all three', async (_name, endpoint) => {
  const { client, ConnectionId } = await connected();
  for (const verb of VERBS) {
    const refused = await refusal(sdkAt(endpoint()), verb, ConnectionId);
    expect(refused).toBeInstanceOf(ForbiddenException);
    expect(refused).toMatchObject({ message: 'Forbidden', $metadata: { httpStatusCode: 403 } });
  }
  await client.close();
});

test.each(VERBS)(
  'a stage behind the mapping key of a custom domain: %s is told that no such method is there, the id decoded',
  async (verb) => {
    const sdk = sdkAt(`https://${DOMAIN}:${portOf()}/v1/live`);
    expect(await refusal(sdk, verb, UNKNOWN)).toMatchObject({
      name: 'NotFoundException',
      message: `No method found matching route live/@connections/${UNKNOWN} for http method ${verb}.`,
      $metadata: { httpStatusCode: 404 },
    });
  },
);

test('128 KB arrive as one message; a byte more is PayloadTooLargeException', async () => {
  const { client, ConnectionId } = await connected();
  const sdk = sdkAt(api.url.replace('wss', 'https'));
  await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.alloc(131_072, 'a') }));
  expect(await client.next()).toHaveLength(131_072);
  const Data = Buffer.alloc(131_073, 'a');
  const refused: unknown = await sdk
    .send(new PostToConnectionCommand({ ConnectionId, Data }))
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(PayloadTooLargeException);
  expect(refused).toMatchObject({
    message: 'Payload Too Large',
    $metadata: { httpStatusCode: 413 },
  });
  await client.close();
});

test.each(VERBS)('%s over the rate of the account is LimitExceededException', async (verb) => {
  const file = await limitsFile({ requestsPerSecond: 0.001, requestBurst: 3 });
  const limited = await startNode({ env: file.env });
  const trusting = agentForNames(limited);
  try {
    const { url } = await mockApi(limited, { routes: { $connect: {} } });
    const client = await openChatter(url, { agent: trusting });
    client.send({ action: 'nowhere' });
    const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
    const sdk = new ApiGatewayManagementApiClient({
      ...clientSettings(limited, url.replace('wss', 'https')),
      requestHandler: { httpsAgent: trusting },
    });
    await sdk.send(new GetConnectionCommand({ ConnectionId: connectionId }));
    const refused = await refusal(sdk, verb, connectionId);
    expect(refused).toBeInstanceOf(LimitExceededException);
    expect(refused).toMatchObject({ $metadata: { httpStatusCode: 429 } });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await client.close();
  } finally {
    trusting.destroy();
    await limited.close();
    await file.remove();
  }
});
