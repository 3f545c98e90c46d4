// Objects of buckets: folders with everything that could lead out of them, a signed GET to S3, and each way it fails.
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createObjectSource,
  ObjectError,
  type ObjectAddress,
} from '#shared/integration/objects.ts';
import { systemClock } from '#shared/runtime/clock.ts';

let folder: string;
let s3: Server;
let url: string;
const asked: IncomingMessage[] = [];
let answer: { status: number; body: string; headers?: Record<string, string> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-objects-'));
  await mkdir(join(folder, 'bucket', 'deep'), { recursive: true });
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(join(folder, 'bucket', 'ca.pem'), 'top');
  await writeFile(join(folder, 'bucket', 'deep', 'a b.pem'), 'deep');
  await writeFile(join(folder, 'bucket', 'long'), 'x'.repeat(101));
  await symlink(join(folder, 'secret'), join(folder, 'bucket', 'link'));
  s3 = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(s3, 'listening');
  url = `http://127.0.0.1:${(s3.address() as AddressInfo).port}`;
});

afterAll(async () => {
  s3.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: 'object' };
});

function source(endpoint?: string) {
  return createObjectSource({
    buckets: { trust: join(folder, 'bucket') },
    services: {
      find: (_names, awsHost) => ({
        url: endpoint ?? `https://${awsHost}`,
        keys: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
      }),
    },
    clock: systemClock,
    longest: 100,
  });
}

async function read(at: ObjectAddress, endpoint?: string): Promise<string> {
  return (await source(endpoint).read('eu-west-1', at)).bytes.toString();
}

test('a folder stands for its bucket', async () => {
  expect(await read({ bucket: 'trust', key: 'ca.pem' })).toBe('top');
  expect(await read({ bucket: 'trust', key: 'deep/a b.pem' })).toBe('deep');
});

test.each<[string, Partial<ObjectAddress>, RegExp]>([
  ['a way up', { key: '../secret' }, /does not exist in the bucket trust$/],
  ['a way up in the middle', { key: 'deep/../../secret' }, /does not exist/],
  ['an absolute path', { key: '/etc/hostname' }, /does not exist/],
  ['a backslash', { key: 'deep\\..\\..\\secret' }, /does not exist/],
  ['a NUL', { key: 'ca.pem\0' }, /does not exist/],
  ['a link out of the folder', { key: 'link' }, /does not exist/],
  ['a folder', { key: 'deep' }, /does not exist/],
  ['a folder with a slash', { key: 'deep/' }, /does not exist/],
  ['nothing', { key: 'none' }, /^the object none does not exist in the bucket trust$/],
  ['something below a file', { key: 'ca.pem/x' }, /does not exist/],
  ['a key that is too long', { key: 'x'.repeat(1000) }, /does not exist/],
  ['an object that is too long', { key: 'long' }, /^the object long is longer than 100 bytes$/],
  [
    'a version',
    { key: 'ca.pem', version: 'v1' },
    /^the bucket trust is a folder, which keeps no versions$/,
  ],
  [
    'a bucket of the prototype',
    { bucket: 'constructor', key: 'x' },
    /give it a folder in the setting buckets, or set AWS_ENDPOINT_URL_S3$/,
  ],
  ['another bucket', { bucket: 'other', key: 'x' }, /^nothing says where the bucket other is/],
])('%s is not read', async (_what, at, message) => {
  const failed = read({ bucket: 'trust', key: '', ...at });
  await expect(failed).rejects.toThrow(ObjectError);
  await expect(failed).rejects.toThrow(message);
});

test('other buckets are asked of S3, signed, with the version', async () => {
  answer.headers = { 'x-amz-version-id': 'v7' };
  const at = { bucket: 'other', key: "ca/a b+c'.pem", version: 'v/7' };
  const found = await source(`${url}/base/`).read('eu-west-1', at);
  expect([found.bytes.toString(), found.version]).toEqual(['object', 'v7']);
  const [request] = asked;
  expect(request?.url).toBe('/base/other/ca/a%20b%2Bc%27.pem?versionId=v%2F7');
  expect(request?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
});

test('without versions there is none', async () => {
  answer.headers = { 'x-amz-version-id': 'null' };
  const found = await source(url).read('eu-west-1', { bucket: 'other', key: 'x' });
  expect(found).toEqual({ bytes: Buffer.from('object') });
  expect(asked[0]?.url).toBe('/other/x');
});

const code = (name: string): string => `<Error><Code>${name}</Code><Message>m</Message></Error>`;

test.each<[string, number, string, RegExp]>([
  ['no bucket', 404, code('NoSuchBucket'), /^the bucket other does not exist$/],
  ['no key', 404, code('NoSuchKey'), /^the object x does not exist in the bucket other$/],
  ['no version', 404, code('NoSuchVersion'), /^the object x has no version v1$/],
  ['a version that is none', 400, code('InvalidArgument'), /^the object x has no version v1$/],
  ['no access', 403, code('AccessDenied'), /^S3 denies access to the object x$/],
  ['trouble', 503, code('SlowDown'), /^S3 answered 503 SlowDown$/],
  ['a redirection', 301, '', /^S3 answered 301$/],
  ['too much', 200, 'x'.repeat(101), /^the object x is longer than 100 bytes$/],
])('S3: %s', async (_what, status, body, message) => {
  answer = { status, body };
  const failed = read({ bucket: 'other', key: 'x', version: 'v1' }, url);
  await expect(failed).rejects.toThrow(ObjectError);
  await expect(failed).rejects.toThrow(message);
});

test('S3 that is not there', async () => {
  const failed = read({ bucket: 'other', key: 'x' }, 'http://127.0.0.1:1');
  await expect(failed).rejects.toThrow(/^S3 cannot be asked: GET http:\/\/127\.0\.0\.1:1: /);
});
