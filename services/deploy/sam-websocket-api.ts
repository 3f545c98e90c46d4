// AWS::Serverless::WebSocketApi: an api, a stage that deploys itself, and a route, integration and permission per route key.
import { child } from './faults.ts';
import { generated } from './generated.ts';
import { isObject, kindOf } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { domainResources } from './sam-domain.ts';
import type { SamContext } from './sam.ts';
import { mapAt } from './sections.ts';
import type { ResourceDeclaration } from './sections.ts';

/** Properties that go to the api and to the stage as they are. */
const API_PROPERTIES = [
  'ApiKeySelectionExpression',
  'Description',
  'DisableExecuteApiEndpoint',
  'DisableSchemaValidation',
  'IpAddressType',
  'RouteSelectionExpression',
] as const;
const STAGE_PROPERTIES = [
  'AccessLogSettings',
  'DefaultRouteSettings',
  'RouteSettings',
  'StageVariables',
] as const;
const ROUTE_PROPERTIES = [
  'ApiKeyRequired',
  'ModelSelectionExpression',
  'OperationName',
  'RequestModels',
  'RequestParameters',
  'RouteResponseSelectionExpression',
] as const;
const OTHER_PROPERTIES = ['Auth', 'Domain', 'Name', 'PropagateTags', 'Routes', 'StageName', 'Tags'];

const CREATED_BY = 'websocketapi:createdBy';

/** AWS: SAM developer guide, AWS::Serverless::WebSocketApi and the resources generated for it. */
export function webSocketApi(
  declared: ResourceDeclaration,
  context: SamContext,
): ResourceDeclaration[] {
  const { properties, path, logicalId } = declared;
  const place = child(path, 'Properties');
  checkProperties(properties, place, context);
  const routes = mapAt(properties['Routes'], child(place, 'Routes'), context.faults);
  if (Object.keys(routes).length === 0) context.faults.add(place, 'needs at least one route');
  const tags = isObject(properties['Tags']) ? properties['Tags'] : {};
  const api: ResourceDeclaration = {
    ...declared,
    type: 'AWS::ApiGatewayV2::Api',
    properties: {
      Name: properties['Name'] ?? logicalId,
      ProtocolType: 'WEBSOCKET',
      ...picked(properties, API_PROPERTIES),
      Tags: { ...tags, [CREATED_BY]: 'SAM' },
    },
  };
  const authorization = authorizationOf(declared, context);
  const stage = stageOf(declared);
  return [
    api,
    ...Object.entries(routes).flatMap(([key, route]) =>
      routeResources(declared, [key, route], { context, authorization }),
    ),
    ...authorization.resources,
    stage,
    ...domainResources(declared, stage.logicalId, context),
  ];
}

function checkProperties(properties: JsonObject, place: string, { faults, say }: SamContext): void {
  const known: readonly string[] = [...API_PROPERTIES, ...STAGE_PROPERTIES, ...OTHER_PROPERTIES];
  for (const name of Object.keys(properties)) {
    if (!known.includes(name)) faults.add(child(place, name), `there is no property ${name}`);
  }
  if (properties['PropagateTags'] !== undefined) say(`${place}.PropagateTags has no effect.`);
}

function picked(properties: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = properties[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function stageName(properties: JsonObject): Json {
  return properties['StageName'] ?? 'default';
}

function stageOf(declared: ResourceDeclaration): ResourceDeclaration {
  const { logicalId, properties } = declared;
  const name = stageName(properties);
  const middle = name === 'default' ? 'Default' : typeof name === 'string' ? name : '';
  return generated(declared, `${logicalId}${middle}Stage`, [
    'AWS::ApiGatewayV2::Stage',
    {
      ApiId: { Ref: logicalId },
      StageName: name,
      AutoDeploy: true,
      Tags: { [CREATED_BY]: 'SAM' },
      ...picked(properties, STAGE_PROPERTIES),
    },
  ]);
}

interface Authorization {
  /** Members of the `$connect` route. */
  readonly route: JsonObject;
  readonly resources: readonly ResourceDeclaration[];
}

function authorizationOf(declared: ResourceDeclaration, { faults }: SamContext): Authorization {
  const { logicalId, properties, path } = declared;
  const place = child(path, 'Properties.Auth');
  const auth = properties['Auth'];
  if (auth === undefined) return { route: {}, resources: [] };
  const type = isObject(auth) ? auth['AuthType'] : undefined;
  if (!isObject(auth) || (type !== 'NONE' && type !== 'AWS_IAM' && type !== 'CUSTOM')) {
    faults.add(place, 'AuthType must be AWS_IAM, CUSTOM or NONE');
    return { route: {}, resources: [] };
  }
  const routes = properties['Routes'];
  if (!isObject(routes) || routes['$connect'] === undefined) {
    faults.add(place, 'authorization needs a $connect route');
  }
  if (type !== 'CUSTOM') return { route: { AuthorizationType: type }, resources: [] };
  if (auth['AuthArn'] === undefined) faults.add(place, 'AuthArn is missing');
  const id = `${logicalId}ConnectAuthorizer`;
  return {
    route: { AuthorizationType: type, AuthorizerId: { Ref: id } },
    resources: [authorizerOf(declared, id, auth), ...authorizerPermission(declared, auth)],
  };
}

function authorizerOf(
  declared: ResourceDeclaration,
  id: string,
  auth: JsonObject,
): ResourceDeclaration {
  return generated(declared, id, [
    'AWS::ApiGatewayV2::Authorizer',
    {
      ApiId: { Ref: declared.logicalId },
      AuthorizerType: 'REQUEST',
      AuthorizerUri: invocationUri(auth['AuthArn'] ?? ''),
      Name: auth['Name'] ?? id,
      ...picked(auth, ['IdentitySource']),
      ...(auth['InvokeRole'] === undefined ? {} : { AuthorizerCredentialsArn: auth['InvokeRole'] }),
    },
  ]);
}

function authorizerPermission(
  declared: ResourceDeclaration,
  auth: JsonObject,
): ResourceDeclaration[] {
  if (auth['InvokeRole'] !== undefined) return [];
  const id = `${declared.logicalId}AuthorizerPermission`;
  return [
    permission(declared, id, { functionArn: auth['AuthArn'] ?? '', tail: ['authorizers/*'] }),
  ];
}

interface RouteTools {
  readonly context: SamContext;
  readonly authorization: Authorization;
}

function routeResources(
  declared: ResourceDeclaration,
  [key, route]: readonly [string, Json],
  { context, authorization }: RouteTools,
): ResourceDeclaration[] {
  const { logicalId, path, properties } = declared;
  const place = child(path, `Properties.Routes.${key}`);
  if (!isObject(route) || route['FunctionArn'] === undefined) {
    context.faults.add(place, `a route must be a map with a FunctionArn, not ${kindOf(route)}`);
    return [];
  }
  if (!/^(\$connect|\$disconnect|\$default|[A-Za-z0-9]+)$/.test(key)) {
    context.faults.add(place, 'a route key must be letters and digits, or one of the three with $');
  }
  for (const name of Object.keys(route)) {
    const known: readonly string[] = ['FunctionArn', 'IntegrationTimeout', ...ROUTE_PROPERTIES];
    if (!known.includes(name)) context.faults.add(child(place, name), 'there is no such property');
  }
  const clean = key.replace('$', '').toLowerCase();
  const base = `${logicalId}${clean.charAt(0).toUpperCase()}${clean.slice(1)}`;
  const timeout = route['IntegrationTimeout'];
  const ApiId = { Ref: logicalId };
  return [
    generated(declared, `${base}Route`, [
      'AWS::ApiGatewayV2::Route',
      {
        ApiId,
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: `${base}Integration` }]] },
        ...picked(route, ROUTE_PROPERTIES),
        ...(key === '$connect' ? authorization.route : {}),
      },
    ]),
    generated(declared, `${base}Integration`, [
      'AWS::ApiGatewayV2::Integration',
      {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: invocationUri(route['FunctionArn']),
        ...(timeout === undefined ? {} : { TimeoutInMillis: timeout }),
      },
    ]),
    permission(declared, `${base}Permission`, {
      functionArn: route['FunctionArn'],
      tail: [stageName(properties), key],
    }),
  ];
}

function invocationUri(functionArn: Json): Json {
  const uri = 'arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/';
  return { 'Fn::Sub': [`${uri}\${FunctionArn}/invocations`, { FunctionArn: functionArn }] };
}

function permission(
  declared: ResourceDeclaration,
  id: string,
  { functionArn, tail }: { readonly functionArn: Json; readonly tail: readonly Json[] },
): ResourceDeclaration {
  const prefix = 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}';
  const source = { 'Fn::Sub': [prefix, { Api: { Ref: declared.logicalId } }] };
  return generated(declared, id, [
    'AWS::Lambda::Permission',
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: functionArn,
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Join': ['/', [source, ...tail]] },
    },
  ]);
}
