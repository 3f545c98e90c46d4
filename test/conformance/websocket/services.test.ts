// Routes that call AWS services and a private back end by themselves, deployed by a template, used by a client over TLS.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../../support/chatter.ts';
import { adminClients } from '../../support/clients.ts';
import { startFakeServices, type FakeServices } from '../../support/fake-services.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { createFunction } from '../../support/websocket-api.ts';

const TEMPLATE = 'test/fixtures/apps/services/template.yaml';

/** The private back end. */
const orders = createServer(({ headers, url }, response) => response.end(`${headers.host}${url}`));
let services: FakeServices;
let node: TestNode;

beforeAll(async () => {
  services = await startFakeServices();
  await new Promise<void>((resolve) => orders.listen(0, '127.0.0.1', resolve));
  const names = ['SQS', 'SNS', 'EVENTBRIDGE', 'SFN', 'KINESIS'];
  node = await startNode({
    args: [TEMPLATE],
    env: {
      ...Object.fromEntries(names.map((name) => [`AWS_ENDPOINT_URL_${name}`, services.url])),
      AWS_ACCESS_KEY_ID: services.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: services.keys.secretAccessKey,
      POSTERN_VPC_LINKS: `orders=http://127.0.0.1:${(orders.address() as AddressInfo).port}`,
    },
  });
});

afterAll(async () => {
  await node.close();
  services.close();
  orders.close();
});

async function ask(message: unknown): Promise<string> {
  const [url = ''] = Object.values(node.ready.stacks[0]?.urls ?? {});
  const client = await openChatter(`${url}?name=ada`, { agent: node.agent });
  client.send(message);
  const answer = await client.next();
  await client.close(1000, '');
  return answer;
}

test('a handshake is kept in the embedded DynamoDB and found there by a message', async () => {
  const answer = JSON.parse(await ask({ action: 'who' })) as { name: string; since: number };
  expect(answer.name).toBe('ada');
  const { dynamodb } = adminClients(node);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'sockets' }));
  expect(Items.map(({ since }) => since)).toContainEqual({ N: String(answer.since) });
});

test.each([
  [
    { action: 'queue', job: { n: 1, text: 'a & b = ä' } },
    'queued m-1',
    {
      service: 'sqs',
      path: '/000000000000/jobs',
      action: 'SendMessage',
      input: { MessageBody: '{"n":1,"text":"a & b = ä"}' },
    },
  ],
  [
    { action: 'topic', text: 'hello' },
    'published n-1',
    {
      service: 'sns',
      path: '/',
      action: 'Publish',
      input: { Version: '2010-03-31', Message: 'hello' },
    },
  ],
  [
    { action: 'event', detail: { said: 'it "is"' } },
    'event e-1',
    {
      service: 'events',
      action: 'PutEvents',
      input: {
        Entries: [{ Source: 'chat', DetailType: 'said', Detail: '{"said":"it \\"is\\""}' }],
      },
    },
  ],
  [
    { action: 'workflow', input: { order: 7 } },
    'started arn:x-1',
    { service: 'states', action: 'StartExecution', input: { input: '{"order":7}' } },
  ],
  [
    { action: 'stream', move: { x: 1 } },
    'shard shardId-000000000000',
    {
      service: 'kinesis',
      action: 'PutRecord',
      input: { StreamName: 'moves', Data: 'eyJ4IjoxfQ==' },
    },
  ],
])('%o: %s', async (message, answer, call) => {
  expect(await ask(message)).toBe(answer);
  expect(services.calls.at(-1)).toMatchObject(call);
});

test('a refusal of a service is mapped by its status', async () => {
  expect(await ask({ action: 'topic' })).toBe('refused');
});

test('a VPC link named by a stage variable reaches its private back end', async () => {
  expect(await ask({ action: 'order' })).toBe('orders.internal/v1/orders');
});

test('a private back end that is away fails its route only', async () => {
  orders.closeAllConnections();
  await new Promise((resolve) => orders.close(resolve));
  expect(JSON.parse(await ask({ action: 'order' }))).toMatchObject({
    message: 'Internal server error',
  });
  expect(await ask({ action: 'topic', text: 'x' })).toBe('published n-1');
});

const CURIOUS = `
export const handler = async ({ TableName, key = 'any' }) => {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.Scan',
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + key + ', SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ TableName }),
  });
  return { status: answer.status, text: await answer.text() };
};
`;

test('a function reads the application’s tables and not the node’s own', async () => {
  const clients = adminClients(node);
  await createFunction(clients, 'curious', CURIOUS);
  const scan = async (TableName: string) => {
    const Payload = JSON.stringify({ TableName });
    const answer = await clients.lambda.send(
      new InvokeCommand({ FunctionName: 'curious', Payload }),
    );
    return JSON.parse(answer.Payload?.transformToString() ?? '') as {
      status: number;
      text: string;
    };
  };
  expect(await scan('sockets')).toMatchObject({ status: 200 });
  for (const own of ['postern-resources', 'postern-connections']) {
    const { status, text } = await scan(own);
    expect([status, text]).toEqual([400, expect.stringContaining('AccessDeniedException')]);
  }
});
