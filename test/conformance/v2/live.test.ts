// What the control plane changes on a whole node, seen by a socket: automatic deployment, rolling back, stage deletion.
import type { LookupFunction } from 'node:net';
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, Refused, type Chatter } from '../../support/chatter.ts';
import { startNode, type TestNode } from '../../support/node.ts';

let node: TestNode;
let sdk: ApiGatewayV2;

beforeAll(async () => {
  node = await startNode();
  sdk = new ApiGatewayV2({
    endpoint: node.ready.admin,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    requestHandler: { httpsAgent: node.agent },
  });
});

afterAll(async () => {
  sdk.destroy();
  await node.close();
});

/** A WebSocket api whose route `ask` is answered with `answer` by a MOCK; answers ids. */
async function answering(answer: string) {
  const { ApiId } = await sdk.createApi({
    Name: 'live',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  const { IntegrationId } = await sdk.createIntegration({
    ApiId,
    IntegrationType: 'MOCK',
    TemplateSelectionExpression: '\\$default',
    RequestTemplates: { $default: '{"statusCode":200}' },
  });
  const { IntegrationResponseId } = await sdk.createIntegrationResponse({
    ApiId,
    IntegrationId,
    IntegrationResponseKey: '$default',
    TemplateSelectionExpression: '\\$default',
    ResponseTemplates: { $default: answer },
  });
  const { RouteId } = await sdk.createRoute({
    ApiId,
    RouteKey: 'ask',
    Target: `integrations/${IntegrationId}`,
    RouteResponseSelectionExpression: '$default',
  });
  await sdk.createRouteResponse({ ApiId, RouteId, RouteResponseKey: '$default' });
  return { ApiId, IntegrationId, IntegrationResponseId };
}

const connect = (apiId: string | undefined): Promise<Chatter> =>
  openChatter(`${node.ready.gateway.replace('http', 'ws')}/_aws/execute-api/${apiId}/live`, {
    agent: node.agent,
  });

/** Asks until the answer is `wanted`: other nodes and this one follow a change soon, not at once. */
async function answersAtLast(client: Chatter, wanted: string): Promise<void> {
  do client.send({ action: 'ask' });
  while ((await client.next()) !== wanted);
}

/** Every name is this machine's. */
const toLoopback: LookupFunction = (_name, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

type Options = Parameters<typeof openChatter>[1];

/** Opens `url` as soon as this node follows the change that makes it one. */
async function openAtLast(url: string, options: Options): Promise<Chatter> {
  for (;;) {
    try {
      return await openChatter(url, options);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
}

/** Opens `url` until it is refused. */
async function refusedAtLast(url: string, options: Options): Promise<void> {
  for (;;) {
    const outcome = await openChatter(url, options).catch((error: unknown) => error);
    if (outcome instanceof Refused) return;
    await (outcome as Chatter).close();
  }
}

async function ask(client: Chatter): Promise<string> {
  client.send({ action: 'ask' });
  return client.next();
}

test('a stage that deploys itself gives open sockets each change', async () => {
  const { ApiId, ...response } = await answering('one');
  await sdk.createStage({ ApiId, StageName: 'live', AutoDeploy: true });
  const client = await connect(ApiId);
  expect(await ask(client)).toBe('one');
  await sdk.updateIntegrationResponse({
    ApiId,
    ...response,
    ResponseTemplates: { $default: 'two' },
  });
  await answersAtLast(client, 'two');
  await client.close();
});

test('a stage is rolled back to what its older deployment froze', async () => {
  const { ApiId, ...response } = await answering('old');
  const first = await sdk.createDeployment({ ApiId });
  const live = { ApiId, StageName: 'live' };
  await sdk.createStage({ ...live, DeploymentId: first.DeploymentId });
  const client = await connect(ApiId);
  await sdk.updateIntegrationResponse({
    ApiId,
    ...response,
    ResponseTemplates: { $default: 'new' },
  });
  expect(await ask(client)).toBe('old');
  await sdk.createDeployment(live);
  await answersAtLast(client, 'new');
  await sdk.updateStage({ ...live, DeploymentId: first.DeploymentId });
  await answersAtLast(client, 'old');
  await client.close();
});

test('definitions that cannot run are refused by the deployment, and the old ones go on serving', async () => {
  const { ApiId, IntegrationId } = await answering('fine');
  const live = { ApiId, StageName: 'live' };
  const first = await sdk.createDeployment({ ApiId });
  await sdk.createStage({ ...live, DeploymentId: first.DeploymentId });
  await sdk.updateIntegration({
    ApiId,
    IntegrationId,
    RequestTemplates: { $default: '#if($input.body)' },
  });
  const second = await sdk.createDeployment(live);
  expect(second.DeploymentStatus).toBe('FAILED');
  const stage = await sdk.getStage(live);
  expect(stage.DeploymentId).toBe(first.DeploymentId);
  expect(stage.LastDeploymentStatusMessage).toBe(
    `Deployment attempt failed: ${second.DeploymentStatusMessage}`,
  );
  const client = await connect(ApiId);
  expect(await ask(client)).toBe('fine');
  await client.close();
});

test('a custom domain serves what its mapping says, until the mapping goes', async () => {
  const { ApiId } = await answering('by name');
  await sdk.createStage({ ApiId, StageName: 'live', AutoDeploy: true });
  const DomainName = 'chat.example.test';
  await sdk.createDomainName({ DomainName });
  const { ApiMappingId } = await sdk.createApiMapping({
    DomainName,
    ApiId,
    Stage: 'live',
    ApiMappingKey: 'room',
  });
  const { port } = new URL(node.ready.gateway);
  const url = `wss://${DomainName}:${port}/room`;
  const byName = { ca: node.caText, lookup: toLoopback };
  const client = await openAtLast(url, byName);
  expect(await ask(client)).toBe('by name');
  await sdk.deleteApiMapping({ DomainName, ApiMappingId });
  await refusedAtLast(url, byName);
  await client.close();
});

test('a deleted stage closes its sockets with 1001', async () => {
  const { ApiId } = await answering('gone');
  await sdk.createStage({ ApiId, StageName: 'live', AutoDeploy: true });
  const client = await connect(ApiId);
  await sdk.deleteStage({ ApiId, StageName: 'live' });
  expect(await client.closed).toMatchObject({ code: 1001 });
});
