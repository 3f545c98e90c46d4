// Nodes on an external DynamoDB and a Redis: back ends that come late, two nodes as one gateway, one of them killed.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CreateRouteCommand,
  UpdateApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, redisProcess, type Backend } from '../support/backends.ts';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { adminClients, managementClient } from '../support/clients.ts';
import { postern } from '../support/command.ts';
import { startEmbeddedDynamoDb } from '../support/embedded-dynamodb.ts';
import { startNode, type TestNode } from '../support/node.ts';

const API = 'faulty0api';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'secret' };

let folder: string;
let ports: { readonly dynamodb: number; readonly redis: number };
let dynamodb: Backend | undefined;
let redis: Backend | undefined;
let backendFlags: readonly string[];
const nodes: TestNode[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-backends-'));
  ports = { dynamodb: await freePort(), redis: await freePort() };
  backendFlags = [
    ...['--dynamodb', `http://127.0.0.1:${ports.dynamodb}`],
    ...['--redis', `redis://127.0.0.1:${ports.redis}`],
    ...['--ca', join(folder, 'ca')],
  ];
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await Promise.all([redis?.stop(), dynamodb?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** `GET /readyz` of the admin listener at `url`; status 0 while nothing listens there. */
function readyz(url: string, ca: string): Promise<{ status: number; reasons: string }> {
  return new Promise((resolve) => {
    const call = request(`${url}/readyz`, { ca, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, reasons: body }));
    });
    call.on('error', (error) => resolve({ status: 0, reasons: error.message }));
    call.end();
  });
}

const open = (node: TestNode): Promise<Chatter> =>
  openChatter(`${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${API}/live`, {
    ca: node.caText,
  });

async function answerOf(one: Chatter): Promise<Readonly<Record<string, unknown>>> {
  one.send({ deed: 'live' });
  return JSON.parse(await one.next()) as Readonly<Record<string, unknown>>;
}

const idOf = async (one: Chatter): Promise<string> => String((await answerOf(one))['connectionId']);

/** A stage's variable and a function's environment: live without a deployment. */
async function changeThingsOn(node: TestNode): Promise<void> {
  const { gateway, lambda } = adminClients(node);
  const StageVariables = { told: 'while-away' };
  await gateway.send(new UpdateStageCommand({ ApiId: API, StageName: 'live', StageVariables }));
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const Environment = { Variables: { REVISION: '2' } };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: Functions[0]?.FunctionName,
      Environment,
    }),
  );
}

const push = (node: TestNode, ConnectionId: string, text: string): Promise<unknown> =>
  managementClient(node, API, 'live').send(
    new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(text) }),
  );

async function startOne(name: string, ...args: readonly string[]): Promise<TestNode> {
  const data = join(folder, name);
  const node = await startNode({ data, env: KEYS, args: [...backendFlags, ...args] });
  nodes.push(node);
  return node;
}

const printed = (node: TestNode, text: string) =>
  node.line(({ message }) => String(message).includes(text));

test('a node waits for back ends that are away, says so at /readyz, and is ready when they come', async () => {
  const admin = await freePort();
  const flags = [...backendFlags, '--port', '0', '--admin-port', String(admin)];
  const node = postern(['start', ...flags, '--data', join(folder, 'late')], { env: KEYS });
  const url = `https://localhost:${admin}`;
  const state = async (): Promise<{ status: number; reasons: string }> =>
    readyz(url, await readFile(join(folder, 'ca/ca.pem'), 'utf8').catch(() => ''));
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({
    status: 503,
    reasons: expect.stringMatching(/ECONNREFUSED.*Redis at .*ECONNREFUSED/) as string,
  });
  expect(node.out).toBe('');
  dynamodb = await startEmbeddedDynamoDb({ port: ports.dynamodb });
  await expect
    .poll(async () => (await state()).reasons, { timeout: 20_000 })
    .not.toContain('store');
  expect(await state()).toMatchObject({
    status: 503,
    reasons: expect.stringContaining('Redis at') as string,
  });
  expect(node.out).toBe('');
  redis = await redisProcess(ports.redis);
  await node.prints(/gateway +https:/);
  expect(await state()).toEqual({ status: 200, reasons: '{"ready":true,"reasons":[]}' });
  node.process.kill('SIGTERM');
  expect(await node.exited).toBe(0);
});

test('a node whose DynamoDB takes connections and says nothing ends with 0 when it is told to', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  const asked = once(mute, 'connection');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const flags = ['--dynamodb', `http://127.0.0.1:${port}`, '--port', '0', '--admin-port', '0'];
  const data = await mkdtemp(join(folder, 'mute-'));
  const node = postern(['start', ...flags, '--data', data], { env: KEYS });
  await asked;
  node.process.kill('SIGTERM');
  // Long before the requests have been given up, which takes half a minute.
  const late = new Promise((resolve) => setTimeout(resolve, 12_000, 'still running').unref());
  expect(await Promise.race([node.exited, late])).toBe(0);
  mute.close();
});

test.each([
  ['its DynamoDB', ['--dynamodb', 'http://127.0.0.1:1']],
  ['its Redis', ['--redis', 'redis://127.0.0.1:1']],
  ['both', ['--dynamodb', 'http://127.0.0.1:1', '--redis', 'redis://127.0.0.1:1']],
])(
  'a node that waits for %s ends with 0 when it is told to, and has said why',
  async (_, flags) => {
    const data = await mkdtemp(join(folder, 'never-'));
    const ports = ['--port', '0', '--admin-port', '0', '--json'];
    const node = postern(['start', ...flags, ...ports, '--data', data], { env: KEYS });
    await node.prints(/the (?:store is not there yet|bus is away)/);
    expect(node.out).toBe('');
    node.process.kill('SIGTERM');
    expect(await node.exited).toBe(0);
  },
);

let a: TestNode;
let b: TestNode;

test('two nodes are one gateway: what is deployed on one is served by the other, and pushes cross', async () => {
  a = await startOne('a', 'test/fixtures/apps/faulty/template.yaml', '--stack', 'faulty');
  b = await startOne('b');
  const [ofA, ofB] = await Promise.all([open(a), open(b)]);
  const [idA, idB] = await Promise.all([idOf(ofA), idOf(ofB)]);
  await Promise.all([push(a, idB, 'from a'), push(b, idA, 'from b')]);
  expect(await Promise.all([ofA.next(), ofB.next()])).toEqual(['from b', 'from a']);
  await ofB.close();
  await expect(push(a, idB, 'late')).rejects.toMatchObject({ name: 'GoneException' });

  const { gateway } = adminClients(b);
  await gateway.send(new UpdateApiCommand({ ApiId: API, Name: 'Known to both' }));
  await expect(
    adminClients(a).gateway.send(new CreateRouteCommand({ ApiId: API, RouteKey: '$default' })),
  ).rejects.toMatchObject({ name: 'ConflictException' });
  await ofA.close();
});

test('while Redis is away a node serves its own sockets and says so, and comes back with it', async () => {
  const [ofA, ofB] = await Promise.all([open(a), open(b)]);
  const [idA, idB] = await Promise.all([idOf(ofA), idOf(ofB)]);
  await redis?.stop();
  await expect.poll(() => readyz(a.ready.admin, a.caText)).toMatchObject({ status: 503 });
  await push(a, idA, 'to my own');
  expect(await ofA.next()).toBe('to my own');
  await expect(push(a, idB, 'to the other')).rejects.toMatchObject({
    $metadata: { httpStatusCode: 500 },
  });
  await changeThingsOn(a);
  expect(await answerOf(ofA)).toMatchObject({ told: 'while-away', revision: '2' });
  expect(await answerOf(ofB)).not.toHaveProperty('told');
  redis = await redisProcess(ports.redis);
  await expect
    .poll(() => readyz(a.ready.admin, a.caText), { timeout: 20_000 })
    .toMatchObject({ status: 200 });
  await expect
    .poll(() => readyz(b.ready.admin, b.caText), { timeout: 20_000 })
    .toMatchObject({ status: 200 });
  await expect
    .poll(() => answerOf(ofB), { timeout: 20_000 })
    .toMatchObject({ told: 'while-away', revision: '2' });
  await push(a, idB, 'to the other again');
  expect(await ofB.next()).toBe('to the other again');
  await Promise.all([ofA.close(), ofB.close()]);
});

test('a killed node is taken over by the other when its lease has lapsed', async () => {
  const [ofA, ...ofB] = await Promise.all([open(a), open(b), open(b)]);
  const idA = await idOf(ofA);
  const ids = await Promise.all(ofB.map(idOf));
  await b.end('SIGKILL');
  await Promise.all(ofB.map(({ closed }) => closed));
  await expect(push(a, ids[0] ?? '', 'x')).rejects.toMatchObject({ name: 'GoneException' });
  for (const id of ids) await printed(a, `ENDED ${id} 1006 Connection Closed Abnormally`);
  const scan = new ScanCommand({ TableName: 'postern-connections', ConsistentRead: true });
  const { dynamodb: client } = adminClients(a);
  await expect.poll(async () => (await client.send(scan)).Count).toBe(1);
  await push(a, idA, 'still here');
  expect(await ofA.next()).toBe('still here');
  await ofA.close();
});

test('a node drains and ends with 0 though Redis is away', async () => {
  const one = await open(a);
  await redis?.stop();
  await expect.poll(() => readyz(a.ready.admin, a.caText)).toMatchObject({ status: 503 });
  expect(await Promise.all([a.end(), one.closed])).toMatchObject([0, { code: 1001 }]);
});
