// DynamoDB on the admin listener: who is let in, and what goes on to the database.
import {
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  TransactGetItemsCommand,
} from '@aws-sdk/client-dynamodb';
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
  const own = { names: ['postern-resources'], token: 'of-the-node' };
  const access = verifier && { verifier, accountId: '111122223333', own };
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

/** A verifier for one principal, with `policy` if there is one. */
function only(name: string, statement?: Readonly<Record<string, unknown>>): SigV4Verifier {
  const policy = statement && { Statement: [{ Effect: 'Allow', ...statement }] };
  const principal = { name, accessKeyId: KEY.accessKeyId, ...(policy && { policy }) };
  return new SigV4Verifier(new Credentials([{ ...KEY, principal }], { open: false }));
}

const OWN = 'arn:aws:dynamodb:eu-west-1:111122223333:table/postern-resources';

test.each([
  ['its owner', only('root'), true],
  ['anybody in open mode', open, true],
  ['a policy that names it', only('dba', { Action: 'dynamodb:*', Resource: OWN }), true],
  ['a policy with all tables', only('dev', { Action: '*', Resource: '*' }), false],
  ['a function', only('functions'), false],
])('the node’s own table for %s: %s', async (_who, verifier, sees) => {
  const client = await admin(verifier);
  const scan = client.send(new ScanCommand({ TableName: 'postern-resources' }));
  if (sees) await scan;
  else await expect(scan).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const get = { TableName: OWN, Key: { partition: { S: 'a' } } };
  const transaction = client.send(new TransactGetItemsCommand({ TransactItems: [{ Get: get }] }));
  // The policy that names it speaks of one account's ARN, which is what it is.
  if (sees) await transaction;
  else await expect(transaction).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(asked.length).toBe(sees ? 2 : 0);
  for (const { headers } of asked) expect(headers['x-amz-security-token']).toBe('of-the-node');
  client.destroy();
});

test('who may not see the node’s tables shows no token, whatever they send', async () => {
  const client = await admin(only('dev', { Action: '*', Resource: '*' }));
  await client.send(new ScanCommand({ TableName: 'postern-orders' }));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.headers['x-amz-security-token']).toBeUndefined();
  client.destroy();
});
