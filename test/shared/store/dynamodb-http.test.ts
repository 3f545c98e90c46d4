// The plain client of DynamoDB: what it signs and where it sends it, what it tries again, and what its errors say.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { readRequest } from '#shared/aws-api/http.ts';
import type { WireRequest } from '#shared/aws-api/wire.ts';
import { DynamoDbCalls } from '#shared/store/dynamodb-calls.ts';
import { DynamoDbConnection } from '#shared/store/dynamodb-client.ts';
import { DynamoDbHttp } from '#shared/store/dynamodb-http.ts';

/** Status and body of the answers, in turn; the last one stays. `0` hangs up, `-1` says nothing. */
let answers: [status: number, body: string][];
let asked: WireRequest[];
let server: Server;
let url: string;

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };

beforeEach(async () => {
  answers = [[200, '{}']];
  asked = [];
  server = createServer((request, response) => {
    void readRequest(request, 1 << 20).then((wire) => {
      asked.push(wire);
      const [status, body] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [0, ''];
      if (status < 0) return;
      if (status === 0) return void request.socket.destroy();
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function clientOf(endpoint = url): DynamoDbHttp {
  return new DynamoDbHttp({
    region: 'eu-west-1',
    endpoint: () => endpoint,
    credentials: () => Promise.resolve(KEYS),
    now: Date.now,
  });
}

async function call(endpoint = url): Promise<string> {
  const client = clientOf(endpoint);
  try {
    return await new DynamoDbCalls(client).call('BatchWriteItem', '{"ä":1}');
  } finally {
    client.close();
  }
}

test('a call is a POST of its JSON that SigV4 verifies, to the path of the endpoint', async () => {
  answers = [[200, '{"Done":1}']];
  expect(await call(`${url}/alternator/`)).toBe('{"Done":1}');
  const [request] = asked;
  if (request === undefined) throw new Error('nothing came');
  expect(request).toMatchObject({ method: 'POST', url: '/alternator/' });
  expect(request.body.toString()).toBe('{"ä":1}');
  expect(request.rawHeaders).toContain('DynamoDB_20120810.BatchWriteItem');
  const owner = { name: 'me', accessKeyId: KEYS.accessKeyId };
  const verifier = new SigV4Verifier(
    new Credentials([{ ...KEYS, principal: owner }], { open: false }),
  );
  expect(verifier.verify(request, 'dynamodb', 'eu-west-1').principal).toEqual(owner);
});

const error = (type: string): string => JSON.stringify({ __type: `x.y#${type}`, message: 'no' });

test('what may pass is tried again, four times at most', async () => {
  answers = [
    [500, '<html>'],
    [400, error('ThrottlingException')],
    [0, ''],
    [200, 'done'],
  ];
  expect(await call()).toBe('done');
  answers = [[503, 'null']];
  await expect(call()).rejects.toMatchObject({
    name: 'HTTP 503',
    $metadata: { httpStatusCode: 503 },
  });
  expect(asked).toHaveLength(8);
});

test('a transaction whose lost answer is still being made is asked for again', async () => {
  answers = [
    [0, ''],
    [400, error('TransactionInProgressException')],
    [200, 'done'],
  ];
  expect(await call()).toBe('done');
});

test('a call under way fails with the close, and asks nobody again', async () => {
  answers = [
    [-1, ''],
    [200, 'done'],
  ];
  const client = clientOf();
  const calls = new DynamoDbCalls(client);
  const calling = calls.call('PutItem', '{}');
  await vi.waitUntil(() => asked.length > 0);
  calls.close();
  client.close();
  await expect(calling).rejects.toThrow();
  expect(asked).toHaveLength(1);
});

test('a refusal is told at once, under its name', async () => {
  answers = [[400, error('ValidationException')]];
  await expect(call()).rejects.toMatchObject({ name: 'ValidationException', message: 'no' });
  expect(asked).toHaveLength(1);
});

test('without an endpoint, calls go where the SDK has found DynamoDB', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', url);
  const connection = new DynamoDbConnection({ region: 'us-east-1', credentials: KEYS });
  try {
    await connection.send((send) => send(new ListTablesCommand({})));
    expect(await connection.call('BatchWriteItem', '{}')).toBe('{}');
    expect(asked).toHaveLength(2);
  } finally {
    connection.close();
  }
});
