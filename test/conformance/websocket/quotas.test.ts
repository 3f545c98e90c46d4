// Quotas on running nodes of three kinds, profile aws, profile open and numbers of one's own: each at its limit and one over it.
import {
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  ApiGatewayV2,
  BadRequestException,
  TooManyRequestsException,
} from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChatter, Refused, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings, managementClient } from '../../support/clients.ts';
import { limitsFile, type LimitsFile } from '../../support/limits-file.ts';
import { mockApi, type MockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { advance } from '../../support/test-clock.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const SLOW = { timeout: 120_000 };

/** Numbers that neither profile has. */
const OWN = {
  urlBytes: 300,
  frameBytes: 200,
  messageBytes: 600,
  idleMs: 30_000,
  connectionMs: 90_000,
  integrationTimeoutMs: 40_000,
  routesPerApi: 4,
  integrationsPerApi: 5,
  stagesPerApi: 2,
  authorizersPerApi: 3,
  authorizerResultBytes: 400,
  templateCharacters: 100,
  accessLogFormatBytes: 80,
  tagsPerResource: 2,
  logEventBytes: 120,
} as const;

type Numbers = Readonly<Record<keyof typeof OWN, number>>;

const AWS: Numbers = {
  urlBytes: 4096,
  frameBytes: 32_768,
  messageBytes: 131_072,
  idleMs: 600_000,
  connectionMs: 7_200_000,
  integrationTimeoutMs: 29_000,
  routesPerApi: 300,
  integrationsPerApi: 300,
  stagesPerApi: 10,
  authorizersPerApi: 10,
  authorizerResultBytes: 8192,
  templateCharacters: 32_768,
  accessLogFormatBytes: 3072,
  tagsPerResource: 50,
  logEventBytes: 1024,
};

const HANDLER = `export const handler = async () => ({ statusCode: 200 });`;
/** Answers with as many bytes as the client asks for. */
const GUARD = `
export const handler = async ({ methodArn, queryStringParameters: { size } }) => {
  const answer = {
    principalId: 'p',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
    },
    context: { pad: '' },
  };
  answer.context.pad = 'a'.repeat(Number(size) - JSON.stringify(answer).length);
  return answer;
};
`;

interface Bench {
  readonly node: TestNode;
  readonly file: LimitsFile | undefined;
  readonly gateway: ApiGatewayV2;
  readonly api: MockApi;
  /** An api behind the authorizer of `size` bytes. */
  readonly guarded: string;
}

async function openBench(args: readonly string[], limits?: Partial<Numbers>): Promise<Bench> {
  const file = limits === undefined ? undefined : await limitsFile(limits);
  const node = await startNode({ args: ['--test', ...args], ...(file && { env: file.env }) });
  const gateway = new ApiGatewayV2(clientSettings(node));
  const api = await mockApi(node, { routes: { ask: {} } });
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  await createFunction(clients, 'guard', GUARD);
  const guarded = await createApi(clients, {
    name: 'guarded',
    handler: 'desk',
    connect: { AuthorizationType: 'CUSTOM' },
    authorizer: { handler: 'guard', sources: [] },
  });
  return { node, file, gateway, api, guarded };
}

async function closeBench({ node, file, gateway }: Bench): Promise<void> {
  gateway.destroy();
  await node.close();
  await file?.remove();
}

/** 101, or the status of the refusal. */
async function knock(url: string, { agent }: TestNode): Promise<number> {
  try {
    await (await openChatter(url, { agent })).close();
    return 101;
  } catch (error) {
    if (error instanceof Refused) return error.status;
    throw error;
  }
}

/** The url, made as long as it may be by its query; the scheme and the host do not count. */
function ofLength(url: string, length: number): string {
  const { pathname } = new URL(url);
  return `${url}?${'a'.repeat(length - pathname.length - 1)}`;
}

/** Sends `sizes` as the frames of one message; the answer, or the code of the close. */
async function sent(client: Chatter, ...sizes: number[]): Promise<string | number> {
  const { socket, closed } = client;
  const frames = sizes.map((size) => 'a'.repeat(size));
  frames.forEach((text, at) => socket.send(text, { fin: at === frames.length - 1 }));
  const answer = await client.next().catch(() => undefined);
  return answer ?? (await closed).code;
}

/** Creates until it is refused; how many there were, and the refusal. */
async function fill(create: (n: number) => Promise<unknown>, most: number) {
  let made = 0;
  try {
    for (; made <= most; made++) await create(made);
  } catch (error) {
    return { made, error };
  }
  return { made, error: undefined };
}

describe.each<[string, readonly string[], Numbers, Partial<Numbers> | undefined]>([
  ['profile aws', [], AWS, undefined],
  ['numbers of one’s own', [], OWN, OWN],
])('%s', (_name, args, limits, own) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(args, own);
  });
  afterAll(() => closeBench(bench));

  const open = () => openChatter(bench.api.url, { agent: bench.node.agent });
  const webSocketApi = async (): Promise<string> => {
    const { ApiId } = await bench.gateway.createApi({
      Name: 'quota',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
    return String(ApiId);
  };

  test('URL length', async () => {
    const { api, node } = bench;
    expect(await knock(ofLength(api.url, limits.urlBytes), node)).toBe(101);
    expect(await knock(ofLength(api.url, limits.urlBytes + 1), node)).toBe(414);
  });

  test('frame size: as long as it may be it is answered, a byte more closes 1009', async () => {
    expect(await sent(await open(), limits.frameBytes)).toContain('Forbidden');
    expect(await sent(await open(), limits.frameBytes + 1)).toBe(1009);
  });

  test('message size: in frames, as long as it may be it is answered, a byte more closes 1009', async () => {
    const { frameBytes, messageBytes } = limits;
    const parts = Array.from({ length: messageBytes / frameBytes }, () => frameBytes);
    expect(await sent(await open(), ...parts)).toContain('Forbidden');
    expect(await sent(await open(), ...parts, 1)).toBe(1009);
  });

  test('callback payload: a byte more than a message is PayloadTooLargeException', async () => {
    const client = await open();
    client.send({ action: 'none' });
    const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
    const sdk = managementClient(bench.node, bench.api.apiId, 'live');
    const post = (size: number) => {
      const Data = Buffer.alloc(size, 'a');
      return sdk.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
    };
    await post(limits.messageBytes);
    expect(await client.next()).toHaveLength(limits.messageBytes);
    const refused = post(limits.messageBytes + 1);
    await expect(refused).rejects.toBeInstanceOf(PayloadTooLargeException);
    await client.close();
  });

  test('idle connection: open a second before, closed 1001 a second after', async () => {
    const client = await open();
    await advance(bench.node, limits.idleMs - 2000);
    client.send({ action: 'ask' });
    expect(await client.next()).toBe('{"route":"ask"}');
    await advance(bench.node, limits.idleMs - 2000);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await advance(bench.node, 4000);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });

  test('connection duration: however busy, closed 1001', async () => {
    const client = await open();
    const { idleMs, connectionMs } = limits;
    let age = 0;
    while (age + idleMs / 2 < connectionMs) {
      await advance(bench.node, idleMs / 2);
      age += idleMs / 2;
      client.send({ action: 'ask' });
      expect(await client.next()).toBe('{"route":"ask"}');
    }
    await advance(bench.node, connectionMs - age + 2000);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });

  test('integration timeout: 50 ms to the limit, a millisecond less or more is a 400', async () => {
    const ApiId = await webSocketApi();
    const made = (TimeoutInMillis: number) =>
      bench.gateway.createIntegration({ ApiId, IntegrationType: 'MOCK', TimeoutInMillis });
    const longest = Math.max(limits.integrationTimeoutMs, 29_000);
    for (const ms of [50, longest]) expect((await made(ms)).TimeoutInMillis).toBe(ms);
    for (const ms of [49, longest + 1]) {
      await expect(made(ms)).rejects.toMatchObject({
        name: 'BadRequestException',
        message: `Timeout should be between 50 ms and ${longest} ms`,
      });
    }
  });

  test('routes, integrations, stages and authorizers of an api', SLOW, async () => {
    const { gateway } = bench;
    const ApiId = await webSocketApi();
    const kinds: [string, keyof Numbers, (n: number) => Promise<unknown>][] = [
      ['Routes', 'routesPerApi', (n) => gateway.createRoute({ ApiId, RouteKey: `r${n}` })],
      [
        'Integrations',
        'integrationsPerApi',
        () => gateway.createIntegration({ ApiId, IntegrationType: 'MOCK' }),
      ],
      ['Stages', 'stagesPerApi', (n) => gateway.createStage({ ApiId, StageName: `s${n}` })],
      [
        'Authorizers',
        'authorizersPerApi',
        (n) =>
          gateway.createAuthorizer({
            ...{ ApiId, Name: `a${n}`, AuthorizerType: 'REQUEST', IdentitySource: [] },
            AuthorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/x/invocations',
          }),
      ],
    ];
    for (const [kind, name, create] of kinds) {
      const { made, error } = await fill(create, limits[name]);
      expect([kind, made]).toEqual([kind, limits[name]]);
      expect(error).toMatchObject({
        message: expect.stringMatching(
          new RegExp(`^Maximum number of ${kind} for this API has been reached`, 'i'),
        ) as string,
        $metadata: { httpStatusCode: 429 },
      });
    }
  });

  test('authorizer result size', async () => {
    const { node, guarded } = bench;
    const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${guarded}/live`;
    expect(await knock(`${url}?size=${limits.authorizerResultBytes}`, node)).toBe(101);
    expect(await knock(`${url}?size=${limits.authorizerResultBytes + 1}`, node)).toBe(500);
  });

  test('mapping template', async () => {
    const ApiId = await webSocketApi();
    const made = (length: number) =>
      bench.gateway.createIntegration({
        ...{ ApiId, IntegrationType: 'MOCK' },
        RequestTemplates: { $default: 'a'.repeat(length) },
      });
    await made(limits.templateCharacters);
    await expect(made(limits.templateCharacters + 1)).rejects.toBeInstanceOf(BadRequestException);
  });

  test('access log template', async () => {
    const ApiId = await webSocketApi();
    await bench.gateway.createStage({ ApiId, StageName: 'logged' });
    const format = (length: number) => {
      const Format = '$context.requestId'.padEnd(length, '.');
      const AccessLogSettings = { DestinationArn: 'arn:aws:logs:::log-group:x', Format };
      return bench.gateway.updateStage({ ApiId, StageName: 'logged', AccessLogSettings });
    };
    await format(limits.accessLogFormatBytes);
    await expect(format(limits.accessLogFormatBytes + 1)).rejects.toMatchObject({
      message: `Access log format must have between 1 and ${limits.accessLogFormatBytes} characters`,
    });
  });

  test('tags of a stage: made with them, and added one by one', async () => {
    const ApiId = await webSocketApi();
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
    const many = bench.gateway.createStage({
      ...{ ApiId, StageName: 'many' },
      Tags: tags(limits.tagsPerResource + 1),
    });
    await expect(many).rejects.toBeInstanceOf(BadRequestException);
    await bench.gateway.createStage({
      ...{ ApiId, StageName: 'full' },
      Tags: tags(limits.tagsPerResource),
    });
    const ResourceArn = `arn:aws:apigateway:us-east-1::/apis/${ApiId}/stages/full`;
    const more = bench.gateway.tagResource({ ResourceArn, Tags: { more: 'v' } });
    await expect(more).rejects.toMatchObject({
      message: `A resource can have at most ${limits.tagsPerResource} tags`,
    });
    await bench.gateway.tagResource({ ResourceArn, Tags: { k0: 'w' } });
  });

  test('an event of an execution log is cut', async () => {
    const { gateway, api, node } = bench;
    await gateway.updateStage({
      ...{ ApiId: api.apiId, StageName: 'live' },
      RouteSettings: { ask: { LoggingLevel: 'INFO', DataTraceEnabled: true } },
    });
    const client = await open();
    client.send({ action: 'ask', pad: 'a'.repeat(limits.logEventBytes) });
    const line = await node.line(
      ({ component, message }) =>
        component === 'execution' && String(message).includes('before transformations: {"action'),
    );
    expect(Buffer.byteLength(String(line['message']))).toBe(limits.logEventBytes);
    await client.close();
  });
});

test('profile open takes what AWS does not', SLOW, async () => {
  const bench = await openBench(['--limits', 'open']);
  const { api, node, gateway, guarded } = bench;
  try {
    expect(await knock(ofLength(api.url, AWS.urlBytes + 1), node)).toBe(101);
    const client = await openChatter(api.url, { agent: node.agent });
    expect(await sent(client, AWS.messageBytes + 1)).toContain('Forbidden');
    await advance(node, AWS.connectionMs * 10);
    client.send({ action: 'ask' });
    expect(await client.next()).toBe('{"route":"ask"}');
    await client.close();
    const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${guarded}/live`;
    expect(await knock(`${url}?size=${AWS.authorizerResultBytes + 1}`, node)).toBe(101);
    const { apiId: ApiId } = api;
    const integration = await gateway.createIntegration({
      ...{ ApiId, IntegrationType: 'MOCK', TimeoutInMillis: 900_000 },
      RequestTemplates: { $default: 'a'.repeat(AWS.templateCharacters + 1) },
    });
    expect(integration.TimeoutInMillis).toBe(900_000);
    for (let n = 0; n < AWS.stagesPerApi; n++) {
      await gateway.createStage({ ApiId, StageName: `s${n}` });
    }
    const Format = '$context.requestId'.padEnd(AWS.accessLogFormatBytes + 1, '.');
    await gateway.updateStage({
      ...{ ApiId, StageName: 'live' },
      AccessLogSettings: { DestinationArn: 'arn:aws:logs:::log-group:x', Format },
    });
  } finally {
    await closeBench(bench);
  }
});

test('rates of the control plane, where they are set', async () => {
  const file = await limitsFile({ deploymentsPerSecond: 0.2, domainNamesPerSecond: 0.03 });
  const node = await startNode({ args: ['--test'], env: file.env });
  const gateway = new ApiGatewayV2(clientSettings(node));
  try {
    const { apiId: ApiId } = await mockApi(node, { routes: { ask: {} } });
    const refused = gateway.createDeployment({ ApiId });
    await expect(refused).rejects.toBeInstanceOf(TooManyRequestsException);
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 429 } });
    await advance(node, 5000);
    await gateway.createDeployment({ ApiId });
    await gateway.createDomainName({ DomainName: 'a.example.com' });
    const second = gateway.createDomainName({ DomainName: 'b.example.com' });
    await expect(second).rejects.toBeInstanceOf(TooManyRequestsException);
  } finally {
    gateway.destroy();
    await node.close();
    await file.remove();
  }
});
