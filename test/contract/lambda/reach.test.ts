// What functions reach and see: the gateway under its names, AWS SDK v3 without bringing it, their own environment only.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openAuthority } from '#services/edge/ca.ts';
import { matcher } from '#services/lambda/runtime/reach.ts';
import { rootAuthority } from '../../support/pki.ts';
import { startLambda, type TestLambda } from '../../support/lambda.ts';

// Processes are started here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Answers what it was asked for. */
const answer: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString();
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ method, url, host: headers.host, body }));
  });
};

const HOSTS = [
  'abc123.execute-api.eu-west-1.amazonaws.com',
  'abc123.execute-api.eu-west-1.localhost',
  'abc123.execute-api.eu-west-1.gateway.example.org',
  'chat.example.net',
];
const DOMAIN = HOSTS.at(-1) ?? '';

/** Every way to hand a host to `tls.connect`; each answers the name on the certificate that it saw. */
const SOCKETS = `
const tls = require("tls");
const seen = (connect) => new Promise((ok) => {
  const socket = connect(() => { ok(socket.getPeerCertificate().subject.CN); socket.destroy(); });
  socket.on("error", (error) => ok(error.code));
});
exports.handler = async ({ host }) => Promise.all([
  seen((done) => tls.connect({ host, port: 443, servername: host }, done)),
  seen((done) => tls.connect({ host, port: 443 }, done)),
  seen((done) => tls.connect(443, host, done)),
  seen((done) => tls.connect(443, host, {}, done)),
  seen((done) => tls.connect({ host, port: 443, servername: host, ca: ["none"] }, done)),
]);`;

/** Handlers of one GET in the ways that people write it; each answers the parsed body. */
const CLIENTS: readonly (readonly [name: string, files: Record<string, string>])[] = [
  [
    'https.request',
    {
      'index.js':
        'const https = require("https"); exports.handler = (e) => new Promise((ok, no) => https.get(e.url, (r) => { let t = ""; r.on("data", (c) => t += c); r.on("end", () => ok(JSON.parse(t))) }).on("error", no))',
    },
  ],
  ['fetch', { 'index.mjs': 'export const handler = async (e) => (await fetch(e.url)).json()' }],
  [
    'https imported by name',
    {
      'index.mjs':
        'import { get } from "node:https"; export const handler = (e) => new Promise((ok, no) => get(e.url, (r) => { let t = ""; r.on("data", (c) => t += c); r.on("end", () => ok(JSON.parse(t))) }).on("error", no))',
    },
  ],
];

const PUSH_BODY =
  'const c = new ApiGatewayManagementApiClient({ endpoint: e.endpoint }); await c.send(new PostToConnectionCommand({ ConnectionId: "Zm9vYmFyYmF6MTI=", Data: "hi" })); return "sent"';

describe.each([true, false])('gateway with TLS: %s', (tls) => {
  let lambda: TestLambda;
  let server: Server;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-reach-'));
    const authority = await openAuthority(folder);
    const leaf = await authority.defaultLeaf(['localhost', ...HOSTS.slice(0, -1)]);
    server = tls
      ? createServer({ cert: leaf.cert, key: leaf.key }, answer)
      : createHttpServer(answer);
    // The custom domain has a certificate of an authority that functions do not know.
    if (tls) (server as TlsServer).addContext(DOMAIN, await rootAuthority(`CN=${DOMAIN}`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    lambda = await startLambda({
      gateway: () => ({
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        tls,
        suffixes: ['gateway.example.org'],
        hosts: ['chat.example.net'],
      }),
      variables: () => ({
        credentials: { accessKeyId: 'AKIDFN', secretAccessKey: 'secret' },
        endpoints: {},
        ...(tls ? { caFile: authority.certPath } : {}),
      }),
    });
  });

  afterAll(async () => {
    await lambda.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  test.runIf(tls)('a custom domain shows the gateway’s own certificate', async () => {
    const ref = await lambda.define({ 'index.js': SOCKETS }, { FunctionName: 'seen', Timeout: 10 });
    const own = 'localhost';
    expect(await lambda.ask(ref, { host: DOMAIN })).toEqual({
      error: undefined,
      answer: [own, own, own, own, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    });
  });

  test.each(CLIENTS)('%s reaches it under every name', async (_name, files) => {
    const ref = await lambda.define(files, { FunctionName: 'client', Timeout: 10 });
    for (const host of HOSTS) {
      const url = `https://${host}:8443/prod/x?y=1`;
      expect(await lambda.ask(ref, { url })).toEqual({
        error: undefined,
        answer: { method: 'GET', url: '/prod/x?y=1', host: `${host}:8443`, body: '' },
      });
    }
  });

  test.each([
    [
      'CommonJS',
      {
        'index.js': `const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require("@aws-sdk/client-apigatewaymanagementapi"); exports.handler = async (e) => { ${PUSH_BODY} }`,
      },
    ],
    [
      'ES modules',
      {
        'index.mjs': `import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi"; export const handler = async (e) => { ${PUSH_BODY} }`,
      },
    ],
  ])('pushes with the SDK it did not bring, from %s', async (_name, files) => {
    const ref = await lambda.define(files, { FunctionName: 'push', Timeout: 10 });
    const endpoint = `https://${HOSTS[0]}/prod`;
    expect(await lambda.ask(ref, { endpoint })).toEqual({ error: undefined, answer: 'sent' });
  });
});

describe('modules and environment', () => {
  let lambda: TestLambda;
  beforeAll(async () => {
    process.env.POSTERN_TEST_LEAK = 'leak';
    lambda = await startLambda({
      variables: () => ({
        credentials: { accessKeyId: 'AKIDFN', secretAccessKey: 's', sessionToken: 't' },
        caFile: '/ca.pem',
        endpoints: { DYNAMODB: 'https://localhost:8444', LAMBDA: 'https://localhost:8444' },
      }),
    });
  });
  afterAll(async () => {
    delete process.env.POSTERN_TEST_LEAK;
    await lambda.close();
  });

  const PROVIDED = [
    '@aws-sdk/client-apigatewaymanagementapi',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-sfn',
    '@aws-sdk/client-sns',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-ssm',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/util-dynamodb',
    '@smithy/node-http-handler',
    '@smithy/signature-v4',
  ];

  test('every client AWS brings is there for both kinds of modules', async () => {
    const ref = await lambda.define(
      {
        'index.mjs': `import { createRequire } from "node:module"; const require = createRequire(import.meta.url); export const handler = async (names) => Promise.all(names.map(async (name) => [Object.keys(await import(name)).length > 0, Object.keys(require(name)).length > 0, require.resolve(name).includes("node_modules")]))`,
      },
      { FunctionName: 'provided', Timeout: 30, MemorySize: 512 },
    );
    const { answer } = await lambda.ask(ref, PROVIDED);
    expect(answer).toEqual(PROVIDED.map(() => [true, true, true]));
  });

  test("the function's own packages win", async () => {
    const ref = await lambda.define(
      {
        'index.mjs':
          'import { mine } from "@aws-sdk/client-s3"; import own from "own"; export const handler = async () => [mine, own]',
        'node_modules/@aws-sdk/client-s3/package.json': '{"main":"index.js"}',
        'node_modules/@aws-sdk/client-s3/index.js': 'exports.mine = true',
        'node_modules/own/index.js': 'module.exports = "own"',
      },
      { FunctionName: 'own' },
    );
    expect((await lambda.ask(ref, {})).answer).toEqual([true, 'own']);
  });

  test('the environment has what AWS says and what the user set; nothing of the node', async () => {
    const ref = await lambda.define(
      { 'index.mjs': 'export const handler = async () => process.env' },
      {
        FunctionName: 'env',
        MemorySize: 256,
        Environment: { TABLE: 'chat', AWS_ENDPOINT_URL_DYNAMODB: 'http://mine:8000' },
      },
    );
    const { answer } = await lambda.ask(ref, {});
    const taskRoot = expect.stringContaining(join(lambda.dataDir, 'functions')) as string;
    expect(answer).toEqual({
      _HANDLER: 'index.handler',
      AWS_ACCESS_KEY_ID: 'AKIDFN',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://mine:8000',
      AWS_ENDPOINT_URL_LAMBDA: 'https://localhost:8444',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_NAME: 'env',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/env',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(
        /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
      ) as string,
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      LAMBDA_RUNTIME_DIR: expect.stringMatching(/services\/lambda\/runtime$/) as string,
      LAMBDA_TASK_ROOT: taskRoot,
      LANG: 'en_US.UTF-8',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      NODE_PATH: taskRoot,
      PATH: expect.stringMatching(/:\/usr\/bin:\/bin$/) as string,
      PWD: taskRoot,
      SHLVL: '0',
      TABLE: 'chat',
      TZ: ':UTC',
    });
  });
});

const ADDRESS = {
  host: '127.0.0.1',
  port: 1,
  tls: true,
  suffixes: ['gw.test'],
  hosts: ['Own.test'],
};

test.each([
  ['abc.execute-api.eu-west-1.amazonaws.com', true],
  ['abc.execute-api.cn-north-1.amazonaws.com.cn', true],
  ['abc.execute-api.us-east-1.localhost', true],
  ['ABC.EXECUTE-API.us-east-1.LOCALHOST', true],
  ['abc.execute-api.us-east-1.gw.test', true],
  ['own.test', true],
  ['dynamodb.eu-west-1.amazonaws.com', false],
  ['abc.execute-api.eu-west-1.amazonaws.com.evil.test', false],
  ['x.abc.execute-api.eu-west-1.amazonaws.com', false],
  ['abcXexecute-api.eu-west-1.gwxtest', false],
  ['localhost', false],
  [undefined, false],
])('%s is the gateway: %s', (host, expected) => {
  expect(matcher(ADDRESS)(host)).toBe(expected);
});
