// The main job through the official SDK v3 clients over TLS: create, deploy, connect, route, reply, push, disconnect.
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
  DeleteApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { AddPermissionCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, Refused, type Chatter } from '../../support/chatter.ts';
import { adminClients, managementClient } from '../../support/clients.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { zipOf } from '../../support/zip.ts';

/** Answers what it was asked on two-way routes and prints every event, so that the log shows it. */
const HANDLER = `
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  const { eventType, connectionId } = event.requestContext;
  if (eventType !== 'MESSAGE') return { statusCode: event.queryStringParameters?.refuse ?? 200 };
  const message = JSON.parse(event.body);
  if (message.throw) throw new Error('as asked');
  return { statusCode: 200, body: JSON.stringify({ connectionId, echo: message.text }) };
};
`;

let node: TestNode;
let apiId: string;
let url: string;

async function connectionIdOf(client: Chatter): Promise<string> {
  client.send({ action: 'ask', text: 'id' });
  return (JSON.parse(await client.next()) as { connectionId: string }).connectionId;
}

beforeAll(async () => {
  node = await startNode();
  const { gateway, lambda } = adminClients(node);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'life',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: zipOf({ 'index.mjs': HANDLER }) },
    }),
  );
  const api = await gateway.send(
    new CreateApiCommand({
      Name: 'life',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  apiId = api.ApiId ?? '';
  expect(api.ApiEndpoint).toBe(`wss://${apiId}.execute-api.us-east-1.amazonaws.com`);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'life',
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/*`,
    }),
  );
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId: apiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri:
        'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:life/invocations',
    }),
  );
  for (const RouteKey of ['$connect', '$disconnect', 'ask', 'tell']) {
    const { RouteId } = await gateway.send(
      new CreateRouteCommand({
        ApiId: apiId,
        RouteKey,
        Target: `integrations/${IntegrationId}`,
        ...(RouteKey === 'ask' ? { RouteResponseSelectionExpression: '$default' } : {}),
      }),
    );
    if (RouteKey === 'ask') {
      await gateway.send(
        new CreateRouteResponseCommand({ ApiId: apiId, RouteId, RouteResponseKey: '$default' }),
      );
    }
  }
  await gateway.send(new CreateStageCommand({ ApiId: apiId, StageName: 'live' }));
  url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
});

afterAll(() => node.close());

test('a stage without a deployment answers 403', async () => {
  const refusal = await openChatter(url, { agent: node.agent }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refused);
  expect(refusal).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
});

test('deploy, connect, route, reply, push, describe, disconnect', async () => {
  const { gateway } = adminClients(node);
  const { DeploymentId } = await gateway.send(new CreateDeploymentCommand({ ApiId: apiId }));
  await gateway.send(new UpdateStageCommand({ ApiId: apiId, StageName: 'live', DeploymentId }));
  const client = await openChatter(`${url}?tag=a&tag=b`, { agent: node.agent });
  const connectionId = await connectionIdOf(client);
  expect(connectionId).toMatch(/^[A-Za-z0-9_-]{15}=$/);

  const connect = await loggedEvent(node, (context) => context['connectionId'] === connectionId);
  expect(connect).toMatchObject({
    queryStringParameters: { tag: 'b' },
    multiValueQueryStringParameters: { tag: ['a', 'b'] },
    requestContext: { eventType: 'CONNECT', routeKey: '$connect', stage: 'live', apiId },
    isBase64Encoded: false,
  });

  const pushes = managementClient(node, apiId, 'live');
  await pushes.send(
    new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from('höre') }),
  );
  expect(await client.next()).toBe('höre');
  const description = await pushes.send(new GetConnectionCommand({ ConnectionId: connectionId }));
  expect(description.ConnectedAt).toBeInstanceOf(Date);
  expect(description.Identity?.SourceIp).toBe('127.0.0.1');

  await pushes.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
  expect(await client.closed).toMatchObject({ code: 1000 });
  const disconnect = await loggedEvent(
    node,
    (context) => context['connectionId'] === connectionId && context['eventType'] === 'DISCONNECT',
  );
  expect(disconnect.requestContext).toMatchObject({
    routeKey: '$disconnect',
    disconnectStatusCode: 1000,
    disconnectReason: 'Connection Closed Normally',
  });
  const gone = await pushes
    .send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from('x') }))
    .catch((error: unknown) => error);
  expect(gone).toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
});

test('one-way routes stay silent, unknown routes and failures answer frames, the socket stays', async () => {
  const client = await openChatter(url, { agent: node.agent });
  client.send({ action: 'tell', text: 'nothing comes back' });
  client.send({ action: 'nowhere' });
  expect(await client.next()).toMatch(
    /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
  client.send({ action: 'tell', throw: true });
  expect(await client.next()).toMatch(
    /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
  );
  client.send({ action: 'ask', text: 'still here' });
  expect(JSON.parse(await client.next())).toMatchObject({ echo: 'still here' });
  await client.close(1000, 'done');
});

test('$connect refuses with its own status', async () => {
  const refusal = await openChatter(`${url}?refuse=401`, { agent: node.agent }).catch(
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ status: 401 });
});

test('a change is not live before the next deployment, and open sockets use it from then on', async () => {
  const { gateway } = adminClients(node);
  const client = await openChatter(url, { agent: node.agent });
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId: apiId,
      IntegrationType: 'MOCK',
      TemplateSelectionExpression: '\\$default',
      RequestTemplates: { $default: '{"statusCode":200}' },
    }),
  );
  await gateway.send(
    new CreateIntegrationResponseCommand({
      ApiId: apiId,
      IntegrationId,
      IntegrationResponseKey: '$default',
    }),
  );
  await gateway.send(
    new CreateRouteCommand({
      ApiId: apiId,
      RouteKey: 'late',
      Target: `integrations/${IntegrationId}`,
    }),
  );
  client.send({ action: 'late' });
  expect(await client.next()).toContain('"Forbidden"');
  const second = await gateway.send(
    new CreateDeploymentCommand({ ApiId: apiId, StageName: 'live' }),
  );
  expect(second).toMatchObject({ DeploymentStatus: 'DEPLOYED' });
  client.send({ action: 'late' });
  client.send({ action: 'ask', text: 'first answer' });
  expect(JSON.parse(await client.next())).toMatchObject({ echo: 'first answer' });
  await client.close();
});

test('deleting the api closes its sockets with 1001', async () => {
  const { gateway } = adminClients(node);
  const client = await openChatter(url, { agent: node.agent });
  await gateway.send(new DeleteApiCommand({ ApiId: apiId }));
  expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
});
