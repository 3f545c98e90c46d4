// Authorization type AWS_IAM: who signed, by header or in the query, and what the signer's policy says.
import { expect, test } from 'vitest';
import { createAuthorizer } from '#shared/authorizer/kinds.ts';
import { decide } from '#shared/authorizer/decide.ts';
import { clientSignatures } from '#shared/aws-api/client-signature.ts';
import { Credentials, openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { CONNECT_ARN, testAuthorizerDeps, testConnect } from '../../support/authorizer.ts';
import { testRequest } from '../../support/exchange.ts';
import { presignedUrl, signedHeaders } from '../../support/signed-url.ts';
import { testRouteRecord } from '../../support/snapshot.ts';

const URL_TEXT = 'wss://k3v9wq01ab.execute-api.eu-central-1.localhost:8443/live?room=r%207';
const NOW = Date.UTC(2026, 10, 24, 12);
const KEYS = { accessKeyId: 'AKIDALICE', secretAccessKey: 'secret' };
const SIGNED = { region: 'eu-central-1', date: new Date(NOW) };

function compile(policy?: unknown, credentials?: Credentials) {
  const principal = {
    name: 'alice',
    accessKeyId: KEYS.accessKeyId,
    ...(policy === undefined ? {} : { policy }),
  };
  const known = credentials ?? new Credentials([{ ...KEYS, principal }], { open: false });
  const authenticate = clientSignatures(new SigV4Verifier(known, () => NOW));
  const route = testRouteRecord('$connect', { AuthorizationType: 'AWS_IAM' });
  const authorizer = createAuthorizer(route, undefined, testAuthorizerDeps({ authenticate }));
  if (authorizer === undefined) throw new Error('no authorizer');
  return authorizer;
}

/** The CONNECT of a handshake for `url` with further headers. */
function connect(url: string, headers: Readonly<Record<string, string>> = {}): Exchange {
  const { host, pathname, search } = new URL(url);
  const all = { host, 'user-agent': 'duel/1', ...headers };
  const request = testRequest({
    path: pathname,
    query: search.slice(1),
    rawHeaders: Object.entries(all).flat(),
  });
  return testConnect({}, { request });
}

const byHeader = async (options = SIGNED, keys = KEYS) =>
  connect(URL_TEXT, await signedHeaders(URL_TEXT, keys, options));
const byQuery = async (options = SIGNED, keys = KEYS) =>
  connect(await presignedUrl(URL_TEXT, keys, options));

const IDENTITY = {
  accessKey: 'AKIDALICE',
  accountId: '111122223333',
  caller: 'alice',
  user: 'alice',
  userArn: 'arn:aws:iam::111122223333:user/alice',
};

test.each([
  ['by header', byHeader],
  ['in the query', byQuery],
])('signed %s, without a policy: in, and known', async (_, sign) => {
  const exchange = await sign();
  expect(await decide(compile(), exchange)).toEqual({ identity: IDENTITY });
  expect(exchange.phases).toEqual({
    authenticate: { latency: 0, status: 200 },
    authorize: { latency: 0, status: 200 },
  });
});

async function failure(exchange: Exchange, policy?: unknown): Promise<GatewayError> {
  const error: unknown = await decide(compile(policy), exchange).catch((thrown: unknown) => thrown);
  if (!(error instanceof GatewayError)) throw new Error(`not a GatewayError: ${String(error)}`);
  return error;
}

const OTHER_SECRET = { ...KEYS, secretAccessKey: 'guess' };
const OTHER_KEY = { ...KEYS, accessKeyId: 'AKIDBOB' };

test.each<[string, () => Promise<Exchange>, GatewayError['type'], string]>([
  [
    'unsigned',
    async () => connect(URL_TEXT),
    'MISSING_AUTHENTICATION_TOKEN',
    'MissingAuthenticationTokenException',
  ],
  [
    'a bearer token',
    async () => connect(URL_TEXT, { authorization: 'Bearer x' }),
    'INVALID_SIGNATURE',
    'IncompleteSignatureException',
  ],
  [
    'another secret by header',
    () => byHeader(SIGNED, OTHER_SECRET),
    'INVALID_SIGNATURE',
    'InvalidSignatureException',
  ],
  [
    'another secret in the query',
    () => byQuery(SIGNED, OTHER_SECRET),
    'INVALID_SIGNATURE',
    'InvalidSignatureException',
  ],
  [
    'an unknown key',
    () => byQuery(SIGNED, OTHER_KEY),
    'INVALID_SIGNATURE',
    'UnrecognizedClientException',
  ],
  [
    'another region',
    () => byHeader({ ...SIGNED, region: 'us-east-1' }),
    'INVALID_SIGNATURE',
    'valid region',
  ],
  [
    'another service',
    () => byHeader({ ...SIGNED, service: 'lambda' } as typeof SIGNED),
    'INVALID_SIGNATURE',
    "correct service: 'execute-api'",
  ],
  [
    'too old by header',
    () => byHeader({ ...SIGNED, date: new Date(NOW - 301_000) }),
    'INVALID_SIGNATURE',
    'Signature expired',
  ],
  [
    'a URL that has expired',
    () => byQuery({ ...SIGNED, date: new Date(NOW - 301_000) }),
    'INVALID_SIGNATURE',
    'Signature expired',
  ],
  [
    'a URL with another room',
    async () => connect((await presignedUrl(URL_TEXT, KEYS, SIGNED)).replace('r%207', 'r8')),
    'INVALID_SIGNATURE',
    'InvalidSignatureException',
  ],
])('%s is %3$s', async (_, sign, type, detail) => {
  const exchange = await sign();
  const error = await failure(exchange);
  expect([error.type, error.status]).toEqual([type, 403]);
  expect(error.detail).toContain(detail);
  expect(exchange.phases).toEqual({
    authenticate: { latency: 0, status: 403, error: error.message },
  });
});

test('what the log gets of a wrong signature has no token of the client', async () => {
  const url = `${URL_TEXT}&token=t0ps3cret`;
  const exchange = connect(url, await signedHeaders(url, OTHER_SECRET, SIGNED));
  const error = await failure(exchange);
  expect(error.detail).toContain('does not match the signature you provided');
  expect(error.detail).not.toContain('t0ps3cret');
  expect(error.cause).toBeUndefined();
});

const allow = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: CONNECT_ARN };

test.each<[string, unknown, boolean]>([
  ['the route', allow, true],
  ['the whole api', { ...allow, Resource: CONNECT_ARN.replace(/\/.*/, '/*') }, true],
  ['another route', { ...allow, Resource: CONNECT_ARN.replace('$connect', 'send') }, false],
  ['managing connections only', { ...allow, Action: 'execute-api:ManageConnections' }, false],
  [
    'all, with a deny of the route',
    [
      { ...allow, Resource: '*' },
      { ...allow, Effect: 'Deny' },
    ],
    false,
  ],
  ['nobody but bob', { ...allow, Condition: { StringEquals: { 'aws:username': 'bob' } } }, false],
  ['alice', { ...allow, Condition: { StringEquals: { 'aws:username': 'alice' } } }, true],
])('a policy that allows %s: %3$j', async (_, Statement, allowed) => {
  const exchange = await byQuery();
  const policy = { Version: '2012-10-17', Statement };
  if (allowed) {
    await expect(decide(compile(policy), exchange)).resolves.toEqual({ identity: IDENTITY });
    return;
  }
  const error = await failure(exchange, policy);
  expect([error.type, error.status, error.message]).toEqual(['ACCESS_DENIED', 403, 'Forbidden']);
  expect(exchange.phases).toMatchObject({
    authenticate: { status: 200 },
    authorize: { status: 403, error: 'Forbidden' },
  });
});

test('with open credentials any signature is good, none is not', async () => {
  const open = compile(undefined, openCredentials());
  expect(await decide(open, await byHeader(SIGNED, OTHER_SECRET))).toMatchObject({
    identity: { user: 'anonymous', accessKey: 'AKIDALICE' },
  });
  await expect(decide(open, connect(URL_TEXT))).rejects.toMatchObject({
    type: 'MISSING_AUTHENTICATION_TOKEN',
  });
});
