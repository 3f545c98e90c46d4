// Lambda authorizers on $connect through the SDK: every verdict, and the context in every later event, also after a crash.
import {
  GetAuthorizerCommand,
  GetAuthorizersCommand,
  UpdateAuthorizerCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { AddPermissionCommand, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, Refused } from '../../support/chatter.ts';
import { adminClients } from '../../support/clients.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

const HANDLER = `
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  return { statusCode: 200, body: JSON.stringify(event.requestContext) };
};
`;

/** Does what the token says. */
const GUARD = `
const policy = (Effect, Resource) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
});
const ANSWERS = {
  allow: (arn) => ({
    principalId: 'u-481',
    policyDocument: policy('Allow', arn),
    context: { tier: 'gold', level: 3, vip: true },
  }),
  deny: (arn) => ({ principalId: 'u-481', policyDocument: policy('Deny', arn) }),
  noask: (arn) => {
    const { Version, Statement } = policy('Deny', arn.replace('$connect', 'ask'));
    const policyDocument = { Version, Statement: [...Statement, ...policy('Allow', '*').Statement] };
    return { principalId: 'u-481', policyDocument };
  },
  elsewhere: (arn) => ({ principalId: 'u-481', policyDocument: policy('Allow', arn + '/x') }),
  unauthorized: () => { throw new Error('Unauthorized'); },
  throw: () => { throw new Error('unauthorized, or what'); },
  nobody: (arn) => ({ policyDocument: policy('Allow', arn) }),
  nested: (arn) => ({ ...ANSWERS.allow(arn), context: { deep: { a: 1 } } }),
  long: (arn) => ({ ...ANSWERS.allow(arn), context: { long: 'a'.repeat(9000) } }),
  text: () => 'Allow',
};
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  return ANSWERS[event.queryStringParameters.token](event.methodArn);
};
`;

let data: string;
let node: TestNode;
let apiId: string;

const urlOf = (): string =>
  `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
const open = (query: string, headers: Record<string, string> = { 'X-Room': 'r7' }) =>
  openChatter(`${urlOf()}${query}`, { agent: node.agent, headers });

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'postern-authorizers-'));
  node = await startNode({ data });
  const clients = adminClients(node);
  await createFunction(clients, 'desk', HANDLER);
  await createFunction(clients, 'guard', GUARD);
  apiId = await createApi(clients, {
    name: 'guarded',
    handler: 'desk',
    connect: { AuthorizationType: 'CUSTOM' },
    authorizer: {
      handler: 'guard',
      sources: ['route.request.querystring.token', 'route.request.header.X-Room'],
    },
  });
});

afterAll(async () => {
  await node.close();
  await rm(data, { recursive: true, force: true });
});

test.each([
  ['deny', 403, 'ForbiddenException', 'Forbidden'],
  ['elsewhere', 403, 'ForbiddenException', 'Forbidden'],
  ['unauthorized', 401, 'UnauthorizedException', 'Unauthorized'],
  ['throw', 500, 'AuthorizerFailureException', 'Internal server error'],
  ['nobody', 500, 'AuthorizerConfigurationException', 'Internal server error'],
  ['nested', 500, 'AuthorizerConfigurationException', 'Internal server error'],
  ['long', 500, 'AuthorizerConfigurationException', 'Internal server error'],
  ['text', 500, 'AuthorizerConfigurationException', 'Internal server error'],
])('an authorizer that answers %s: %i', async (token, status, errorType, message) => {
  const refusal: unknown = await open(`?token=${token}`).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Refused);
  expect(refusal).toMatchObject({
    status,
    headers: { 'x-amzn-errortype': errorType },
    body: JSON.stringify({ message }),
  });
});

test.each([
  ['no query', '', { 'X-Room': 'r7' }],
  ['an empty token', '?token=', { 'X-Room': 'r7' }],
  ['no header', '?token=allow', {}],
])('with %s it is 401, and the authorizer is not asked', async (_, query, headers) => {
  const asked = timesAsked();
  const refusal: unknown = await open(query, headers).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    status: 401,
    headers: { 'x-amzn-errortype': 'UnauthorizedException' },
    body: '{"message":"Unauthorized"}',
  });
  // Whoever is let in afterwards is the first that the function hears of.
  await (await open('?token=allow')).close();
  await expect.poll(timesAsked).toBe(asked + 1);
});

/** How many events the function has printed. */
const timesAsked = (): number =>
  node.lines.filter(
    ({ event, message }) => event === 'function' && String(message).includes('"type":"REQUEST"'),
  ).length;

test('a statement about another route than $connect has no effect', async () => {
  const client = await open('?token=noask');
  client.send({ action: 'ask' });
  expect(JSON.parse(await client.next())).toMatchObject({ routeKey: 'ask' });
  await client.close();
});

const CONTEXT = { principalId: 'u-481', tier: 'gold', level: '3', vip: 'true' };

test('who is let in keeps the authorizer’s context in CONNECT, MESSAGE and DISCONNECT', async () => {
  const client = await open('?token=allow');
  client.send({ action: 'ask' });
  const context = JSON.parse(await client.next()) as Record<string, unknown>;
  expect(context['authorizer']).toEqual(CONTEXT);
  const { connectionId } = context;
  const asked = await loggedEvent(
    node,
    (other, { type }) => type === 'REQUEST' && other['connectionId'] === connectionId,
  );
  expect(asked).toMatchObject({
    methodArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/live/$connect`,
    queryStringParameters: { token: 'allow' },
    headers: { 'X-Room': 'r7', Upgrade: 'websocket' },
    stageVariables: {},
    requestContext: { routeKey: '$connect', eventType: 'CONNECT', apiId },
  });
  const connect = await loggedEvent(
    node,
    (other, { type }) => type === undefined && other['connectionId'] === connectionId,
  );
  expect(connect.requestContext).toMatchObject({
    eventType: 'CONNECT',
    authorizer: { ...CONTEXT, integrationLatency: expect.any(Number) as number },
  });
  await client.close(1000, 'done');
  const end = await loggedEvent(
    node,
    (other) => other['connectionId'] === connectionId && other['eventType'] === 'DISCONNECT',
  );
  expect(end.requestContext['authorizer']).toEqual(CONTEXT);
});

test('the control plane shows the authorizer', async () => {
  const { gateway } = adminClients(node);
  const { Items = [] } = await gateway.send(new GetAuthorizersCommand({ ApiId: apiId }));
  expect(Items).toHaveLength(1);
  const AuthorizerId = Items[0]?.AuthorizerId;
  const shown = await gateway.send(new GetAuthorizerCommand({ ApiId: apiId, AuthorizerId }));
  expect(shown).toMatchObject({ Name: 'guard', AuthorizerType: 'REQUEST' });
});

test('another authorizer leaves open sockets alone: none is asked again, up to the end', async () => {
  const { gateway } = adminClients(node);
  const { Items: [{ AuthorizerId, AuthorizerUri = '' } = {}] = [] } = await gateway.send(
    new GetAuthorizersCommand({ ApiId: apiId }),
  );
  const client = await open('?token=allow');
  const decidedBy = (uri: string) =>
    gateway.send(new UpdateAuthorizerCommand({ ApiId: apiId, AuthorizerId, AuthorizerUri: uri }));
  await decidedBy(AuthorizerUri.replace('guard', 'desk'));
  await expect(open('?token=allow')).rejects.toMatchObject({ status: 500 });
  client.send({ action: 'ask' });
  const { connectionId, authorizer } = JSON.parse(await client.next()) as Record<string, unknown>;
  expect(authorizer).toEqual(CONTEXT);
  await client.close(1000);
  const end = await loggedEvent(
    node,
    (other) => other['connectionId'] === connectionId && other['eventType'] === 'DISCONNECT',
  );
  expect(end.requestContext['authorizer']).toEqual(CONTEXT);
  const asked = node.lines.filter(
    ({ message }) =>
      String(message).includes('"type":"REQUEST"') &&
      String(message).includes(String(connectionId)),
  );
  expect(asked).toHaveLength(1);
  await decidedBy(AuthorizerUri);
});

test('access logs tell how the phases went', async () => {
  const { gateway } = adminClients(node);
  const names = [
    'eventType',
    'status',
    'authorizer.principalId',
    'authorizer.tier',
    'authorizer.status',
    'authorizer.integrationStatus',
    'authorizer.error',
    'authorize.status',
    'authorize.error',
    'requestId',
  ];
  const AccessLogSettings = {
    DestinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:out',
    Format: names.map((name) => `$context.${name}`).join(' '),
  };
  await gateway.send(
    new UpdateStageCommand({ ApiId: apiId, StageName: 'live', AccessLogSettings }),
  );
  await (await open('?token=allow')).close();
  await open('?token=deny').catch(() => undefined);
  await open('?token=unauthorized').catch(() => undefined);
  await open('?token=text').catch(() => undefined);
  for (const line of [
    'CONNECT 200 u-481 gold 200 200 - 200 -',
    'CONNECT 403 - - 200 200 - 403 Forbidden',
    'CONNECT 401 - - 401 200 Unauthorized - -',
    'CONNECT 500 - - 500 200 Internal server error - -',
  ]) {
    await node.line(
      ({ event, message }) => event === 'access' && String(message).startsWith(`${line} `),
    );
  }
});

test('an authorizer that API Gateway may not invoke is a 500', async () => {
  const { lambda } = adminClients(node);
  const of = { FunctionName: 'guard', StatementId: 'gateway' };
  await lambda.send(new RemovePermissionCommand(of));
  await expect(open('?token=allow')).rejects.toMatchObject({
    status: 500,
    headers: { 'x-amzn-errortype': 'AuthorizerConfigurationException' },
    body: '{"message":"Internal server error"}',
  });
  await lambda.send(
    new AddPermissionCommand({
      ...of,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}/authorizers/*`,
    }),
  );
  await (await open('?token=allow')).close();
});

test('a node that dies leaves the context to the DISCONNECT of the next one', async () => {
  const client = await open('?token=allow');
  client.send({ action: 'ask' });
  const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
  await node.end('SIGKILL');
  node.agent.destroy();
  node = await startNode({ data });
  const end = await loggedEvent(
    node,
    (other) => other['connectionId'] === connectionId && other['eventType'] === 'DISCONNECT',
  );
  expect(end.requestContext).toMatchObject({ disconnectStatusCode: 1006, authorizer: CONTEXT });
});
