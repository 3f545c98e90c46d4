// The SAM transform: Globals, functions, simple tables and WebSocket APIs as plain resources.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '#services/deploy/json.ts';
import { faultsOf, planOf } from '../../support/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-sam-'));
mkdirSync(join(folder, 'src'));
afterAll(() => rmSync(folder, { recursive: true }));

const SAM = 'Transform: AWS::Serverless-2016-10-31\n';
const declaredIn = (text: string): Record<string, readonly [string, JsonObject]> =>
  Object.fromEntries(
    planOf(SAM + text, { folder }).template.resources.map(
      ({ logicalId, type, properties }): [string, readonly [string, JsonObject]] => [
        logicalId,
        [type, properties],
      ],
    ),
  );

test('a function takes what Globals says, and gets a role of its own', () => {
  const text = `
Globals:
  Function:
    Runtime: nodejs22.x
    Timeout: 10
    Environment: {Variables: {A: 1, B: 2}}
    Architectures: [arm64]
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Timeout: 5
      Environment: {Variables: {B: 3, C: !Ref AWS::Region}}
      Policies: [AmazonDynamoDBFullAccess]
      Tracing: Active
`;
  expect(declaredIn(text)).toEqual({
    ChatRole: ['AWS::IAM::Role', {}],
    Chat: [
      'AWS::Lambda::Function',
      {
        Role: { 'Fn::GetAtt': ['ChatRole', 'Arn'] },
        Runtime: 'nodejs22.x',
        Timeout: 5,
        Environment: { Variables: { A: 1, B: 3, C: { Ref: 'AWS::Region' } } },
        Architectures: ['arm64'],
        Handler: 'app.handler',
        Code: 'src',
      },
    ],
  });
  expect(planOf(SAM + text, { folder }).messages).toEqual([
    'Resources.Chat.Properties.Tracing has no effect.',
  ]);
});

test('InlineCode is a zip file of the template, and a named role is kept', () => {
  const text = `
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      {Runtime: nodejs24.x, Handler: index.handler, InlineCode: 'exports.handler = 1', Role: arn}
`;
  expect(declaredIn(text)).toEqual({
    Chat: [
      'AWS::Lambda::Function',
      {
        Role: 'arn',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = 1' },
      },
    ],
  });
});

test('a simple table has one key, id unless said otherwise', () => {
  const text = `
Resources:
  Plain: {Type: AWS::Serverless::SimpleTable}
  Named:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: t
      PrimaryKey: {Name: at, Type: Number}
      ProvisionedThroughput: {ReadCapacityUnits: 5, WriteCapacityUnits: 5}
`;
  expect(declaredIn(text)).toEqual({
    Plain: [
      'AWS::DynamoDB::Table',
      {
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    ],
    Named: [
      'AWS::DynamoDB::Table',
      {
        AttributeDefinitions: [{ AttributeName: 'at', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }],
        TableName: 't',
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      },
    ],
  });
});

const WEBSOCKET = `
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs24.x, Handler: index.handler, InlineCode: 'exports.handler = 1'}
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: live
      StageVariables: {a: b}
      Auth: {AuthType: CUSTOM, AuthArn: !GetAtt Fn.Arn, IdentitySource: [route.request.header.Auth]}
      Routes:
        $connect: {FunctionArn: !GetAtt Fn.Arn}
        say: {FunctionArn: !GetAtt Fn.Arn, IntegrationTimeout: 1000}
`;

test('a WebSocket API is an api, a stage that deploys itself, and three resources a route', () => {
  const declared = declaredIn(WEBSOCKET);
  expect(Object.entries(declared).map(([id, [type]]) => `${id} ${type}`)).toEqual([
    'FnRole AWS::IAM::Role',
    'Fn AWS::Lambda::Function',
    'Chat AWS::ApiGatewayV2::Api',
    'ChatConnectRoute AWS::ApiGatewayV2::Route',
    'ChatConnectIntegration AWS::ApiGatewayV2::Integration',
    'ChatConnectPermission AWS::Lambda::Permission',
    'ChatSayRoute AWS::ApiGatewayV2::Route',
    'ChatSayIntegration AWS::ApiGatewayV2::Integration',
    'ChatSayPermission AWS::Lambda::Permission',
    'ChatConnectAuthorizer AWS::ApiGatewayV2::Authorizer',
    'ChatAuthorizerPermission AWS::Lambda::Permission',
    'ChatliveStage AWS::ApiGatewayV2::Stage',
  ]);
  expect(declared['ChatliveStage']?.[1]).toEqual({
    ApiId: { Ref: 'Chat' },
    StageName: 'live',
    AutoDeploy: true,
    Tags: { 'websocketapi:createdBy': 'SAM' },
    StageVariables: { a: 'b' },
  });
  expect(declared['ChatConnectRoute']?.[1]).toMatchObject({
    RouteKey: '$connect',
    AuthorizationType: 'CUSTOM',
    AuthorizerId: { Ref: 'ChatConnectAuthorizer' },
  });
  expect(declared['ChatSayRoute']?.[1]).not.toHaveProperty('AuthorizerId');
  expect(declared['ChatSayIntegration']?.[1]).toMatchObject({
    IntegrationType: 'AWS_PROXY',
    TimeoutInMillis: 1000,
  });
});

const withDomain = (domain: string): string =>
  WEBSOCKET.replace('      Routes:', `      Domain: {${domain}}\n      Routes:`);

test('the domain of a WebSocket API is a domain name and a mapping for each base path', () => {
  const declared = (domain: string) =>
    Object.entries(declaredIn(withDomain(domain))).filter(([, [type]]) =>
      ['AWS::ApiGatewayV2::DomainName', 'AWS::ApiGatewayV2::ApiMapping'].includes(type),
    );
  const name = 'DomainName: ws.example.com, CertificateArn: !Ref Fn, SecurityPolicy: TLS_1_2';
  const id = 'ApiGatewayDomainNameV2453c43f60a';
  const mapping = (more: object) => [
    'AWS::ApiGatewayV2::ApiMapping',
    { ApiId: { Ref: 'Chat' }, DomainName: { Ref: id }, Stage: { Ref: 'ChatliveStage' }, ...more },
  ];
  expect(declared(name)).toEqual([
    [
      id,
      [
        'AWS::ApiGatewayV2::DomainName',
        {
          DomainName: 'ws.example.com',
          DomainNameConfigurations: [
            {
              EndpointType: 'REGIONAL',
              CertificateArn: { Ref: 'Fn' },
              SecurityPolicy: 'TLS_1_2',
            },
          ],
          Tags: { 'websocketapi:createdBy': 'SAM' },
        },
      ],
    ],
    ['ChatApiMapping', mapping({})],
  ]);
  expect(declared(`${name}, BasePath: [/, /v1, a-b]`).slice(1)).toEqual([
    ['ChatRootApiMapping', mapping({})],
    ['Chatv1ApiMapping', mapping({ ApiMappingKey: 'v1' })],
    ['ChatabApiMapping', mapping({ ApiMappingKey: 'a-b' })],
  ]);
});

const fn = (properties: string): string => `${SAM}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs24.x, Handler: a.b, ${properties}}
`;
const F = 'Resources.F.Properties';

test.each([
  [fn('CodeUri: nowhere'), [`${F}.CodeUri: there is no file or folder ${join(folder, 'nowhere')}`]],
  [fn('CodeUri: s3://b/k'), [`${F}.CodeUri: code in S3 cannot be fetched: give a local path`]],
  [
    fn('CodeUri: {Bucket: b, Key: k}'),
    [`${F}.CodeUri: code in S3 cannot be fetched: give a local path`],
  ],
  [fn('Timeout: 3'), [`${F}: needs CodeUri or InlineCode`]],
  [
    fn('PackageType: Image, ImageUri: x'),
    [`${F}: functions from container images are not supported`],
  ],
  [
    fn('CodeUri: src, Layers: [a]'),
    [`${F}.Layers: layers are not supported: bring their files with the code`],
  ],
  [
    fn('CodeUri: src, Events: {Tick: {Type: Schedule}}'),
    [`${F}.Events.Tick: an event of type "Schedule" is not supported`],
  ],
  [
    fn('CodeUri: src, Handlers: x'),
    [`${F}.Handlers: AWS::Lambda::Function has no property Handlers`],
  ],
  [
    fn('CodeUri: src').replace('nodejs24.x', 'python3.13'),
    [`${F}.Runtime: the runtime python3.13 is not supported, Node.js runtimes are`],
  ],
  [
    `${fn('CodeUri: src')}Globals: {Functions: {}}\n`,
    ['Globals.Functions: Globals has no section Functions'],
  ],
  [
    SAM + WEBSOCKET.replace('AuthType: CUSTOM', 'AuthType: JWT'),
    ['Resources.Chat.Properties.Auth: AuthType must be AWS_IAM, CUSTOM or NONE'],
  ],
  [
    SAM + WEBSOCKET.replace('say: {FunctionArn: !GetAtt Fn.Arn,', 'say: {'),
    ['Resources.Chat.Properties.Routes.say: a route must be a map with a FunctionArn, not a map'],
  ],
  [
    SAM + withDomain('DomainName: ws.example.com'),
    ['Resources.Chat.Properties.Domain: needs DomainName and CertificateArn'],
  ],
  [
    SAM + withDomain('DomainName: d.e, CertificateArn: x, EndpointConfiguration: EDGE, Path: /'),
    [
      'Resources.Chat.Properties.Domain.Path: there is no property Path',
      'Resources.Chat.Properties.Domain.EndpointConfiguration: must be REGIONAL',
    ],
  ],
])('fault %#', (text, expected) => {
  expect(faultsOf(text, { folder })).toEqual(expected);
});

test('skipUnsupported leaves events out with a message', () => {
  const text = fn('CodeUri: src, Events: {Tick: {Type: Schedule}}');
  expect(planOf(text, { folder, skipUnsupported: true }).messages).toEqual([
    'Skipped Resources.F.Properties.Events.Tick: an event of type "Schedule" is not supported.',
  ]);
});
