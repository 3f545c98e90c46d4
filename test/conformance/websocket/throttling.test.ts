// Throttling through the official SDK: stage and route settings are live at once, callbacks get the modelled exception.
import {
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DeleteRouteSettingsCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRedis } from '../../support/backends.ts';
import { openChatter } from '../../support/chatter.ts';
import { managementClient } from '../../support/clients.ts';
import { limitsFile } from '../../support/limits-file.ts';
import { mockApi, type MockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const FRAME =
  /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/;
const BLOCKED = { ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0 };

let node: TestNode;
let api: MockApi;
beforeAll(async () => {
  node = await startNode();
  api = await mockApi(node, { routes: { $connect: {}, ask: {}, tell: {} } });
});
afterAll(() => node.close());

const update = (input: object) =>
  api.gateway.send(new UpdateStageCommand({ ApiId: api.apiId, StageName: 'live', ...input }));

test('RouteSettings block one route without a deployment, on open sockets too, until they are deleted', async () => {
  const client = await openChatter(api.url, { agent: node.agent });
  client.send({ action: 'ask' });
  expect(await client.next()).toBe('{"route":"ask"}');
  await update({ RouteSettings: { ask: BLOCKED } });
  client.send({ action: 'ask' });
  expect(await client.next()).toMatch(FRAME);
  client.send({ action: 'tell' });
  expect(await client.next()).toBe('{"route":"tell"}');
  await api.gateway.send(
    new DeleteRouteSettingsCommand({ ApiId: api.apiId, StageName: 'live', RouteKey: 'ask' }),
  );
  client.send({ action: 'ask' });
  expect(await client.next()).toBe('{"route":"ask"}');
  await client.close();
});

test('DefaultRouteSettings of 0 block all, $connect with 429; a route of its own numbers is open', async () => {
  const client = await openChatter(api.url, { agent: node.agent });
  await update({
    DefaultRouteSettings: BLOCKED,
    RouteSettings: { tell: { ThrottlingBurstLimit: 50, ThrottlingRateLimit: 100 } },
  });
  const refusal = openChatter(api.url, { agent: node.agent });
  await expect(refusal).rejects.toMatchObject({
    status: 429,
    headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
    body: '{"message":"Too Many Requests"}',
  });
  client.send({ action: 'ask' });
  expect(await client.next()).toMatch(FRAME);
  client.send({ action: 'tell' });
  expect(await client.next()).toBe('{"route":"tell"}');
  await client.close();
});

test('a route of rate 0.001 and burst 2 lets two messages through', async () => {
  await update({
    DefaultRouteSettings: { ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100 },
    RouteSettings: { ask: { ThrottlingBurstLimit: 2, ThrottlingRateLimit: 0.001 } },
  });
  const client = await openChatter(api.url, { agent: node.agent });
  const answers: string[] = [];
  for (let n = 0; n < 4; n++) {
    client.send({ action: 'ask' });
    answers.push(await client.next());
  }
  expect(answers.slice(0, 2)).toEqual(['{"route":"ask"}', '{"route":"ask"}']);
  for (const answer of answers.slice(2)) expect(answer).toMatch(FRAME);
  await client.close();
});

test('the account limit: callbacks get LimitExceededException, messages the frame', async () => {
  const config = await limitsFile({ requestsPerSecond: 0.001, requestBurst: 4 });
  const limited = await startNode({ env: config.env });
  try {
    const { apiId, url } = await mockApi(limited, { routes: { ask: {} } });
    const client = await openChatter(url, { agent: limited.agent });
    client.send({ action: 'ask' });
    expect(await client.next()).toBe('{"route":"ask"}');
    client.send({ action: 'none' });
    const { connectionId } = JSON.parse(await client.next()) as { connectionId: string };
    const pushes = managementClient(limited, apiId, 'live');
    const push = new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hi' });
    await pushes.send(push);
    expect(await client.next()).toBe('hi');
    const refusal: unknown = await pushes.send(push).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LimitExceededException);
    expect(refusal).toMatchObject({ $metadata: { httpStatusCode: 429 } });
    client.send({ action: 'ask' });
    expect(await client.next()).toMatch(FRAME);
    await client.close();
  } finally {
    await limited.close();
    await config.remove();
  }
});

test('two nodes with one Redis share the rate of the account', async () => {
  const redis = await startRedis();
  const config = await limitsFile({ requestsPerSecond: 0.001, requestBurst: 4 });
  const account = String(Date.now()).slice(-12).padStart(12, '1');
  const start = () =>
    startNode({
      args: ['--redis', redis.url, '--account', account],
      env: config.env,
    });
  const nodes = await Promise.all([start(), start()]);
  try {
    const answers: string[] = [];
    for (const one of nodes) {
      const { url } = await mockApi(one, { routes: { ask: {} } });
      const client = await openChatter(url, { agent: one.agent });
      for (let n = 0; n < 2 && answers.length < 3; n++) {
        client.send({ action: 'ask' });
        answers.push(await client.next());
      }
      await client.close();
    }
    expect(answers.slice(0, 2)).toEqual(['{"route":"ask"}', '{"route":"ask"}']);
    expect(answers[2]).toMatch(FRAME);
  } finally {
    await Promise.all(nodes.map((one) => one.close()));
    await redis.stop();
    await config.remove();
  }
});
