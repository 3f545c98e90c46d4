// A WebSocket API of two-way MOCK routes, made and deployed through the SDK on a running node.
import {
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateModelCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
  type ApiGatewayV2Client,
  type CreateRouteCommandInput,
  type CreateStageCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { adminClients } from './clients.ts';
import type { TestNode } from './node.ts';

/** What an API is made of; every route answers `{"route":"<its key>"}`. */
export interface MockApiOptions {
  readonly routes: Readonly<Record<string, Partial<CreateRouteCommandInput>>>;
  /** Schemas by the names of their models. */
  readonly models?: Readonly<Record<string, unknown>>;
  readonly stage?: Partial<CreateStageCommandInput>;
}

/** A deployed API with the stage `live`. */
export interface MockApi {
  readonly apiId: string;
  readonly gateway: ApiGatewayV2Client;
  /** Where clients dial. */
  readonly url: string;
}

/** Makes the API, its models, routes and stage, and deploys it. */
export async function mockApi(node: TestNode, options: MockApiOptions): Promise<MockApi> {
  const { gateway } = adminClients(node);
  const { ApiId } = await gateway.send(
    new CreateApiCommand({
      Name: 'mock',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  const apiId = ApiId ?? '';
  for (const [Name, schema] of Object.entries(options.models ?? {})) {
    const Schema = JSON.stringify(schema).replaceAll('{apiId}', apiId);
    await gateway.send(new CreateModelCommand({ ApiId, Name, Schema }));
  }
  for (const [RouteKey, extra] of Object.entries(options.routes)) {
    await mockRoute(gateway, { ...extra, ApiId, RouteKey });
  }
  await gateway.send(new CreateStageCommand({ ...options.stage, ApiId, StageName: 'live' }));
  const deployment = await gateway.send(new CreateDeploymentCommand({ ApiId, StageName: 'live' }));
  if (deployment.DeploymentStatus !== 'DEPLOYED') {
    throw new Error(deployment.DeploymentStatusMessage ?? 'not deployed');
  }
  const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
  return { apiId, gateway, url };
}

async function mockRoute(
  gateway: ApiGatewayV2Client,
  route: CreateRouteCommandInput,
): Promise<void> {
  const { ApiId, RouteKey = '' } = route;
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'MOCK',
      TemplateSelectionExpression: '\\$default',
      RequestTemplates: { $default: '{"statusCode":200}' },
    }),
  );
  await gateway.send(
    new CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId,
      IntegrationResponseKey: '$default',
      TemplateSelectionExpression: '\\$default',
      ResponseTemplates: { $default: '{"route":"$context.routeKey"}' },
    }),
  );
  const isFixed = RouteKey === '$connect' || RouteKey === '$disconnect';
  const { RouteId } = await gateway.send(
    new CreateRouteCommand({
      ...(isFixed ? {} : { RouteResponseSelectionExpression: '$default' }),
      ...route,
      Target: `integrations/${IntegrationId}`,
    }),
  );
  if (isFixed) return;
  await gateway.send(
    new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }),
  );
}
