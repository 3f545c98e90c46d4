// Lambda authorizers: identity sources, what is invoked, every answer and its status, what is noted for access logs.
import { expect, test } from 'vitest';
import { decide } from '#shared/authorizer/decide.ts';
import { createAuthorizer } from '#shared/authorizer/kinds.ts';
import type { Admission } from '#shared/model/authorizer.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { AuthorizerRecord } from '#shared/model/records.ts';
import { DefinitionError, GatewayError, InvokeError } from '#shared/exchange/errors.ts';
import {
  CONNECT_ARN,
  testAuthorizerDeps,
  testAuthorizerRecord,
  testConnect,
} from '../../support/authorizer.ts';
import { testConnection, testStage } from '../../support/exchange.ts';
import { FUNCTION_ARN, testRouteRecord } from '../../support/snapshot.ts';

const CUSTOM = testRouteRecord('$connect', { AuthorizationType: 'CUSTOM' });

function compile(
  overrides: Partial<AuthorizerRecord> = {},
  deps: ReturnType<typeof testAuthorizerDeps> = testAuthorizerDeps(),
) {
  const authorizer = createAuthorizer(CUSTOM, testAuthorizerRecord(overrides), deps);
  if (authorizer === undefined) throw new Error('no authorizer');
  return authorizer;
}

function output(overrides: Record<string, unknown> = {}, effect = 'Allow'): string {
  return JSON.stringify({
    principalId: 'u-481',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: CONNECT_ARN }],
    },
    ...overrides,
  });
}

/** Asks an authorizer whose function answers `answer`. */
function ask(answer: ReturnType<ReturnType<typeof testAuthorizerDeps>['invoker']['answer']>) {
  const deps = testAuthorizerDeps();
  deps.invoker.answer = () => answer;
  const exchange = testConnect();
  return { exchange, deps, admission: decide(compile({}, deps), exchange) };
}

async function failure(admission: Promise<Admission>): Promise<GatewayError> {
  const error: unknown = await admission.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error(`not a GatewayError: ${String(error)}`);
  return error;
}

const REQUEST = {
  rawHeaders: ['X-Token', 't', 'empty', '', 'twice', 'a', 'TWICE', 'b'],
  query: 'token=q&blank=&flag',
};

test.each<[string[], string | undefined]>([
  [[], '[]'],
  [['route.request.header.X-Token'], '["t"]'],
  [['route.request.header.x-token'], '["t"]'],
  [['route.request.header.twice'], '["b"]'],
  [['route.request.header.empty'], undefined],
  [['route.request.header.none'], undefined],
  [['route.request.querystring.token'], '["q"]'],
  [['route.request.querystring.Token'], undefined],
  [['route.request.querystring.blank'], undefined],
  [['route.request.querystring.flag'], undefined],
  [['stageVariables.pool'], '["eu"]'],
  [['stageVariables.other'], undefined],
  [['context.identity.sourceIp'], '["198.51.100.23"]'],
  [['context.identity.userAgent'], undefined],
  [['route.request.header.X-Token', 'route.request.querystring.token'], '["t","q"]'],
  [['route.request.header.X-Token', 'route.request.querystring.none'], undefined],
])('identity sources %j give %j, and 401 without a call if one is missing', async (sources, id) => {
  const deps = testAuthorizerDeps();
  deps.invoker.answer = () => output();
  const authorizer = compile({ IdentitySource: sources }, deps);
  const exchange = testConnect(REQUEST, { stage: testStage({ variables: { pool: 'eu' } }) });
  expect(authorizer.identity(exchange)).toBe(id);
  if (id === undefined) {
    expect((await failure(decide(authorizer, exchange))).type).toBe('UNAUTHORIZED');
    expect(deps.invoker.invocations).toEqual([]);
  } else {
    await decide(authorizer, exchange);
    expect(deps.invoker.invocations).toHaveLength(1);
  }
});

test('the function is invoked with the event, on behalf of the authorizer', async () => {
  const { deps, admission } = ask(output());
  await admission;
  const [{ ref, event, options } = { ref: {}, event: {}, options: {} }] = deps.invoker.invocations;
  expect(ref).toEqual({ region: 'eu-central-1', accountId: '111122223333', name: 'chat' });
  expect(event).toMatchObject({ type: 'REQUEST', methodArn: CONNECT_ARN, stageVariables: {} });
  expect(options).toEqual({
    timeoutMs: 29_000,
    sourceArn: 'arn:aws:execute-api:eu-central-1:111122223333:k3v9wq01ab/authorizers/auth01',
  });
});

test('with a role of its own the function’s policy is not asked', async () => {
  const deps = testAuthorizerDeps();
  deps.invoker.answer = () => output();
  const record = { AuthorizerCredentialsArn: 'arn:aws:iam::111122223333:role/a' };
  await decide(compile(record, deps), testConnect());
  expect(deps.invoker.invocations[0]?.options).toEqual({ timeoutMs: 29_000 });
});

test('the function’s name may hold stage variables; one that is missing is a 500', async () => {
  const uri = FUNCTION_ARN.replace('chat', '${stageVariables.fn}');
  const deps = testAuthorizerDeps({ variables: { fn: 'tokens' } });
  deps.invoker.answer = () => output();
  await decide(compile({ AuthorizerUri: uri }, deps), testConnect());
  expect(deps.invoker.invocations[0]?.ref.name).toBe('tokens');
  const error = await failure(decide(compile({ AuthorizerUri: uri }), testConnect()));
  expect(error.type).toBe('AUTHORIZER_CONFIGURATION_ERROR');
  expect(error.detail).toBe('stage variable fn is not set');
});

test('an allow gives the principal, the context as texts and the key', async () => {
  const context = {
    tier: 'gold',
    level: 3,
    ratio: 1.5,
    vip: true,
    empty: '',
    principalId: 'forged',
  };
  const { admission } = ask(output({ context, usageIdentifierKey: 'key-1' }));
  expect(await admission).toEqual({
    authorizer: {
      tier: 'gold',
      level: '3',
      ratio: '1.5',
      vip: 'true',
      empty: '',
      principalId: 'u-481',
    },
    usageIdentifierKey: 'key-1',
  });
  expect(await ask(output({ context: null, usageIdentifierKey: null })).admission).toEqual({
    authorizer: { principalId: 'u-481' },
  });
});

const statement = { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' };
const withStatement = (overrides: object): string =>
  output({
    policyDocument: { Version: '2012-10-17', Statement: [{ ...statement, ...overrides }] },
  });
const thrown = (errorMessage: unknown) => ({
  functionError: 'Unhandled' as const,
  payload: Buffer.from(JSON.stringify({ errorMessage, errorType: 'Error', trace: [] })),
});

test.each<[string, Parameters<typeof ask>[0], GatewayError['type']]>([
  ['Deny', output({}, 'Deny'), 'ACCESS_DENIED'],
  ['a policy for another stage', withStatement({ Resource: `${CONNECT_ARN}x` }), 'ACCESS_DENIED'],
  ['a policy for other routes only', withStatement({ Resource: '*/secret' }), 'ACCESS_DENIED'],
  ['no statement', output({ policyDocument: { Statement: [] } }), 'ACCESS_DENIED'],
  [
    'a condition that does not hold',
    withStatement({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
    'ACCESS_DENIED',
  ],
  ['the error Unauthorized', thrown('Unauthorized'), 'UNAUTHORIZED'],
  ['the error unauthorized', thrown('unauthorized'), 'AUTHORIZER_FAILURE'],
  ['the error Unauthorized.', thrown('Unauthorized.'), 'AUTHORIZER_FAILURE'],
  ['an error without a message', thrown(undefined), 'AUTHORIZER_FAILURE'],
  ['an error that is not JSON', { ...thrown(''), payload: Buffer.from('x') }, 'AUTHORIZER_FAILURE'],
  ['a timeout', new InvokeError('TimedOut', 'late'), 'AUTHORIZER_FAILURE'],
  ['a throttle', new InvokeError('Throttled', 'busy'), 'AUTHORIZER_FAILURE'],
  ['no function', new InvokeError('NotFound', 'none'), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['no permission', new InvokeError('AccessDenied', 'no'), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['the text Unauthorized', '"Unauthorized"', 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['null', 'null', 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['no JSON', '{', 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['no principal', output({ principalId: undefined }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['an empty principal', output({ principalId: '' }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['a principal that is an object', output({ principalId: {} }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['no policy', output({ policyDocument: undefined }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['a policy that is a text', output({ policyDocument: '{}' }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['an unknown effect', withStatement({ Effect: 'Maybe' }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  [
    'a resource of 513 characters',
    withStatement({ Resource: '*'.repeat(513) }),
    'AUTHORIZER_CONFIGURATION_ERROR',
  ],
  ['a context that is a list', output({ context: [] }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['a nested context', output({ context: { a: { b: 1 } } }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['null in the context', output({ context: { a: null } }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['a foreign member', output({ isAuthorized: true }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  ['a key that is no text', output({ usageIdentifierKey: 5 }), 'AUTHORIZER_CONFIGURATION_ERROR'],
  [
    'more than 8 KB',
    output({ context: { big: 'a'.repeat(AWS_LIMITS.authorizerResultBytes) } }),
    'AUTHORIZER_CONFIGURATION_ERROR',
  ],
])('%s ends in %3$s', async (_, answer, type) => {
  expect((await failure(ask(answer).admission)).type).toBe(type);
});

test('8 KB to the byte are let through', async () => {
  const room = AWS_LIMITS.authorizerResultBytes - Buffer.byteLength(output({ context: { a: '' } }));
  await expect(ask(output({ context: { a: 'a'.repeat(room) } })).admission).resolves.toBeDefined();
  const over = ask(output({ context: { a: 'a'.repeat(room + 1) } })).admission;
  expect((await failure(over)).detail).toContain('8193 bytes');
});

test('phases are noted with their time, status and request id', async () => {
  const deps = testAuthorizerDeps();
  deps.invoker.answer = () => {
    deps.clock.advance(21);
    return output({}, 'Deny');
  };
  const exchange = testConnect();
  await failure(decide(compile({}, deps), exchange));
  expect(exchange.phases).toEqual({
    authorizer: { latency: 21, status: 200, requestId: 'r-1', integrationStatus: 200 },
    authorize: { latency: 0, status: 403, error: 'Forbidden' },
  });
});

test('an authorizer that fails is noted with its status', async () => {
  const { exchange, admission } = ask(thrown('Unauthorized'));
  await failure(admission);
  expect(exchange.phases).toEqual({
    authorizer: {
      latency: 0,
      status: 401,
      error: 'Unauthorized',
      requestId: 'r-1',
      integrationStatus: 200,
    },
  });
});

test('conditions see the client’s address and agent', async () => {
  const Condition = {
    IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
    StringLike: { 'aws:UserAgent': 'duel*' },
  };
  const deps = testAuthorizerDeps();
  deps.invoker.answer = () => withStatement({ Condition });
  const duel = testConnect({ rawHeaders: ['User-Agent', 'duel/1'] });
  await expect(decide(compile({}, deps), duel)).resolves.toBeDefined();
  const elsewhere = { connection: testConnection({ sourceIp: '203.0.113.1' }) };
  const other = testConnect({ rawHeaders: ['User-Agent', 'duel/1'] }, elsewhere);
  expect((await failure(decide(compile({}, deps), other))).type).toBe('ACCESS_DENIED');
});

test.each<[string, () => unknown, string]>([
  ['a URI of no function', () => compile({ AuthorizerUri: 'arn:aws:s3:::b' }), 'does not name'],
  ['an identity source of no kind', () => compile({ IdentitySource: ['body.x'] }), 'body.x'],
  [
    'no authorizer',
    () => createAuthorizer(CUSTOM, undefined, testAuthorizerDeps()),
    'authorization CUSTOM has no authorizer',
  ],
  [
    'JWT',
    () =>
      createAuthorizer(
        { ...CUSTOM, AuthorizationType: 'JWT' },
        testAuthorizerRecord(),
        testAuthorizerDeps(),
      ),
    'JWT is not supported yet',
  ],
])('%s cannot be deployed', (_, make, message) => {
  expect(make).toThrow(DefinitionError);
  expect(make).toThrow(message);
});

test('a route without authorization has no authorizer, whatever it names', () => {
  const route = testRouteRecord('$connect');
  expect(createAuthorizer(route, testAuthorizerRecord(), testAuthorizerDeps())).toBeUndefined();
});
