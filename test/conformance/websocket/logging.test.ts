// Logs and metrics through the official SDK: access lines, execution lines and /metrics follow a stage's settings at once.
import { UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../../support/chatter.ts';
import { managementClient } from '../../support/clients.ts';
import { figuresOf } from '../../support/figures.ts';
import { mockApi, type MockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const FORMAT =
  '$context.requestId $context.eventType $context.routeKey $context.status $context.connectionId $context.integration.status $context.error.responseType $context.identity.sourceIp $context.authorizer.principalId';
const LOG_GROUP = 'arn:aws:logs:us-east-1:000000000000:log-group';

let folder: string;
let node: TestNode;
let api: MockApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-logs-'));
  const file = join(folder, 'filed.log');
  node = await startNode({ env: { POSTERN_ACCESS_LOGS: `filed=${file}` } });
  api = await mockApi(node, {
    models: { X: { required: ['x'] } },
    routes: {
      $connect: {},
      ask: {},
      strict: { ModelSelectionExpression: '\\$default', RequestModels: { $default: 'X' } },
    },
  });
});
afterAll(async () => {
  await node.close();
  await rm(folder, { recursive: true });
});

const update = (input: object) =>
  api.gateway.send(new UpdateStageCommand({ ApiId: api.apiId, StageName: 'live', ...input }));

/** The whole conversation that the tests look at. */
async function converse(): Promise<string> {
  const client = await openChatter(api.url, { agent: node.agent });
  client.send({ action: 'ask' });
  expect(await client.next()).toBe('{"route":"ask"}');
  client.send({ action: 'strict' });
  const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
  client.send({ action: 'nowhere' });
  await client.next();
  await client.close(1000, 'done');
  return connectionId;
}

test('an access log on standard output: one line for CONNECT, each MESSAGE, DISCONNECT', async () => {
  await converse();
  expect(node.lines.filter(({ event }) => event === 'access')).toEqual([]);
  await update({ AccessLogSettings: { DestinationArn: `${LOG_GROUP}:out`, Format: FORMAT } });
  const connectionId = await converse();
  await node.line(
    ({ event, message }) => event === 'access' && String(message).includes('DISCONNECT'),
  );
  const lines = node.lines.filter(({ event }) => event === 'access');
  expect(lines[0]).toMatchObject({
    apiId: api.apiId,
    stage: 'live',
    destinationArn: `${LOG_GROUP}:out`,
  });
  expect(lines.map(({ message }) => String(message).replace(/^[\w-]{15}= /, ''))).toEqual([
    `CONNECT $connect 200 ${connectionId} 200 - 127.0.0.1 -`,
    `MESSAGE ask 200 ${connectionId} 200 - 127.0.0.1 -`,
    `MESSAGE strict 400 ${connectionId} - BAD_REQUEST_BODY 127.0.0.1 -`,
    `MESSAGE - 403 ${connectionId} - ROUTE_NOT_FOUND 127.0.0.1 -`,
    `DISCONNECT - 200 ${connectionId} - - 127.0.0.1 -`,
  ]);
});

test('an access log whose log group the configuration maps to a file', async () => {
  await update({ AccessLogSettings: { DestinationArn: `${LOG_GROUP}:filed`, Format: FORMAT } });
  const connectionId = await converse();
  await expect
    .poll(async () => (await readFile(join(folder, 'filed.log'), 'utf8')).split('\n'))
    .toHaveLength(6);
  expect(await readFile(join(folder, 'filed.log'), 'utf8')).toContain(`200 ${connectionId} 200`);
});

test('execution logs at INFO with data trace, for the route that asks for them', async () => {
  await update({ RouteSettings: { ask: { LoggingLevel: 'INFO', DataTraceEnabled: true } } });
  await converse();
  const completed = await node.line(
    ({ component, message }) =>
      component === 'execution' && String(message).includes('Method completed'),
  );
  const lines = node.lines.filter(({ requestId }) => requestId === completed['requestId']);
  expect(lines.map(({ message }) => String(message).replace(/^\([\w-]{15}=\) /, ''))).toEqual([
    expect.stringContaining('Starting execution for request: '),
    expect.stringMatching(/^MESSAGE ask of connection/),
    'Method request body before transformations: {"action":"ask"}',
    expect.stringContaining('Integration answered status 200'),
    'Method response body after transformations: {"route":"ask"}',
    'Method completed with status: 200',
  ]);
  expect(lines[0]).toMatchObject({ event: 'log', level: 'info', routeKey: 'ask' });
});

test('/metrics counts connects, messages both ways, refusals; routes with detailed metrics', async () => {
  const before = await figuresOf(node);
  await update({ RouteSettings: { ask: { DetailedMetricsEnabled: true } } });
  const client = await openChatter(api.url, { agent: node.agent });
  client.send({ action: 'ask' });
  await client.next();
  client.send({ action: 'strict' });
  const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
  const push = new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hi' });
  await managementClient(node, api.apiId, 'live').send(push);
  await client.next();
  const after = await figuresOf(node);
  const grown = (name: string, route = '') => {
    const key = `postern_${name}_total{ApiId="${api.apiId}",Stage="live"${route}}`;
    return (after.get(key) ?? 0) - (before.get(key) ?? 0);
  };
  expect(grown('connect_count')).toBe(1);
  expect(grown('message_count')).toBe(3);
  expect(grown('client_error')).toBe(1);
  expect(grown('message_count', ',Route="ask"')).toBe(2);
  await client.close();
});
