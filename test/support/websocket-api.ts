// A WebSocket API with one function behind its routes, made through the control plane as users make it.
import {
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
  type CreateRouteCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { AddPermissionCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda';
import type { adminClients } from './clients.ts';
import { zipOf } from './zip.ts';

type Clients = ReturnType<typeof adminClients>;

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** The invocation URI of a function. */
export function invocationUri(name: string): string {
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
  return `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arn}/invocations`;
}

/** Makes the function `name` of one module, which API Gateway may invoke for every api. */
export async function createFunction(
  { lambda }: Clients,
  name: string,
  source: string,
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${ACCOUNT}:role/any`,
      Code: { ZipFile: zipOf({ 'index.mjs': source }) },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:*`,
    }),
  );
}

/** What an api is to have. */
export interface ApiPlan {
  readonly name: string;
  /** Function of `$connect`, `$disconnect`, the two-way route `ask` and the one-way route `tell`. */
  readonly handler: string;
  /** Timeout of its integration. */
  readonly timeoutMs?: number;
  readonly connect: Omit<CreateRouteCommandInput, 'ApiId' | 'RouteKey' | 'Target'>;
  /** Function and identity sources of the authorizer of `$connect`. */
  readonly authorizer?: { readonly handler: string; readonly sources: string[] };
}

/** Makes an api with the stage `live`, deployed; gives its id. */
export async function createApi(clients: Clients, plan: ApiPlan): Promise<string> {
  const { gateway } = clients;
  const { ApiId } = await gateway.send(
    new CreateApiCommand({
      Name: plan.name,
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: invocationUri(plan.handler),
      ...(plan.timeoutMs !== undefined && { TimeoutInMillis: plan.timeoutMs }),
    }),
  );
  const Target = `integrations/${IntegrationId}`;
  const AuthorizerId = await createAuthorizer(clients, ApiId, plan);
  const connect = { ...plan.connect, ...(AuthorizerId === undefined ? {} : { AuthorizerId }) };
  const route = (RouteKey: string, more: object = {}) =>
    gateway.send(new CreateRouteCommand({ ApiId, RouteKey, Target, ...more }));
  await route('$connect', connect);
  await route('$disconnect');
  await route('tell');
  const { RouteId } = await route('ask', { RouteResponseSelectionExpression: '$default' });
  await gateway.send(
    new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }),
  );
  await gateway.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: true }));
  return ApiId ?? '';
}

async function createAuthorizer(
  { gateway }: Clients,
  ApiId: string | undefined,
  { authorizer }: ApiPlan,
): Promise<string | undefined> {
  if (authorizer === undefined) return undefined;
  const { AuthorizerId } = await gateway.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: 'guard',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: invocationUri(authorizer.handler),
      IdentitySource: authorizer.sources,
    }),
  );
  return AuthorizerId;
}
