// Api Gateway v2's definitions inside an api: routes, integrations, their responses, models, authorizers.
import type { gateway } from '../clients.ts';
import type { Json, JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import { definition, stringIn } from './definition.ts';
import type { Change, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';

const STRING: PropertySpec = { kind: 'string' };
const REQUIRED: PropertySpec = { kind: 'string', required: true };
const PARENT: PropertySpec = { kind: 'string', required: true, replaces: true };
const MAP: PropertySpec = { kind: 'map' };
const TEXTS: PropertySpec = { kind: 'texts' };
const SETTINGS: PropertySpec = { kind: 'settings' };

/** AWS: AWS::ApiGatewayV2::Route. */
const route = definition({
  type: 'AWS::ApiGatewayV2::Route',
  id: 'RouteId',
  unique: 'RouteKey',
  list: (api, input) => api.getRoutes(input),
  parents: ['ApiId'],
  properties: {
    ApiId: PARENT,
    ApiKeyRequired: { kind: 'boolean' },
    AuthorizationScopes: { kind: 'list' },
    AuthorizationType: STRING,
    AuthorizerId: STRING,
    ModelSelectionExpression: STRING,
    OperationName: STRING,
    RequestModels: TEXTS,
    RequestParameters: SETTINGS,
    RouteKey: REQUIRED,
    RouteResponseSelectionExpression: STRING,
    Target: STRING,
  },
  resets: {
    ApiKeyRequired: false,
    AuthorizationScopes: [],
    AuthorizationType: 'NONE',
    AuthorizerId: '',
    ModelSelectionExpression: '',
    OperationName: '',
    RequestModels: {},
    RouteResponseSelectionExpression: '',
    Target: '',
  },
  create: (api, input) => api.createRoute(input as gateway.CreateRouteCommandInput),
  update: (api, input) => api.updateRoute(input as gateway.UpdateRouteCommandInput),
  get: (api, input) => api.getRoute(input as gateway.GetRouteCommandInput),
  remove: (api, input) => api.deleteRoute(input as gateway.DeleteRouteCommandInput),
  afterUpdate: dropRequestParameters,
});

/** A PATCH adds and changes request parameters; those that left the template need a call each. */
async function dropRequestParameters(
  properties: JsonObject,
  { made, changed }: Change,
  { clients }: ResourceContext,
): Promise<void> {
  if (!changed.has('RequestParameters')) return;
  const keys = { ApiId: stringIn(made.keys, 'ApiId'), RouteId: stringIn(made.keys, 'RouteId') };
  const { RequestParameters: present } = await clients.gateway.getRoute(keys);
  const wanted = properties['RequestParameters'];
  for (const RequestParameterKey of Object.keys(present ?? {})) {
    if (isObject(wanted) && RequestParameterKey in wanted) continue;
    await clients.gateway.deleteRouteRequestParameter({ ...keys, RequestParameterKey });
  }
}

/** AWS: AWS::ApiGatewayV2::RouteResponse. */
const routeResponse = definition({
  type: 'AWS::ApiGatewayV2::RouteResponse',
  id: 'RouteResponseId',
  unique: 'RouteResponseKey',
  list: (api, input) => api.getRouteResponses(input),
  parents: ['ApiId', 'RouteId'],
  properties: {
    ApiId: PARENT,
    ModelSelectionExpression: STRING,
    ResponseModels: TEXTS,
    ResponseParameters: SETTINGS,
    RouteId: PARENT,
    RouteResponseKey: REQUIRED,
  },
  resets: { ModelSelectionExpression: '', ResponseModels: {}, ResponseParameters: {} },
  create: (api, input) => api.createRouteResponse(input as gateway.CreateRouteResponseCommandInput),
  update: (api, input) => api.updateRouteResponse(input as gateway.UpdateRouteResponseCommandInput),
  get: (api, input) => api.getRouteResponse(input as gateway.GetRouteResponseCommandInput),
  remove: (api, input) => api.deleteRouteResponse(input as gateway.DeleteRouteResponseCommandInput),
});

/** AWS: AWS::ApiGatewayV2::Integration. */
const integration = definition({
  type: 'AWS::ApiGatewayV2::Integration',
  id: 'IntegrationId',
  unique: 'IntegrationId',
  list: (api, input) => api.getIntegrations(input),
  parents: ['ApiId'],
  properties: {
    ApiId: PARENT,
    ConnectionId: STRING,
    ConnectionType: STRING,
    ContentHandlingStrategy: STRING,
    CredentialsArn: STRING,
    Description: STRING,
    IntegrationMethod: STRING,
    IntegrationSubtype: { kind: 'string', replaces: true },
    IntegrationType: REQUIRED,
    IntegrationUri: STRING,
    PassthroughBehavior: STRING,
    PayloadFormatVersion: STRING,
    RequestParameters: TEXTS,
    RequestTemplates: TEXTS,
    ResponseParameters: MAP,
    TemplateSelectionExpression: STRING,
    TimeoutInMillis: { kind: 'integer' },
    TlsConfig: MAP,
  },
  resets: {
    ConnectionId: '',
    ConnectionType: 'INTERNET',
    ContentHandlingStrategy: '',
    CredentialsArn: '',
    Description: '',
    IntegrationMethod: '',
    IntegrationUri: '',
    PassthroughBehavior: 'WHEN_NO_MATCH',
    RequestTemplates: {},
    TemplateSelectionExpression: '',
    TimeoutInMillis: 29_000,
  },
  create: (api, input) => api.createIntegration(input as gateway.CreateIntegrationCommandInput),
  update: (api, input) => api.updateIntegration(input as gateway.UpdateIntegrationCommandInput),
  get: (api, input) => api.getIntegration(input as gateway.GetIntegrationCommandInput),
  remove: (api, input) => api.deleteIntegration(input as gateway.DeleteIntegrationCommandInput),
  merged: async (api, keys) => {
    const { RequestParameters } = await api.getIntegration({
      ApiId: keys['ApiId'],
      IntegrationId: keys['IntegrationId'],
    });
    return { RequestParameters };
  },
});

/** AWS: AWS::ApiGatewayV2::IntegrationResponse. */
const integrationResponse = definition({
  type: 'AWS::ApiGatewayV2::IntegrationResponse',
  id: 'IntegrationResponseId',
  unique: 'IntegrationResponseKey',
  list: (api, input) => api.getIntegrationResponses(input),
  parents: ['ApiId', 'IntegrationId'],
  properties: {
    ApiId: PARENT,
    ContentHandlingStrategy: STRING,
    IntegrationId: PARENT,
    IntegrationResponseKey: REQUIRED,
    ResponseParameters: TEXTS,
    ResponseTemplates: TEXTS,
    TemplateSelectionExpression: STRING,
  },
  resets: {
    ContentHandlingStrategy: '',
    ResponseTemplates: {},
    TemplateSelectionExpression: '',
  },
  create: (api, input) =>
    api.createIntegrationResponse(input as gateway.CreateIntegrationResponseCommandInput),
  update: (api, input) =>
    api.updateIntegrationResponse(input as gateway.UpdateIntegrationResponseCommandInput),
  get: (api, input) =>
    api.getIntegrationResponse(input as gateway.GetIntegrationResponseCommandInput),
  remove: (api, input) =>
    api.deleteIntegrationResponse(input as gateway.DeleteIntegrationResponseCommandInput),
  merged: async (api, keys) => {
    const { ResponseParameters } = await api.getIntegrationResponse({
      ApiId: keys['ApiId'],
      IntegrationId: keys['IntegrationId'],
      IntegrationResponseId: keys['IntegrationResponseId'],
    });
    return { ResponseParameters };
  },
});

/** AWS: AWS::ApiGatewayV2::Model. The template may write the schema as a document; the API takes its text. */
const model = definition({
  type: 'AWS::ApiGatewayV2::Model',
  id: 'ModelId',
  unique: 'Name',
  list: (api, input) => api.getModels(input),
  parents: ['ApiId'],
  properties: {
    ApiId: PARENT,
    ContentType: STRING,
    Description: STRING,
    Name: REQUIRED,
    Schema: { kind: 'json', required: true },
  },
  resets: { ContentType: 'application/json', Description: '' },
  input: (properties) => ({ ...properties, Schema: schemaText(properties['Schema'] ?? null) }),
  create: (api, input) => api.createModel(input as gateway.CreateModelCommandInput),
  update: (api, input) => api.updateModel(input as gateway.UpdateModelCommandInput),
  get: (api, input) => api.getModel(input as gateway.GetModelCommandInput),
  remove: (api, input) => api.deleteModel(input as gateway.DeleteModelCommandInput),
});

function schemaText(schema: Json): string {
  return typeof schema === 'string' ? schema : JSON.stringify(schema);
}

/** AWS: AWS::ApiGatewayV2::Authorizer. */
const authorizer = definition({
  type: 'AWS::ApiGatewayV2::Authorizer',
  id: 'AuthorizerId',
  unique: 'Name',
  list: (api, input) => api.getAuthorizers(input),
  parents: ['ApiId'],
  properties: {
    ApiId: PARENT,
    AuthorizerCredentialsArn: STRING,
    AuthorizerPayloadFormatVersion: STRING,
    AuthorizerResultTtlInSeconds: { kind: 'integer' },
    AuthorizerType: REQUIRED,
    AuthorizerUri: STRING,
    EnableSimpleResponses: { kind: 'boolean' },
    IdentitySource: { kind: 'list' },
    IdentityValidationExpression: STRING,
    JwtConfiguration: SETTINGS,
    Name: REQUIRED,
  },
  resets: {
    AuthorizerCredentialsArn: '',
    EnableSimpleResponses: false,
    IdentitySource: [],
    IdentityValidationExpression: '',
  },
  input: (properties) => ({ IdentitySource: [], ...properties }),
  create: (api, input) => api.createAuthorizer(input as gateway.CreateAuthorizerCommandInput),
  update: (api, input) => api.updateAuthorizer(input as gateway.UpdateAuthorizerCommandInput),
  get: (api, input) => api.getAuthorizer(input as gateway.GetAuthorizerCommandInput),
  remove: (api, input) => api.deleteAuthorizer(input as gateway.DeleteAuthorizerCommandInput),
});

/** All definition types. */
export const DEFINITION_TYPES: readonly ResourceType[] = [
  route,
  routeResponse,
  integration,
  integrationResponse,
  model,
  authorizer,
];
