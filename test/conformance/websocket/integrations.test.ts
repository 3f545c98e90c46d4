// Every kind of integration and composite selection expressions, made with the SDK and used by a client over TLS.
import {
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
  type CreateIntegrationCommandInput,
  type CreateIntegrationResponseCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { AddPermissionCommand, CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, Refused } from '../../support/chatter.ts';
import { adminClients } from '../../support/clients.ts';
import { startBackend } from '../../support/http-backend.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { zipOf } from '../../support/zip.ts';

type Given<Input> = Partial<Omit<Input, 'ApiId'>>;

/** A route with its integration and the integration's responses. */
interface RouteGiven {
  readonly key: string;
  readonly integration: Given<CreateIntegrationCommandInput>;
  readonly responses?: readonly Given<CreateIntegrationResponseCommandInput>[];
}

let node: TestNode;

beforeAll(async () => {
  node = await startNode();
});

afterAll(() => node.close());

/** Makes an api whose routes answer, deploys it and gives the address of its stage. */
async function deploy(expression: string, routes: readonly RouteGiven[]): Promise<string> {
  const { gateway } = adminClients(node);
  const { ApiId = '' } = await gateway.send(
    new CreateApiCommand({
      Name: 'kinds',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: expression,
    }),
  );
  for (const route of routes) await createRoute(ApiId, route);
  const { DeploymentId } = await gateway.send(new CreateDeploymentCommand({ ApiId }));
  await gateway.send(
    new CreateStageCommand({
      ApiId,
      StageName: 'live',
      DeploymentId,
      StageVariables: { greeting: 'hello' },
    }),
  );
  return `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${ApiId}/live`;
}

async function createRoute(ApiId: string, { key, integration, responses }: RouteGiven) {
  const { gateway } = adminClients(node);
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({ ApiId, IntegrationType: 'MOCK', ...integration }),
  );
  for (const response of responses ?? []) {
    await gateway.send(
      new CreateIntegrationResponseCommand({
        ApiId,
        IntegrationId,
        IntegrationResponseKey: '$default',
        ...response,
      }),
    );
  }
  const { RouteId } = await gateway.send(
    new CreateRouteCommand({
      ApiId,
      RouteKey: key,
      RouteResponseSelectionExpression: '$default',
      Target: `integrations/${IntegrationId}`,
    }),
  );
  await gateway.send(
    new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }),
  );
}

async function ask(url: string, ...messages: readonly unknown[]): Promise<string[]> {
  const client = await openChatter(url, { agent: node.agent });
  const answers: string[] = [];
  for (const message of messages) {
    client.send(message);
    answers.push(await client.next());
  }
  await client.close(1000, '');
  return answers;
}

const OK = {
  TemplateSelectionExpression: '\\$default',
  RequestTemplates: { $default: '{"statusCode":200}' },
};
const say = (text: string): readonly Given<CreateIntegrationResponseCommandInput>[] => [
  { TemplateSelectionExpression: '\\$default', ResponseTemplates: { $default: text } },
];

test('MOCK answers from its template, routed by a composite expression', async () => {
  const url = await deploy('${request.body.service}/${request.body.action}', [
    {
      key: 'chat/join',
      integration: OK,
      responses: say('{"said":$input.json("$.text"),"id":"$context.connectionId"}'),
    },
    { key: '$default', integration: OK, responses: say('$stageVariables.greeting $input.body') },
  ]);
  const [join = '', other, text] = await ask(
    url,
    { service: 'chat', action: 'join', text: 'a "b"' },
    { service: 'chat' },
    'no json',
  );
  expect(JSON.parse(join)).toMatchObject({ said: 'a "b"' });
  expect(other).toBe('hello {"service":"chat"}');
  expect(text).toBe('hello no json');
});

test('MOCK decides a handshake, and chooses a subprotocol by response parameter', async () => {
  const protocol = { 'method.response.header.Sec-WebSocket-Protocol': "'v2'" };
  const url = await deploy('$request.body.action', [
    {
      key: '$connect',
      integration: {
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: {
          $default: `#if($input.params('token') == 't'){"statusCode":200}#{else}{"statusCode":403}#end`,
        },
      },
      responses: [{ ResponseParameters: protocol }],
    },
    { key: '$default', integration: OK, responses: say('in') },
  ]);
  const client = await openChatter(`${url}?token=t`, {
    agent: node.agent,
    protocols: ['v1', 'v2'],
  });
  expect(client.socket.protocol).toBe('v2');
  await client.close(1000, '');
  const refusal = await openChatter(url, { agent: node.agent }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refused);
  expect(refusal).toMatchObject({ status: 403 });
});

test('HTTP_PROXY passes bodies, HTTP maps them', async () => {
  const backend = await startBackend((response, request) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end(JSON.stringify({ got: request.body, id: request.headers['connectionid'] }));
  });
  const url = await deploy('$request.body.action', [
    {
      key: 'proxy',
      integration: {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'POST',
        IntegrationUri: `${backend.url}/{where}`,
        RequestParameters: {
          'integration.request.header.connectionId': 'context.connectionId',
          'integration.request.path.where': 'route.request.body.where',
        },
      },
    },
    {
      key: 'mapped',
      integration: {
        IntegrationType: 'HTTP',
        IntegrationMethod: 'POST',
        IntegrationUri: `${backend.url}/missing`,
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: { $default: '{"n":$input.json("$.n")}' },
      },
      responses: [
        { IntegrationResponseKey: '/2\\d\\d/', ResponseTemplates: { $default: 'fine' } },
        {
          IntegrationResponseKey: '/4\\d\\d/',
          TemplateSelectionExpression: '${integration.response.statuscode}',
          ResponseTemplates: { '404': 'missing: $input.path("$.got")' },
        },
      ],
    },
  ]);
  const message = { action: 'proxy', where: 'a b' };
  const [proxied = '', mapped] = await ask(url, message, { action: 'mapped', n: 5 });
  expect(JSON.parse(proxied)).toEqual({
    got: JSON.stringify(message),
    id: expect.stringMatching(/^[\w-]{15}=$/) as string,
  });
  expect(backend.requests[0]?.url).toBe('/a%20b');
  expect(mapped).toBe('missing: {"n":5}');
});

test('AWS invokes a function with the template’s event and maps its errors', async () => {
  const { lambda } = adminClients(node);
  const handler = `export const handler = async ({ n }) => {
    if (n < 0) throw new Error('negative');
    return { double: 2 * n };
  };`;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'double',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: zipOf({ 'index.mjs': handler }) },
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'double',
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  );
  const url = await deploy('$request.body.action', [
    {
      key: '$default',
      integration: {
        IntegrationType: 'AWS',
        IntegrationMethod: 'POST',
        IntegrationUri:
          'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:double/invocations',
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: { $default: '#set($n = $input.path("$.n") + 1){"n":$n}' },
      },
      responses: [
        { IntegrationResponseKey: '$default' },
        {
          IntegrationResponseKey: '/neg.*/',
          ResponseTemplates: { $default: 'error: $input.path("$.errorMessage")' },
        },
      ],
    },
  ]);
  expect(await ask(url, { n: 1 }, { n: -5 })).toEqual(['{"double":4}', 'error: negative']);
});

test('AWS keeps and finds items in the embedded DynamoDB, and maps its refusals', async () => {
  const { dynamodb } = adminClients(node);
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'scores',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'player', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'player', KeyType: 'HASH' }],
    }),
  );
  const service = (action: string, template: string) => ({
    IntegrationType: 'AWS' as const,
    IntegrationMethod: 'POST',
    IntegrationUri: `arn:aws:apigateway:us-east-1:dynamodb:action/${action}`,
    CredentialsArn: 'arn:aws:iam::000000000000:role/gateway',
    TemplateSelectionExpression: '\\$default',
    RequestTemplates: { $default: template },
  });
  const responses = (text: string) => [
    { IntegrationResponseKey: '/200/', ResponseTemplates: { $default: text } },
    { ResponseTemplates: { $default: "no: $input.path('$.__type')" } },
  ];
  const url = await deploy('$request.body.action', [
    {
      key: 'set',
      integration: service(
        'PutItem',
        `{"TableName":"scores","Item":{"player":{"S":$input.json('$.player')},"points":{"N":"$input.path('$.points')"}}}`,
      ),
      responses: responses('kept'),
    },
    {
      key: 'get',
      integration: service(
        'GetItem',
        `{"TableName":$input.json('$.table'),"Key":{"player":{"S":$input.json('$.player')}}}`,
      ),
      responses: responses("points: $input.path('$.Item.points.N')"),
    },
  ]);
  const get = { action: 'get', player: 'ada "the" 1st', table: 'scores' };
  expect(
    await ask(url, { ...get, action: 'set', points: 42 }, get, { ...get, table: 'none' }),
  ).toEqual([
    'kept',
    'points: 42',
    'no: com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
  ]);
  const Key = { player: { S: get.player } };
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'scores', Key }));
  expect(Item?.['points']).toEqual({ N: '42' });
});

test('what can never run fails the deployment, and says what and where', async () => {
  const failing = deploy('$request.body.action', [
    {
      key: 'bad',
      integration: { ...OK, RequestTemplates: { $default: '#if($x)' } },
      responses: say('x'),
    },
  ]);
  await expect(failing).rejects.toThrow(/Route bad .*#if without #end/);
});
