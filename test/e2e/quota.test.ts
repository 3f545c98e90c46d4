// One quota on two nodes over one DynamoDB and one Redis: together, after a kill, while Redis is away and when it is back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  GetUsageCommand,
} from '@aws-sdk/client-api-gateway';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, redisProcess, type Backend } from '../support/backends.ts';
import { openChatter, Refused } from '../support/chatter.ts';
import { clientSettings } from '../support/clients.ts';
import { startEmbeddedDynamoDb } from '../support/embedded-dynamodb.ts';
import { mockApi } from '../support/mock-api.ts';
import { startNode, type TestNode } from '../support/node.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'secret' };
const nodes: TestNode[] = [];

let folder: string;
let dynamodb: Backend;
let redisPort: number;
let redis: Backend;
let a: TestNode;
let b: TestNode;
let apiId: string;

async function startOne(name: string): Promise<TestNode> {
  const args = [
    ...['--dynamodb', dynamodb.url, '--redis', `redis://127.0.0.1:${redisPort}`],
    ...['--ca', join(folder, 'ca')],
  ];
  const node = await startNode({ data: join(folder, name), env: KEYS, args });
  nodes.push(node);
  return node;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-quota-'));
  redisPort = await freePort();
  [dynamodb, redis] = await Promise.all([startEmbeddedDynamoDb(), redisProcess(redisPort)]);
  a = await startOne('a');
  b = await startOne('b');
  ({ apiId } = await mockApi(a, {
    routes: { $connect: { ApiKeyRequired: true, AuthorizationType: 'NONE' } },
  }));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await Promise.all([redis.stop(), dynamodb.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** A key with a quota of its own, known to both nodes. */
async function keyOf(limit: number) {
  const rest = new APIGatewayClient(clientSettings(a));
  const key = await rest.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  const plan = await rest.send(
    new CreateUsagePlanCommand({
      name: 'p',
      apiStages: [{ apiId, stage: 'live' }],
      quota: { limit, period: 'MONTH' },
    }),
  );
  const ids = { usagePlanId: String(plan.id), keyId: String(key.id) };
  await rest.send(new CreateUsagePlanKeyCommand({ ...ids, keyType: 'API_KEY' }));
  return { ...ids, value: String(key.value) };
}

/** Whether one connection was let in: true, or the status of its refusal. */
async function connect(node: TestNode, value: string): Promise<true | number> {
  const url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
  try {
    const chatter = await openChatter(url, {
      agent: node.agent,
      headers: { 'x-api-key': value },
    });
    await chatter.close();
    return true;
  } catch (error) {
    if (error instanceof Refused) return error.status;
    throw error;
  }
}

/** How many of `times` connections in turn were let in; the others are over the quota. */
async function letIn(on: readonly TestNode[], value: string, times: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n++) {
    const answer = await connect(on[n % on.length] as TestNode, value);
    if (answer === true) count++;
    else expect(answer).toBe(429);
  }
  return count;
}

/** `[used, remaining]` of today as a node tells it. */
async function usage(
  node: TestNode,
  { usagePlanId, keyId }: { readonly usagePlanId: string; readonly keyId: string },
) {
  const day = new Date().toISOString().slice(0, 10);
  const rest = new APIGatewayClient(clientSettings(node));
  const span = { startDate: day, endDate: day };
  const { items } = await rest.send(new GetUsageCommand({ usagePlanId, keyId, ...span }));
  return items?.[keyId]?.[0];
}

const said = (node: TestNode, text: string) =>
  node.line(({ message }) => String(message).includes(text));

test('two nodes let in as many as the quota says, and both know it', async () => {
  const { value, ...ids } = await keyOf(6);
  await expect.poll(() => connect(b, value), { timeout: 10_000 }).toBe(true);
  expect(await letIn([a, b], value, 12)).toBe(5);
  expect(await usage(a, ids)).toEqual([6, 0]);
  expect(await usage(b, ids)).toEqual([6, 0]);
});

test('while Redis is away each node goes on; when it is back nothing is forgotten or counted twice', async () => {
  const { value, ...ids } = await keyOf(20);
  await expect.poll(() => connect(b, value), { timeout: 10_000 }).toBe(true);
  expect(await letIn([a, b], value, 4)).toBe(4);
  await redis.stop();
  expect(await letIn([a, b], value, 6)).toBe(6);
  await said(a, 'this node counts requests and usage by itself');
  redis = await redisProcess(redisPort);
  const back = 'requests and usage are counted for all nodes together';
  await Promise.all([said(a, back), said(b, back)]);
  await expect.poll(() => usage(a, ids), { timeout: 10_000 }).toEqual([11, 9]);
  expect(await letIn([a, b], value, 20)).toBe(9);
  expect(await usage(b, ids)).toEqual([20, 0]);
});

test('what a killed node has counted stays counted', async () => {
  const { value, ...ids } = await keyOf(5);
  await expect.poll(() => connect(b, value), { timeout: 10_000 }).toBe(true);
  expect(await letIn([b], value, 2)).toBe(2);
  await b.end('SIGKILL');
  expect(await letIn([a], value, 4)).toBe(2);
  expect(await usage(a, ids)).toEqual([5, 0]);
});
