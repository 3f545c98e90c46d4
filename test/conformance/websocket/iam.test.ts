// IAM through the SDK: signed handshakes by header and by URL, and policies of principals from the credentials file.
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CreateApiCommand,
  CreateIntegrationCommand,
  DeleteApiCommand,
  GetApiCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-apigatewayv2';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { adminClients, managementClient } from '../../support/clients.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { presignedUrl, signedHeaders, type Keys } from '../../support/signed-url.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const HANDLER = `
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  return { statusCode: 200, body: JSON.stringify(event.requestContext) };
};
`;

/** May connect to every api's stage `live`; may post to connections, and nothing else. */
const PLAYER_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: 'arn:aws:execute-api:us-east-1:000000000000:*/live/$connect',
      Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1/128'] } },
    },
    {
      Effect: 'Allow',
      Action: 'execute-api:ManageConnections',
      Resource: 'arn:aws:execute-api:us-east-1:000000000000:*/live/POST/@connections/*',
    },
  ],
};
const BANNED_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: 'execute-api:*', Resource: '*' },
  ],
};

/** May look at one api, change nothing, call one function, read one table. */
const AUDITOR_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'apigateway:GET', Resource: 'arn:aws:apigateway:us-east-1::/apis*' },
    { Effect: 'Deny', Action: '*', Resource: 'arn:aws:apigateway:us-east-1::/apis/secret*' },
    { Effect: 'Allow', Action: 'lambda:Get*', Resource: '*' },
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*:function:desk' },
    { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*:table/open' },
  ],
};

/** May do everything with apis, and give them one role. */
const AUTHOR_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'apigateway:*', Resource: '*' },
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: 'arn:aws:iam::*:role/theirs' },
  ],
};

const AUTHOR: Keys = { accessKeyId: 'AKIDAUTHOR', secretAccessKey: 'author/secret' };
const AUDITOR: Keys = { accessKeyId: 'AKIDAUDITOR', secretAccessKey: 'auditor/secret' };
const PLAYER: Keys = { accessKeyId: 'AKIDPLAYER', secretAccessKey: 'player/secret' };
const BANNED: Keys = { accessKeyId: 'AKIDBANNED', secretAccessKey: 'banned/secret' };
const SESSION: Keys = {
  accessKeyId: 'ASIDSESSION',
  secretAccessKey: 'session/secret',
  sessionToken: 'tok/en+==',
};

let folder: string;
let node: TestNode;
let apiId: string;
let url: string;

function profile(name: string, { accessKeyId, secretAccessKey, sessionToken }: Keys): string[] {
  return [
    `[${name}]`,
    `aws_access_key_id=${accessKeyId}`,
    `aws_secret_access_key=${secretAccessKey}`,
    ...(sessionToken === undefined ? [] : [`aws_session_token=${sessionToken}`]),
  ];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-iam-'));
  await writeFile(join(folder, 'player.json'), JSON.stringify(PLAYER_POLICY));
  const lines = [
    ...profile('admin', { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }),
    ...profile('player', PLAYER),
    'policy=player.json',
    ...profile('banned', BANNED),
    `policy=${JSON.stringify(BANNED_POLICY)}`,
    ...profile('session', SESSION),
    ...profile('author', AUTHOR),
    `policy=${JSON.stringify(AUTHOR_POLICY)}`,
    ...profile('auditor', AUDITOR),
    `policy=${JSON.stringify(AUDITOR_POLICY)}`,
  ];
  await writeFile(join(folder, 'credentials'), lines.join('\n'));
  node = await startNode({ env: { POSTERN_CREDENTIALS: join(folder, 'credentials') } });
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  apiId = await createApi(clients, {
    name: 'signed',
    handler: 'desk',
    connect: { AuthorizationType: 'AWS_IAM' },
  });
  url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
});

afterAll(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

const REGION = { region: 'us-east-1' };
const byHeader = async (keys: Keys): Promise<Chatter> =>
  openChatter(url, { agent: node.agent, headers: await signedHeaders(url, keys, REGION) });
const byUrl = async (keys: Keys, options: { date?: Date } = {}): Promise<Chatter> =>
  openChatter(await presignedUrl(`${url}?room=r 7`, keys, { ...REGION, ...options }), {
    agent: node.agent,
  });

test.each([
  ['by header', byHeader],
  ['by a presigned URL', byUrl],
])('signed %s: in, and known in every event', async (_, connect) => {
  const client = await connect(PLAYER);
  client.send({ action: 'ask' });
  const context = JSON.parse(await client.next()) as Record<string, unknown>;
  const identity = {
    accessKey: 'AKIDPLAYER',
    accountId: '000000000000',
    caller: 'player',
    user: 'player',
    userArn: 'arn:aws:iam::000000000000:user/player',
    sourceIp: '127.0.0.1',
  };
  expect(context).toMatchObject({ eventType: 'MESSAGE', identity });
  expect(context).not.toHaveProperty('authorizer');
  const connected = await loggedEvent(
    node,
    ({ connectionId, eventType }) =>
      connectionId === context['connectionId'] && eventType === 'CONNECT',
  );
  expect(connected.requestContext['identity']).toMatchObject(identity);
  await client.close();
});

test('signatures stand in the CONNECT event as the client sent them', async () => {
  const connectOf = async (client: Chatter) => {
    client.send({ action: 'ask' });
    const { connectionId: id } = JSON.parse(await client.next()) as { connectionId: string };
    await client.close();
    return loggedEvent(
      node,
      ({ connectionId, eventType }) => connectionId === id && eventType === 'CONNECT',
    );
  };
  const { headers } = await connectOf(await byHeader(PLAYER));
  expect(headers).toMatchObject({
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIDPLAYER\//) as string,
    'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/) as string,
  });
  const { queryStringParameters } = await connectOf(await byUrl(PLAYER));
  expect(queryStringParameters).toMatchObject({
    room: 'r 7',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Expires': '300',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

test('a session’s token is part of the URL', async () => {
  const client = await byUrl(SESSION);
  await client.close();
  const { accessKeyId, secretAccessKey } = SESSION;
  await expect(byUrl({ accessKeyId, secretAccessKey })).rejects.toMatchObject({ status: 403 });
});

test.each<[string, () => Promise<Chatter>, string, string]>([
  [
    'unsigned',
    () => openChatter(url, { agent: node.agent }),
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  [
    'another secret',
    () => byHeader({ ...PLAYER, secretAccessKey: 'guess' }),
    'InvalidSignatureException',
    'Forbidden',
  ],
  [
    'a URL of yesterday',
    () => byUrl(PLAYER, { date: new Date(Date.now() - 86_400_000) }),
    'InvalidSignatureException',
    'Forbidden',
  ],
  ['a principal whose policy denies', () => byUrl(BANNED), 'ForbiddenException', 'Forbidden'],
])('%s: 403', async (_, connect, errorType, message) => {
  await expect(connect()).rejects.toMatchObject({
    status: 403,
    headers: { 'x-amzn-errortype': errorType },
    body: JSON.stringify({ message }),
  });
});

test('@connections: each verb as the policy says', async () => {
  const client = await byUrl(PLAYER);
  client.send({ action: 'ask' });
  const { connectionId: ConnectionId } = JSON.parse(await client.next()) as {
    connectionId: string;
  };
  const pushes: ApiGatewayManagementApiClient = managementClient(node, apiId, 'live', PLAYER);
  await pushes.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));
  expect(await client.next()).toBe('hello');
  for (const [verb, command] of [
    ['GET', new GetConnectionCommand({ ConnectionId })],
    ['DELETE', new DeleteConnectionCommand({ ConnectionId })],
  ] as const) {
    const refused: unknown = await pushes.send(command as never).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::000000000000:user/player is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********0000:${apiId}/live/${verb}/@connections/{connectionId}`,
      $metadata: { httpStatusCode: 403 },
    });
  }
  const banned = managementClient(node, apiId, 'live', BANNED);
  await expect(
    banned.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('with an explicit deny') as string,
  });
  const admin = managementClient(node, apiId, 'live');
  await admin.send(new DeleteConnectionCommand({ ConnectionId }));
  expect(await client.closed).toMatchObject({ code: 1000 });
});

/** `AccessDeniedException` of AWS for an action of the auditor. */
function denial(action: string, resource: string, explicit = false) {
  const why = explicit
    ? 'with an explicit deny in an identity-based policy'
    : `because no identity-based policy allows the ${action} action`;
  return {
    name: 'AccessDeniedException',
    message: `User: arn:aws:iam::000000000000:user/auditor is not authorized to perform: ${action} on resource: ${resource} ${why}`,
  };
}

test('the control plane, the Lambda API and DynamoDB ask the policy too', async () => {
  const { gateway, lambda, dynamodb } = adminClients(node, AUDITOR);
  const apis = 'arn:aws:apigateway:us-east-1::/apis';
  expect((await gateway.send(new GetApiCommand({ ApiId: apiId }))).Name).toBe('signed');
  await expect(
    gateway.send(new CreateApiCommand({ Name: 'x', ProtocolType: 'HTTP' })),
  ).rejects.toMatchObject(denial('apigateway:POST', apis));
  await expect(gateway.send(new DeleteApiCommand({ ApiId: apiId }))).rejects.toMatchObject(
    denial('apigateway:DELETE', `${apis}/${apiId}`),
  );
  await expect(gateway.send(new GetApiCommand({ ApiId: 'secret' }))).rejects.toMatchObject(
    denial('apigateway:GET', `${apis}/secret`, true),
  );
  const desk = 'arn:aws:lambda:us-east-1:000000000000:function:desk';
  expect((await lambda.send(new InvokeCommand({ FunctionName: 'desk' }))).StatusCode).toBe(200);
  await lambda.send(new GetFunctionCommand({ FunctionName: 'desk' }));
  await expect(lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject(
    denial('lambda:ListFunctions', '*'),
  );
  await expect(
    lambda.send(new DeleteFunctionCommand({ FunctionName: 'desk' })),
  ).rejects.toMatchObject(denial('lambda:DeleteFunction', desk));
  const secret = 'arn:aws:dynamodb:us-east-1:000000000000:table/postern-connections';
  await expect(
    dynamodb.send(new ScanCommand({ TableName: 'postern-connections' })),
  ).rejects.toMatchObject(denial('dynamodb:Scan', secret));
  await expect(dynamodb.send(new ScanCommand({ TableName: 'open' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a role is for those who may pass it', async () => {
  const { gateway } = adminClients(node, AUTHOR);
  const integration = {
    ...{ ApiId: apiId, IntegrationType: 'AWS' as const, IntegrationMethod: 'POST' },
    IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:action/SendMessage',
  };
  const role = (name: string) => ({ CredentialsArn: `arn:aws:iam::000000000000:role/${name}` });
  const refusal = {
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      'user/author is not authorized to perform: iam:PassRole on resource: arn:aws:iam::000000000000:role/ours',
    ) as string,
  };
  await expect(
    gateway.send(new CreateIntegrationCommand({ ...integration, ...role('ours') })),
  ).rejects.toMatchObject(refusal);
  const { IntegrationId } = await gateway.send(
    new CreateIntegrationCommand({ ...integration, ...role('theirs') }),
  );
  const at = { ApiId: apiId, IntegrationId };
  await expect(
    gateway.send(new UpdateIntegrationCommand({ ...at, ...role('ours') })),
  ).rejects.toMatchObject(refusal);
});
