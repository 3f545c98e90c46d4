// AWS's metrics of WebSocket APIs on /metrics: what each situation adds to which of the six, by stage and, with detailed metrics, by route.
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings, managementClient } from '../../support/clients.ts';
import { figuresOf } from '../../support/figures.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { createApi, createFunction, invocationUri } from '../../support/websocket-api.ts';

const HANDLER = `
export const handler = async ({ body, requestContext: { connectionId } }) => {
  const { deed, status = 200 } = JSON.parse(body ?? '{}');
  if (deed === 'throw') throw new Error('boom');
  if (deed === 'sleep') await new Promise((resolve) => setTimeout(resolve, 3000));
  return { statusCode: status, body: connectionId };
};
`;

/** Names as Prometheus has them: ConnectCount, MessageCount, IntegrationError, ClientError, ExecutionError, IntegrationLatency. */
const METRICS = {
  connects: 'postern_connect_count_total',
  messages: 'postern_message_count_total',
  integrationErrors: 'postern_integration_error_total',
  clientErrors: 'postern_client_error_total',
  executionErrors: 'postern_execution_error_total',
  latencies: 'postern_integration_latency_milliseconds_count',
} as const;

type Counts = Partial<Record<keyof typeof METRICS, number>>;

let node: TestNode;
let gateway: ApiGatewayV2;
let apiId: string;
let client: Chatter;

beforeAll(async () => {
  node = await startNode();
  gateway = new ApiGatewayV2(clientSettings(node));
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  apiId = await createApi(clients, { name: 'counted', handler: 'desk', connect: {} });
  await gateway.createModel({ ApiId: apiId, Name: 'X', Schema: '{"required":["x"]}' });
  await route('strict', {
    route: { ModelSelectionExpression: '\\$default', RequestModels: { $default: 'X' } },
  });
  await route('impatient', { integration: { TimeoutInMillis: 50 } });
  await route('nobody', { integration: { IntegrationUri: invocationUri('nobody') } });
  await gateway.updateStage({
    ...{ ApiId: apiId, StageName: 'live' },
    RouteSettings: { ask: { DetailedMetricsEnabled: true } },
  });
  client = await openChatter(urlOf(), { agent: node.agent });
}, 60_000);

afterAll(async () => {
  await client.close();
  gateway.destroy();
  await node.close();
});

const urlOf = (): string =>
  `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;

async function route(
  RouteKey: string,
  more: { readonly route?: object; readonly integration?: object },
): Promise<void> {
  const { IntegrationId } = await gateway.createIntegration({
    ...{ ApiId: apiId, IntegrationType: 'AWS_PROXY', IntegrationUri: invocationUri('desk') },
    ...more.integration,
  });
  const Target = `integrations/${IntegrationId}`;
  await gateway.createRoute({ ApiId: apiId, RouteKey, Target, ...more.route });
}

/** What `action` adds to the stage, all its series together, or to one route's; what is added to none is left out. */
async function added(action: () => Promise<unknown>, routeKey?: string): Promise<Counts> {
  const before = await figuresOf(node);
  await action();
  const after = await figuresOf(node);
  const counts = Object.entries(METRICS).map(([name, series]) => {
    const grown = sum(after, series, routeKey) - sum(before, series, routeKey);
    return [name, grown] as const;
  });
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

function sum(figures: ReadonlyMap<string, number>, series: string, routeKey?: string): number {
  const stage = `${series}{ApiId="${apiId}",Stage="live"`;
  const keys =
    routeKey === undefined
      ? [...figures.keys()].filter((key) => key.startsWith(stage))
      : [`${stage},Route="${routeKey}"}`];
  return keys.reduce((total, key) => total + (figures.get(key) ?? 0), 0);
}

/** Sends a message and waits for the frame that answers it. */
const say = (message: object) => async (): Promise<unknown> => {
  client.send(message);
  return client.next();
};

test.each<[string, object, Counts]>([
  ['a two-way message', { action: 'ask' }, { messages: 2, latencies: 1 }],
  [
    'an answer of status 400, which is a client error too',
    { action: 'ask', status: 400 },
    { messages: 2, latencies: 1, integrationErrors: 1, clientErrors: 1 },
  ],
  [
    'an answer of status 500',
    { action: 'ask', status: 500 },
    { messages: 2, latencies: 1, integrationErrors: 1 },
  ],
  [
    'a function that throws',
    { action: 'ask', deed: 'throw' },
    { messages: 2, latencies: 1, integrationErrors: 1 },
  ],
  [
    'a function that takes too long',
    { action: 'impatient', deed: 'sleep' },
    { messages: 2, latencies: 1, executionErrors: 1 },
  ],
  [
    'a function that is not there',
    { action: 'nobody' },
    { messages: 2, latencies: 1, executionErrors: 1 },
  ],
  ['a body that does not fit its model', { action: 'strict' }, { messages: 2, clientErrors: 1 }],
  ['a message without a route', { action: 'nowhere' }, { messages: 2, clientErrors: 1 }],
])('%s', async (_name, message, counts) => {
  expect(await added(say(message))).toEqual(counts);
});

test('a connection counts for $connect, not for messages', async () => {
  const connect = async () => (await openChatter(urlOf(), { agent: node.agent })).close();
  expect(await added(connect)).toMatchObject({ connects: 1 });
  expect((await added(connect)).messages).toBeUndefined();
});

test('a push is a message', async () => {
  client.send({ action: 'ask' });
  const ConnectionId = await client.next();
  const push = new PostToConnectionCommand({ ConnectionId, Data: 'hi' });
  const sdk = managementClient(node, apiId, 'live');
  expect(await added(() => sdk.send(push))).toEqual({ messages: 1 });
  expect(await client.next()).toBe('hi');
});

test('the route is a label by its key, where detailed metrics are on and only there', async () => {
  expect(await added(say({ action: 'ask' }), 'ask')).toEqual({
    messages: 2,
    latencies: 1,
  });
  expect(await added(say({ action: 'strict' }), 'strict')).toEqual({});
});
