// Every supported resource type on a running node: made, changed, its optional properties taken away, and removed.
import {
  GetApiMappingsCommand,
  GetDomainNamesCommand,
  GetIntegrationsCommand,
  GetModelsCommand,
  GetRoutesCommand,
  GetStageCommand,
  GetTagsCommand,
} from '@aws-sdk/client-apigatewayv2';
import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Deployer, DeployResult } from '#services/deploy/deployer.ts';
import { openChatter } from '../support/chatter.ts';
import { adminClients, nodeDeployer } from '../support/clients.ts';
import { dialled } from '../support/lookup.ts';
import { startNode } from '../support/node.ts';
import type { TestNode } from '../support/node.ts';

let node: TestNode;
let deployer: Deployer;

beforeAll(async () => {
  node = await startNode();
  deployer = nodeDeployer(node);
});
afterAll(async () => {
  deployer.close();
  await node.close();
});

const deploy = (text: string, stack = 'all'): Promise<DeployResult> =>
  deployer.deploy({ text, file: 't.yaml', folder: import.meta.dirname, stack });

const CODE = `exports.handler = async (event) => ({ statusCode: 200, body: 'got ' + event.body });`;

/** Optional properties begin with \`#?\`: with them on, they are there. */
const template = (optional: boolean): string =>
  TEMPLATE.replaceAll(/^#\? ?(.*)$/gm, optional ? '  $1' : '# $1');

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Name: all
      ProtocolType: WEBSOCKET
      RouteSelectionExpression: $request.body.action
#?     Description: everything
#?     ApiKeySelectionExpression: $context.authorizer.usageIdentifierKey
#?     DisableSchemaValidation: true
#?     Version: "1"
#?     Tags: {team: red}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      InlineCode: "${CODE}"
#?     Description: echoes
#?     MemorySize: 256
#?     Timeout: 9
#?     Environment: {Variables: {ONE: 1}}
#?     Tags: {team: red}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !GetAtt Fn.Arn, Principal: apigateway.amazonaws.com}
  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      ApiId: !Ref Api
      Name: auth
      AuthorizerType: REQUEST
      AuthorizerUri: !Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Fn.Arn}/invocations
#?     IdentitySource: [route.request.header.Auth]
  Model:
    Type: AWS::ApiGatewayV2::Model
    Properties:
      ApiId: !Ref Api
      Name: Say
      Schema: {type: object}
#?     ContentType: application/json
#?     Description: said
  EchoIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${Fn.Arn}/invocations
#?     Description: to the function
#?     TimeoutInMillis: 5000
  Echo:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: echo
      Target: !Sub integrations/\${EchoIntegration}
      RouteResponseSelectionExpression: $default
#?     OperationName: Echo
#?     ModelSelectionExpression: $default
#?     RequestModels: {$default: Say}
  EchoResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Echo, RouteResponseKey: $default}
  MockIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: MOCK
      RequestTemplates: {"200": '{"statusCode": 200}'}
      TemplateSelectionExpression: "200"
#?     PassthroughBehavior: NEVER
  MockIntegrationResponse:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref MockIntegration
      IntegrationResponseKey: $default
#?     ResponseTemplates: {"200": '{"mock": true}'}
#?     TemplateSelectionExpression: "200"
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      Target: !Sub integrations/\${MockIntegration}
#?     RequestParameters: {route.request.querystring.token: {Required: false}}
#?     ApiKeyRequired: false
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    Properties:
      ApiId: !Ref Api
#?     Description: first
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: live
      DeploymentId: !Ref Deployment
#?     Description: the stage
#?     StageVariables: {a: 1, b: two}
#?     RouteSettings: {echo: {ThrottlingRateLimit: 100, ThrottlingBurstLimit: 50}}
#?     DefaultRouteSettings: {DataTraceEnabled: false}
#?     Tags: {team: red}
  Domain:
    Type: AWS::ApiGatewayV2::DomainName
    Properties:
      DomainName: ws.example.test
      DomainNameConfigurations:
        - EndpointType: REGIONAL
          CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/x
#?     Tags: {team: red}
  Mapping:
    Type: AWS::ApiGatewayV2::ApiMapping
    Properties:
      ApiId: !Ref Api
      DomainName: !Ref Domain
      Stage: !Ref Stage
#?     ApiMappingKey: v1
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
#?       - {AttributeName: room, AttributeType: S}
      KeySchema: [{AttributeName: id, KeyType: HASH}]
#?     TimeToLiveSpecification: {AttributeName: gone, Enabled: true}
#?     GlobalSecondaryIndexes:
#?       - IndexName: byRoom
#?         KeySchema: [{AttributeName: room, KeyType: HASH}]
#?         Projection: {ProjectionType: ALL}
  Simple:
    Type: AWS::Serverless::SimpleTable
Outputs:
  ApiId: {Value: !Ref Api}
  Fn: {Value: !Ref Fn}
  Table: {Value: !Ref Table}
  Zone: {Value: !GetAtt Domain.RegionalDomainName}
`;

/** What the optional properties show. */
async function facts({ outputs }: DeployResult) {
  const { gateway, lambda, dynamodb } = adminClients(node);
  const { ApiId = '', Fn: FunctionName, Table: TableName } = outputs;
  const DomainName = 'ws.example.test';
  const ResourceArn = `arn:aws:apigateway:us-east-1::/apis/${ApiId}`;
  const tags = await gateway.send(new GetTagsCommand({ ResourceArn }));
  const stage = await gateway.send(new GetStageCommand({ ApiId, StageName: 'live' }));
  const routes = await gateway.send(new GetRoutesCommand({ ApiId }));
  const echo = routes.Items?.find(({ RouteKey }) => RouteKey === 'echo');
  const connect = routes.Items?.find(({ RouteKey }) => RouteKey === '$connect');
  const integrations = await gateway.send(new GetIntegrationsCommand({ ApiId }));
  const models = await gateway.send(new GetModelsCommand({ ApiId }));
  const mappings = await gateway.send(new GetApiMappingsCommand({ DomainName }));
  const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  const ttl = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  return {
    tags: tags.Tags,
    stage: [stage.Description, stage.StageVariables, Object.keys(stage.RouteSettings ?? {})],
    echo: [echo?.OperationName, echo?.ModelSelectionExpression, echo?.RequestModels ?? {}],
    connect: Object.keys(connect?.RequestParameters ?? {}),
    timeouts: integrations.Items?.map(({ TimeoutInMillis }) => TimeoutInMillis).sort(),
    model: models.Items?.[0]?.Description,
    mapping: mappings.Items?.[0]?.ApiMappingKey ?? '',
    memory: configuration.MemorySize,
    variables: configuration.Environment?.Variables ?? {},
    indexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName) ?? [],
    ttl: ttl.TimeToLiveDescription?.AttributeName,
  };
}

const WITH = {
  tags: { team: 'red' },
  stage: ['the stage', { a: '1', b: 'two' }, ['echo']],
  echo: ['Echo', '$default', { $default: 'Say' }],
  connect: ['route.request.querystring.token'],
  timeouts: [29_000, 5000],
  model: 'said',
  mapping: 'v1',
  memory: 256,
  variables: { ONE: '1' },
  indexes: ['byRoom'],
  ttl: 'gone',
};
const WITHOUT = {
  tags: {},
  stage: [undefined, {}, []],
  echo: [undefined, undefined, {}],
  connect: [],
  timeouts: [29_000, 29_000],
  model: undefined,
  mapping: '',
  memory: 128,
  variables: {},
  indexes: [],
  ttl: undefined,
};

async function echoes({ urls }: DeployResult): Promise<string> {
  const [url = ''] = Object.values(urls);
  const client = await openChatter(url, { ca: node.caText });
  client.send({ action: 'echo' });
  const answer = await client.next();
  await client.close();
  return answer;
}

test('optional properties come, go, and come again, with the same physical ids', async () => {
  const first = await deploy(template(true));
  expect(await facts(first)).toEqual(WITH);
  expect(await echoes(first)).toBe('got {"action":"echo"}');

  const bare = await deploy(template(false));
  expect(bare.outputs).toEqual(first.outputs);
  expect(await facts(bare)).toEqual(WITHOUT);
  expect(await echoes(bare)).toBe('got {"action":"echo"}');

  const again = await deploy(template(true));
  expect(again.outputs).toEqual(first.outputs);
  expect(await facts(again)).toEqual(WITH);
  expect((await deploy(template(true))).changes).toEqual([]);

  await deployer.remove('all');
  const { gateway } = adminClients(node);
  expect((await gateway.send(new GetDomainNamesCommand({}))).Items).toEqual([]);
});

const WEBSOCKET_API = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, Runtime: nodejs24.x, InlineCode: "${CODE}"}
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect: {FunctionArn: !GetAtt Fn.Arn}
        say: {FunctionArn: !GetAtt Fn.Arn}
`;

test('a SAM WebSocket API deploys itself and follows its template', async () => {
  const first = await deploy(WEBSOCKET_API, 'sam');
  const [name = '', url = ''] = Object.entries(first.urls)[0] ?? [];
  expect(name).toMatch(/\/default$/);
  await (await openChatter(url, { ca: node.caText })).close();
  const second = await deploy(WEBSOCKET_API.replace('        say:', '        talk:'), 'sam');
  expect(second.urls).toEqual(first.urls);
  const { gateway } = adminClients(node);
  const ApiId = name.split('/')[0];
  const { Items = [] } = await gateway.send(new GetRoutesCommand({ ApiId }));
  expect(Items.map(({ RouteKey }) => RouteKey).sort()).toEqual(['$connect', 'talk']);
});

const DOMAIN = (name: string): string => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: ${name}
      ValidationMethod: DNS
      Tags: [{Key: team, Value: red}]
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, Runtime: nodejs24.x, InlineCode: "${CODE}"}
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Domain: {DomainName: ws.sam.test, CertificateArn: !Ref Certificate, BasePath: [/chat]}
      Routes:
        $connect: {FunctionArn: !GetAtt Fn.Arn}
Outputs:
  Certificate: {Value: !Ref Certificate}
`;

test('a domain of a template is served with the certificate of the template; another name makes another one', async () => {
  const { acm } = adminClients(node);
  const dial = () => openChatter('wss://ws.sam.test/chat', dialled(node));
  const shown = async (CertificateArn = '') =>
    (await acm.describeCertificate({ CertificateArn })).Certificate;
  const first = (await deploy(DOMAIN('ws.sam.test'), 'domain')).outputs['Certificate'];
  expect(await shown(first)).toMatchObject({
    SubjectAlternativeNames: ['ws.sam.test'],
    InUseBy: [expect.stringMatching(/ws\.sam\.test$/) as string],
  });
  const socket = await dial();
  const second = (await deploy(DOMAIN("'*.sam.test'"), 'domain')).outputs['Certificate'];
  expect(second).not.toBe(first);
  await expect(shown(first)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect((await shown(second))?.SubjectAlternativeNames).toEqual(['*.sam.test']);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  await Promise.all([socket.close(), (await dial()).close()]);
  await deployer.remove('domain');
  await expect(shown(second)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
