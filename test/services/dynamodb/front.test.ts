// DynamoDB on the admin listener: who is let in, and what goes on to the database.
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DynamoDbFront } from '#services/dynamodb/front.ts';
import { Credentials, openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { silentLogger } from '#shared/runtime/logger.ts';

const KEY = { accessKeyId: 'AKIDALICE', secretAccessKey: 'alice-secret' };
const alice = { ...KEY, principal: { name: 'alice', accessKeyId: KEY.accessKeyId } };
const closed = new SigV4Verifier(new Credentials([alice], { open: false }));
const open = new SigV4Verifier(openCredentials());

/** The database: answers everything with no tables, and remembers what it was asked. */
let database: Server;
let asked: { headers: IncomingMessage['headers']; body: string }[];
let servers: Server[];

beforeEach(async () => {
  [asked, servers] = [[], []];
  database = await listen((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ headers: request.headers, body });
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end('{"TableNames":[]}');
    });
  });
});
afterEach(() => {
  for (const server of servers) server.close();
});

async function listen(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** An admin listener with a front, and a client of it. */
async function admin(verifier?: SigV4Verifier, secretAccessKey = KEY.secretAccessKey) {
  const access = verifier && { verifier, accountId: '111122223333' };
  const front = new DynamoDbFront(() => urlOf(database), silentLogger, access);
  const server = await listen((request, response) => front.handle(request, response));
  server.once('close', () => front.close());
  return new DynamoDBClient({
    endpoint: urlOf(server),
    region: 'eu-west-1',
    credentials: { ...KEY, secretAccessKey },
    maxAttempts: 1,
  });
}

const outcome = async (client: DynamoDBClient): Promise<string> => {
  const done = client.send(new ListTablesCommand({ Limit: 5 }));
  const name = await done.then(
    () => 'answered',
    (error: Error) => error.name,
  );
  client.destroy();
  return name;
};

test('what its owner signed goes on as it came, without host and origin', async () => {
  expect(await outcome(await admin(closed))).toBe('answered');
  expect(asked[0]?.body).toBe('{"Limit":5}');
  expect(asked[0]?.headers['x-amz-target']).toBe('DynamoDB_20120810.ListTables');
  expect(asked[0]?.headers.host).toBe(urlOf(database).slice('http://'.length));
  expect(asked[0]?.headers.origin).toBeUndefined();
});

test('what somebody else signed does not', async () => {
  expect(await outcome(await admin(closed, 'wrong'))).toBe('InvalidSignatureException');
  expect(asked).toEqual([]);
});

test('without credentials configured any signature is good, and without a verifier none is looked at', async () => {
  expect(await outcome(await admin(open, 'wrong'))).toBe('answered');
  expect(await outcome(await admin(undefined, 'wrong'))).toBe('answered');
});

test('what the signer’s policy does not allow does not go on', async () => {
  const limited = (action: string): SigV4Verifier => {
    const policy = { Statement: { Effect: 'Allow', Action: action, Resource: '*' } };
    const principal = { name: 'limited', accessKeyId: KEY.accessKeyId, policy };
    return new SigV4Verifier(new Credentials([{ ...KEY, principal }], { open: false }));
  };
  expect(await outcome(await admin(limited('dynamodb:GetItem')))).toBe('AccessDeniedException');
  expect(asked).toEqual([]);
  expect(await outcome(await admin(limited('dynamodb:List*')))).toBe('answered');
});
