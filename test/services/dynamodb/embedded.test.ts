// The embedded DynamoDB's own doors: its loopback listener, the admin front, its clock, its thread.
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DynamoDbFront } from '#services/dynamodb/front.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { startEmbeddedDynamoDb, type EmbeddedBackend } from '../../support/embedded-dynamodb.ts';

/** A machine under load may take its time. */
const PATIENT = { timeout: 8_000 };

const SIGNED =
  'AWS4-HMAC-SHA256 Credential=a/b/c/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
const JSON_TYPE = 'application/x-amz-json-1.0';
const NOW = 1_800_000_000_000;

let backend: EmbeddedBackend;
const clock = new TestClock(NOW);

beforeAll(async () => {
  backend = await startEmbeddedDynamoDb({ clock });
});
afterAll(() => backend.stop());

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function send(
  url: string,
  headers: Record<string, string>,
  body: string | undefined = '{}',
  method = 'POST',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const target = (operation: string, more: Record<string, string> = {}): Record<string, string> => ({
  'x-amz-target': `DynamoDB_20120810.${operation}`,
  'content-type': JSON_TYPE,
  authorization: SIGNED,
  'x-amz-date': '20260101T000000Z',
  ...more,
});

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}

describe('on the wire', () => {
  test('an answer has its id, its checksum and its length', async () => {
    const { status, headers, text } = await send(backend.url, target('ListTables'));
    expect([status, JSON.parse(text)]).toEqual([200, { TableNames: [] }]);
    expect(headers['x-amzn-requestid']).toMatch(/^[A-Z0-9]{52}$/);
    expect(headers['x-amz-crc32']).toBe(String(crc32(text)));
    expect(headers['content-type']).toBe(JSON_TYPE);
  });

  const coral = 'com.amazon.coral.service#';
  const refusals: [string, Record<string, string>, string, number, string | undefined][] = [
    [
      'an unknown operation',
      target('CreateBackup'),
      '{}',
      400,
      `${coral}UnknownOperationException`,
    ],
    [
      'a name from the prototype',
      target('constructor'),
      '{}',
      400,
      `${coral}UnknownOperationException`,
    ],
    [
      'no target',
      without(target('x'), 'x-amz-target'),
      '{}',
      400,
      `${coral}UnknownOperationException`,
    ],
    [
      'another service',
      { ...target('x'), 'x-amz-target': 'Logs_20140328.GetItem' },
      '{}',
      400,
      `${coral}UnknownOperationException`,
    ],
    [
      'no signature',
      without(target('ListTables'), 'authorization'),
      '{}',
      400,
      `${coral}MissingAuthenticationTokenException`,
    ],
    [
      'half a signature',
      target('ListTables', { authorization: 'AWS4-HMAC-SHA256 Credential=a' }),
      '{}',
      400,
      `${coral}IncompleteSignatureException`,
    ],
    ['no JSON', target('ListTables'), '{', 400, `${coral}SerializationException`],
    [
      'JSON that is not an object',
      target('ListTables'),
      '[]',
      400,
      `${coral}SerializationException`,
    ],
    ['null', target('ListTables'), 'null', 400, `${coral}SerializationException`],
    ['no body', target('ListTables'), '', 400, `${coral}SerializationException`],
    [
      'another content type',
      target('ListTables', { 'content-type': 'text/plain' }),
      '{}',
      404,
      undefined,
    ],
    ['a foreign host', target('ListTables', { host: 'evil.example' }), '{}', 403, undefined],
    [
      'a page of another origin',
      target('ListTables', { origin: 'https://evil.example' }),
      '{}',
      403,
      undefined,
    ],
  ];
  test.each(refusals)('refuses %s', async (_, headers, body, status, type) => {
    const reply = await send(backend.url, headers, body);
    expect(reply.status).toBe(status);
    if (type !== undefined)
      expect((JSON.parse(reply.text) as { __type: string }).__type).toBe(type);
  });

  test('a body of more than 16 MB is refused, and the next request answered', async () => {
    const big = `{"x":"${'x'.repeat(17 * 1024 * 1024)}"}`;
    const reply = await send(backend.url, target('ListTables'), big).catch((error: Error) => error);
    if (!(reply instanceof Error)) expect(reply.status).toBe(413);
    expect((await send(backend.url, target('ListTables'))).status).toBe(200);
  });

  test('a megabyte of nesting and odd names are a caller’s mistake, nothing more', async () => {
    const deep = `${'{"M":{"a":'.repeat(100_000)}{"S":"x"}${'}}'.repeat(100_000)}`;
    const body = `{"TableName":"abc","Item":{"id":{"S":"1"},"x":${deep}}}`;
    const nested = await send(backend.url, target('PutItem'), body);
    expect([nested.status, nested.text]).toEqual([
      400,
      expect.stringContaining('ValidationException'),
    ]);
    const odd = '{"TableName":"__proto__","Item":{"__proto__":{"S":"1"},"constructor":{"S":"1"}}}';
    expect((await send(backend.url, target('PutItem'), odd)).status).toBe(400);
    expect((await send(backend.url, target('ListTables'))).status).toBe(200);
  });
});

describe('on the admin listener', () => {
  test('requests go through, whatever host and origin the edge has let in', async () => {
    const front = new DynamoDbFront(() => backend.url, silentLogger);
    const server = createServer((request, response) => {
      if (front.claims(request)) front.handle(request, response);
      else response.writeHead(501).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const own = { host: 'admin.example', origin: 'https://admin.example' };
      const { status, headers, text } = await send(url, target('ListTables', own));
      expect([status, JSON.parse(text)]).toEqual([200, { TableNames: [] }]);
      expect(headers['x-amz-crc32']).toBe(String(crc32(text)));
      expect((await send(url, target('Nonsense'))).status).toBe(400);
      expect((await send(url, { 'x-amz-target': 'AWSLambda.X' })).status).toBe(501);
      expect((await send(url, {}, undefined, 'GET')).status).toBe(501);
    } finally {
      server.close();
      front.close();
    }
  });

  test('a database that is away is a 503 that SDKs try again', async () => {
    const front = new DynamoDbFront(() => 'http://127.0.0.1:1', silentLogger);
    const server = createServer((request, response) => front.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, text } = await send(url, target('ListTables'));
    expect([status, text]).toEqual([503, expect.stringContaining('ServiceUnavailable')]);
    server.close();
    front.close();
  });
});

describe('time to live', () => {
  test('items go when the node’s clock has passed their time, and no others', async () => {
    const TableName = 'sessions';
    const client = new DynamoDBClient({
      endpoint: backend.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 1 }, { TableName });
    const specification = { AttributeName: 'until', Enabled: true };
    await client.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: specification }),
    );
    const seconds = NOW / 1000;
    const untils: Record<string, { N: string } | { S: string } | undefined> = {
      soon: { N: String(seconds + 50) },
      later: { N: String(seconds + 5000) },
      never: undefined,
      text: { S: String(seconds - 10) },
      mistaken: { N: String(seconds - 6 * 365 * 24 * 3600) },
    };
    for (const [id, until] of Object.entries(untils)) {
      const Item = { id: { S: id }, ...(until === undefined ? {} : { until }) };
      await client.send(new PutItemCommand({ TableName, Item }));
    }
    const ids = async () =>
      ((await client.send(new ScanCommand({ TableName }))).Items ?? [])
        .map(({ id }) => id?.S)
        .sort();
    expect(await backend.database.reap()).toBe(0);
    expect(await ids()).toEqual(['later', 'mistaken', 'never', 'soon', 'text']);
    clock.advance(100_000);
    await expect.poll(ids, PATIENT).toEqual(['later', 'mistaken', 'never', 'text']);
    clock.advance(5_000_000);
    await expect.poll(ids, PATIENT).toEqual(['mistaken', 'never', 'text']);
    client.destroy();
  });
});

describe('its own node', () => {
  const CREATE = JSON.stringify({
    TableName: 'mine',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });

  test('gets answers by messages, and sees its own tables', async () => {
    const own = await startEmbeddedDynamoDb({ own: { names: ['mine'], token: 'secret' } });
    try {
      expect(await own.database.ask('CreateTable', CREATE)).toMatchObject({ status: 200 });
      const listed = await own.database.ask('ListTables', '{}');
      expect(listed).toMatchObject({ status: 200, body: '{"TableNames":["mine"]}' });
      const { text } = await send(own.url, target('ListTables'));
      expect(JSON.parse(text)).toEqual({ TableNames: [] });
    } finally {
      await own.stop();
    }
  });

  test.each([
    ['Nonsense', '{}', 'UnknownOperationException'],
    ['GetItem', '{', 'SerializationException'],
    ['GetItem', '[]', 'SerializationException'],
    ['GetItem', '{"TableName":"nowhere","Key":{"id":{"S":"1"}}}', 'ResourceNotFoundException'],
  ])('is told what is wrong with %s %s', async (operation, body, name) => {
    const { status, body: answer } = await backend.database.ask(operation, body);
    expect(status).toBe(400);
    expect(answer).toContain(`#${name}"`);
  });

  test('is told that the thread has ended, and asks the next one', async () => {
    const own = await startEmbeddedDynamoDb();
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    try {
      await own.database.ask('CreateTable', CREATE);
      const [worker] = posted.mock.contexts as Worker[];
      const ended = worker?.terminate();
      await expect(own.database.ask('ListTables', '{}')).rejects.toThrow('has ended');
      await ended;
      await expect(own.database.ask('ListTables', '{}')).rejects.toThrow('is being restarted');
      await expect.poll(() => own.database.notReady, PATIENT).toBeUndefined();
      expect((await own.database.ask('ListTables', '{}')).body).toBe('{"TableNames":["mine"]}');
    } finally {
      posted.mockRestore();
      await own.stop();
    }
  });

  test('is answered what it asked before the stop, and no more', async () => {
    const own = await startEmbeddedDynamoDb();
    const asked = own.database.ask('CreateTable', CREATE);
    const stopped = own.stop();
    await expect(own.database.ask('ListTables', '{}')).rejects.toThrow('has been stopped');
    expect((await asked).status).toBe(200);
    await stopped;
  });
});

describe('its thread', () => {
  test('that ends unasked is started again at the same address, with its data', async () => {
    const own = await startEmbeddedDynamoDb();
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    try {
      const table = {
        TableName: 'kept',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      };
      expect((await send(own.url, target('CreateTable'), JSON.stringify(table))).status).toBe(200);
      await own.database.reap();
      const [worker] = posted.mock.contexts as Worker[];
      await worker?.terminate();
      expect(own.database.notReady).toContain('restarted');
      await expect.poll(() => own.database.notReady, PATIENT).toBeUndefined();
      expect(own.database.url).toBe(own.url);
      const { text } = await send(own.url, target('ListTables'));
      expect(JSON.parse(text)).toEqual({ TableNames: ['kept'] });
    } finally {
      posted.mockRestore();
      await own.stop();
    }
  });

  test('a database that cannot be opened fails the start, and says where it is', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'postern-damaged-'));
    mkdirSync(join(dataDir, 'dynamodb'));
    writeFileSync(join(dataDir, 'dynamodb', 'CURRENT'), 'nonsense');
    try {
      const started = startEmbeddedDynamoDb({ dataDir });
      await expect(started).rejects.toThrow(
        `the database in ${join(dataDir, 'dynamodb')} cannot be opened: Corruption`,
      );
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  test('stopping answers what has been asked, and no more', async () => {
    const own = await startEmbeddedDynamoDb();
    const headers = target('ListTables', { expect: '100-continue' });
    const answered = Promise.withResolvers<number>();
    const asking = httpRequest(own.url, { method: 'POST', headers }, (response) => {
      response.resume().once('end', () => answered.resolve(response.statusCode ?? 0));
    });
    const heard = once(asking, 'continue');
    asking.flushHeaders();
    await heard;
    const stopped = own.stop();
    asking.end('{}');
    expect(await answered.promise).toBe(200);
    await stopped;
    await expect(send(own.url, target('ListTables'))).rejects.toThrow('ECONNREFUSED');
  });

  test('stopping does not wait for who never ends a request', async () => {
    const own = await startEmbeddedDynamoDb();
    const headers = target('ListTables', { expect: '100-continue' });
    const asking = httpRequest(own.url, { method: 'POST', headers });
    const cut = once(asking, 'error');
    const heard = once(asking, 'continue');
    asking.flushHeaders();
    await heard;
    await own.stop();
    await cut;
  });
});
