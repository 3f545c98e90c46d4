// Every $context variable of AWS's table for access logs, on every kind of event: its value, or `-` where it has none.
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
} from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { adminClients, clientSettings } from '../../support/clients.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { signedHeaders } from '../../support/signed-url.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const SLOW = { timeout: 60_000 };

/** AWS guide: websocket-api-logging; `tier` stands for a property of the authorizer's context. */
const NAMES = [
  ...['apiId', 'connectedAt', 'connectionId', 'domainName', 'eventType', 'extendedRequestId'],
  ...['messageId', 'requestId', 'requestTime', 'requestTimeEpoch', 'routeKey', 'stage', 'status'],
  ...['authenticate.error', 'authenticate.latency', 'authenticate.status'],
  ...['authorize.error', 'authorize.latency', 'authorize.status'],
  ...['authorizer.error', 'authorizer.latency', 'authorizer.status', 'authorizer.requestId'],
  ...['authorizer.integrationLatency', 'authorizer.integrationStatus'],
  ...['authorizer.principalId', 'authorizer.tier'],
  ...['error.message', 'error.messageString', 'error.responseType', 'error.validationErrorString'],
  ...['identity.accountId', 'identity.apiKey', 'identity.apiKeyId', 'identity.caller'],
  ...['identity.cognitoAuthenticationProvider', 'identity.cognitoAuthenticationType'],
  ...['identity.cognitoIdentityId', 'identity.cognitoIdentityPoolId', 'identity.principalOrgId'],
  ...['identity.sourceIp', 'identity.user', 'identity.userAgent', 'identity.userArn'],
  ...['integration.error', 'integration.latency', 'integration.requestId', 'integration.status'],
  ...['integration.integrationStatus', 'integrationLatency'],
  ...['waf.error', 'waf.latency', 'waf.status'],
] as const;

type Values = Partial<Record<(typeof NAMES)[number], string | RegExp>>;

const DESK = `
export const handler = async ({ body }) => {
  if (body?.includes('boom')) throw new Error('boom');
  return { statusCode: 201, body: 'done' };
};
`;
const GUARD = `
export const handler = async ({ methodArn, queryStringParameters: { token } }) => ({
  principalId: 'u-481',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: token, Resource: methodArn }],
  },
  context: { tier: 'gold' },
});
`;
const PLAYER = { accessKeyId: 'AKIDPLAYER', secretAccessKey: 'player-secret' };

let folder: string;
let node: TestNode;
let gateway: ApiGatewayV2;
/** An api behind a Lambda authorizer and API keys, and one behind IAM. */
let guarded: string;
let signed: string;
let key: { readonly id: string; readonly value: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-context-'));
  const credentials = join(folder, 'credentials');
  await writeFile(
    credentials,
    `[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = secret\n` +
      `[player]\naws_access_key_id = ${PLAYER.accessKeyId}\naws_secret_access_key = ${PLAYER.secretAccessKey}\n`,
  );
  node = await startNode({ env: { POSTERN_CREDENTIALS: credentials } });
  gateway = new ApiGatewayV2(clientSettings(node));
  const clients = adminClients(node);
  await createFunction(clients, 'desk', DESK);
  await createFunction(clients, 'guard', GUARD);
  guarded = await createApi(clients, {
    name: 'guarded',
    handler: 'desk',
    connect: { AuthorizationType: 'CUSTOM', ApiKeyRequired: true },
    authorizer: { handler: 'guard', sources: ['route.request.querystring.token'] },
  });
  signed = await createApi(clients, {
    name: 'signed',
    handler: 'desk',
    connect: { AuthorizationType: 'AWS_IAM' },
  });
  await gateway.createModel({ ApiId: guarded, Name: 'X', Schema: '{"required":["x"]}' });
  const [integration] = (await gateway.getIntegrations({ ApiId: guarded })).Items ?? [];
  const Target = `integrations/${integration?.IntegrationId}`;
  await gateway.createRoute({
    ...{ ApiId: guarded, RouteKey: 'strict', Target },
    ModelSelectionExpression: '\\$default',
    RequestModels: { $default: 'X' },
  });
  for (const ApiId of [guarded, signed]) {
    await gateway.updateStage({
      ...{ ApiId, StageName: 'live' },
      AccessLogSettings: {
        DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:x',
        Format: NAMES.map((name) => `$context.${name}`).join('|'),
      },
    });
  }
  key = await keyFor(guarded);
}, 60_000);

afterAll(async () => {
  gateway.destroy();
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

async function keyFor(apiId: string): Promise<{ id: string; value: string }> {
  const rest = new APIGatewayClient(clientSettings(node));
  const { id, value } = await rest.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  const plan = new CreateUsagePlanCommand({ name: 'p', apiStages: [{ apiId, stage: 'live' }] });
  const { id: usagePlanId } = await rest.send(plan);
  const link = { usagePlanId, keyId: id, keyType: 'API_KEY' };
  await rest.send(new CreateUsagePlanKeyCommand(link));
  rest.destroy();
  return { id: String(id), value: String(value) };
}

const urlOf = (apiId: string, query = ''): string =>
  `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live${query}`;

const enter = (token: string): Promise<Chatter> =>
  openChatter(urlOf(guarded, `?token=${token}`), {
    agent: node.agent,
    headers: { 'x-api-key': key.value, 'user-agent': 'tester/1' },
  });

/** The values of an access line by their names. */
function valuesOf(message: unknown): ReadonlyMap<string, string> {
  const parts = String(message).split('|');
  expect(parts).toHaveLength(NAMES.length);
  return new Map(NAMES.map((name, at) => [name, parts[at] ?? '']));
}

/** The line of such an event, past or future. */
async function byEvent(apiId: string, eventType: string, status: string) {
  const wanted = [apiId, eventType, status].join();
  const { message } = await node.line((line) => {
    if (line['event'] !== 'access') return false;
    const values = valuesOf(line['message']);
    return [values.get('apiId'), values.get('eventType'), values.get('status')].join() === wanted;
  });
  return valuesOf(message);
}

const ID = /^[A-Za-z0-9_-]{15}=$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const MS = /^\d{1,5}$/;
const EPOCH = /^1\d{12}$/;
const CLF = /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/;

/** What every line says. */
const always = (apiId: string): Values => ({
  apiId,
  connectedAt: EPOCH,
  connectionId: ID,
  domainName: new RegExp(`^${apiId}\\.execute-api\\.us-east-1\\.localhost:\\d+$`),
  extendedRequestId: ID,
  requestId: ID,
  requestTime: CLF,
  requestTimeEpoch: EPOCH,
  stage: 'live',
  'identity.sourceIp': '127.0.0.1',
});

/** What all events of a connection remember of its authorizer and key. */
const remembered = (): Values => ({
  'authorizer.principalId': 'u-481',
  'authorizer.tier': 'gold',
  'identity.apiKey': key.value,
  'identity.apiKeyId': key.id,
  'identity.userAgent': 'tester/1',
});

const ASKED: Values = {
  'authorizer.latency': MS,
  'authorizer.status': '200',
  'authorizer.requestId': UUID,
  'authorizer.integrationLatency': MS,
  'authorizer.integrationStatus': '200',
};

const CALLED: Values = {
  'integration.latency': MS,
  'integration.requestId': UUID,
  'integration.status': '201',
  'integration.integrationStatus': '200',
  integrationLatency: MS,
};

const failed = (responseType: string, message: string): Values => ({
  'error.message': message,
  'error.messageString': `"${message}"`,
  'error.responseType': responseType,
});

/** Compares every variable; those that are not named must be absent. */
function expectValues(line: ReadonlyMap<string, string>, values: Values): void {
  for (const name of NAMES) {
    const wanted = values[name] ?? '-';
    const entry = [name, line.get(name)];
    if (typeof wanted === 'string') expect(entry).toEqual([name, wanted]);
    else expect(entry).toEqual([name, expect.stringMatching(wanted)]);
  }
  expect(line.get('requestId')).toBe(line.get('extendedRequestId'));
}

test('CONNECT, MESSAGE and DISCONNECT of who was let in', SLOW, async () => {
  const client = await enter('Allow');
  client.send({ action: 'ask' });
  expect(await client.next()).toBe('done');
  await client.close(1000);
  const common = { ...always(guarded), ...remembered(), status: '200' };
  expectValues(await byEvent(guarded, 'CONNECT', '200'), {
    ...{ ...common, ...ASKED, ...CALLED, eventType: 'CONNECT', routeKey: '$connect' },
    ...{ 'authorize.latency': MS, 'authorize.status': '200' },
  });
  const line = await byEvent(guarded, 'MESSAGE', '200');
  expectValues(line, {
    ...{ ...common, ...CALLED, eventType: 'MESSAGE', routeKey: 'ask', messageId: ID },
  });
  const end = await byEvent(guarded, 'DISCONNECT', '200');
  // What `$disconnect` answers is nobody's business.
  const called: Values = { ...CALLED, 'integration.status': '-' };
  expectValues(end, { ...common, ...called, eventType: 'DISCONNECT', routeKey: '$disconnect' });
  expect(end.get('connectionId')).toBe(line.get('connectionId'));
  expect(end.get('connectedAt')).toBe(line.get('connectedAt'));
});

test(
  'messages that fail: a function that throws, a model that does not fit, no route',
  SLOW,
  async () => {
    const client = await enter('Allow');
    client.send({ action: 'ask', x: 'boom' });
    client.send({ action: 'strict' });
    client.send({ action: 'nowhere' });
    for (let n = 0; n < 3; n++) await client.next();
    await client.close();
    const common = { ...always(guarded), ...remembered(), eventType: 'MESSAGE', messageId: ID };
    expectValues(await byEvent(guarded, 'MESSAGE', '502'), {
      ...{ ...common, status: '502', routeKey: 'ask' },
      ...failed('INTEGRATION_FAILURE', 'Internal server error'),
      ...{
        ...CALLED,
        'integration.status': '-',
        'integration.error': /^the function failed: .*boom/,
      },
    });
    expectValues(await byEvent(guarded, 'MESSAGE', '400'), {
      ...{ ...common, status: '400', routeKey: 'strict' },
      ...failed('BAD_REQUEST_BODY', 'Bad request body'),
      'error.validationErrorString': '[object has missing required properties (["x"])]',
    });
    expectValues(await byEvent(guarded, 'MESSAGE', '403'), {
      ...{ ...common, status: '403' },
      ...failed('ROUTE_NOT_FOUND', 'Forbidden'),
    });
  },
);

test('a client that the authorizer denies', SLOW, async () => {
  await expect(enter('Deny')).rejects.toMatchObject({ status: 403 });
  expectValues(await byEvent(guarded, 'CONNECT', '403'), {
    ...{ ...always(guarded), ...ASKED, eventType: 'CONNECT', routeKey: '$connect', status: '403' },
    ...failed('ACCESS_DENIED', 'Forbidden'),
    'identity.userAgent': 'tester/1',
    ...{ 'authorize.error': 'Forbidden', 'authorize.latency': MS, 'authorize.status': '403' },
  });
});

test('clients that sign, and that do not', SLOW, async () => {
  const url = urlOf(signed);
  const headers = await signedHeaders(url, PLAYER, { region: 'us-east-1' });
  await (await openChatter(url, { agent: node.agent, headers })).close();
  await expect(openChatter(url, { agent: node.agent })).rejects.toMatchObject({ status: 403 });
  const common: Values = { ...always(signed), eventType: 'CONNECT', routeKey: '$connect' };
  expectValues(await byEvent(signed, 'CONNECT', '200'), {
    ...{ ...common, ...CALLED, status: '200' },
    ...{ 'authenticate.latency': MS, 'authenticate.status': '200' },
    ...{ 'authorize.latency': MS, 'authorize.status': '200' },
    ...{ 'identity.accountId': '000000000000', 'identity.caller': 'player' },
    ...{ 'identity.user': 'player', 'identity.userArn': 'arn:aws:iam::000000000000:user/player' },
  });
  expectValues(await byEvent(signed, 'CONNECT', '403'), {
    ...{ ...common, status: '403' },
    ...failed('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token'),
    'authenticate.error': 'Missing Authentication Token',
    ...{ 'authenticate.latency': MS, 'authenticate.status': '403' },
  });
});
