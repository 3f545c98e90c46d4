// AWS_PROXY integrations: URI forms, permissions, what answers mean, and how invocations fail.
import { expect, test } from 'vitest';
import type { InvokeFailure } from '#shared/model/functions.ts';
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError, InvokeError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { FUNCTION_ARN, testIntegration, testStageDeps } from '../../support/snapshot.ts';

function setup(record: Partial<IntegrationRecord> = {}, variables: Record<string, string> = {}) {
  const deps = testStageDeps();
  const integration = createIntegration(
    { record: testIntegration(record), responses: [] },
    { ...deps, stage: testStage({ variables }), events: WEBSOCKET_EVENTS },
  );
  return { integration, invoker: deps.invoker };
}

const oneWay = testMessage('{}', { route: testRoute({ routeKey: 'move' }) });
const twoWay = testMessage('{}', { route: testRoute({ routeKey: 'ask', twoWay: true }) });
const connect = testMessage('', { event: 'CONNECT', route: testRoute({ routeKey: '$connect' }) });
const disconnect = testMessage('', {
  event: 'DISCONNECT',
  route: testRoute({ routeKey: '$disconnect' }),
});

const PATH = 'arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions';
const CHAT = { region: 'eu-central-1', accountId: '111122223333', name: 'chat' };

test.each([
  [`${PATH}/${FUNCTION_ARN}/invocations`, CHAT],
  [FUNCTION_ARN, CHAT],
  [`${PATH}/${FUNCTION_ARN}:blue/invocations`, { ...CHAT, qualifier: 'blue' }],
  [`${FUNCTION_ARN}:$LATEST`, { ...CHAT, qualifier: '$LATEST' }],
  [
    'arn:aws-cn:lambda:cn-north-1:222233334444:function:a_b-C',
    { region: 'cn-north-1', accountId: '222233334444', name: 'a_b-C' },
  ],
  [`${PATH}/\${stageVariables.fn}/invocations`, { ...CHAT, name: 'named', qualifier: 'v1' }],
  [`${FUNCTION_ARN}:\${stageVariables.alias}`, { ...CHAT, qualifier: 'green' }],
  [`${PATH}/\${stageVariables.arn}/invocations`, { ...CHAT, name: 'other' }],
])('%s names a function', async (uri, ref) => {
  const { integration, invoker } = setup(
    { IntegrationUri: uri },
    { fn: 'named:v1', alias: 'green', arn: FUNCTION_ARN.replace('chat', 'other') },
  );
  await integration.invoke(oneWay);
  expect(invoker.invocations[0]?.ref).toEqual(ref);
});

test.each([
  undefined,
  '',
  'https://example.com/',
  'arn:aws:apigateway:eu-central-1:sqs:action/SendMessage',
  'arn:aws:s3:::bucket',
  `${PATH}/${FUNCTION_ARN}`,
  `${FUNCTION_ARN}:a:b`,
])('%s names none: the deployment fails', (uri) => {
  const record = testIntegration();
  const deps = { ...testStageDeps(), stage: testStage(), events: WEBSOCKET_EVENTS };
  const definition = {
    record: uri === undefined ? withoutUri(record) : { ...record, IntegrationUri: uri },
    responses: [],
  };
  expect(() => createIntegration(definition, deps)).toThrow(DefinitionError);
  expect(() => createIntegration(definition, deps)).toThrow('Integration int1: ');
});

test.each([
  [{}, 'stage variable fn is not set'],
  [{ fn: 'not a name' }, 'does not name a Lambda function'],
])('stage variables %j fail the call, not the deployment', async (variables, detail) => {
  const { integration, invoker } = setup(
    { IntegrationUri: `${PATH}/\${stageVariables.fn}/invocations` },
    variables,
  );
  const error = await failure(integration.invoke(oneWay));
  expect(error.type).toBe('API_CONFIGURATION_ERROR');
  expect(error.detail).toContain(detail);
  expect(invoker.invocations).toEqual([]);
});

test('the function gets the event, the source ARN of the route and the timeout', async () => {
  const { integration, invoker } = setup({ TimeoutInMillis: 1500 });
  invoker.answer = () => '{"statusCode":200}';
  await integration.invoke(twoWay);
  await integration.invoke(connect);
  const [first, second] = invoker.invocations;
  const arn = 'arn:aws:execute-api:eu-central-1:111122223333:k3v9wq01ab/live';
  expect(first?.options).toEqual({ timeoutMs: 1500, sourceArn: `${arn}/ask` });
  expect(second?.options.sourceArn).toBe(`${arn}/$connect`);
  expect(first?.event).toMatchObject({ requestContext: { eventType: 'MESSAGE' }, body: '{}' });
});

test.each([
  [10, 50],
  [50, 50],
  [29_000, 29_000],
  [30_000, 29_000],
])('a timeout of %i ms is kept as %i ms', async (TimeoutInMillis, timeoutMs) => {
  const { integration, invoker } = setup({ TimeoutInMillis });
  await integration.invoke(oneWay);
  expect(invoker.invocations[0]?.options.timeoutMs).toBe(timeoutMs);
});

test('a content handling strategy changes nothing: the event has the message as it is', async () => {
  const { integration, invoker } = setup({ ContentHandlingStrategy: 'CONVERT_TO_BINARY' });
  await integration.invoke(testMessage('aGk=', { route: testRoute({ routeKey: 'move' }) }));
  expect(invoker.invocations[0]?.event).toMatchObject({ body: 'aGk=', isBase64Encoded: false });
});

test('with a role of its own the resource policy is not asked', async () => {
  const { integration, invoker } = setup({ CredentialsArn: 'arn:aws:iam::1:role/r' });
  await integration.invoke(oneWay);
  expect(invoker.invocations[0]?.options).not.toHaveProperty('sourceArn');
});

test.each<[string, RoutedExchange, string, number, string | undefined]>([
  ['a message', twoWay, '{"statusCode":200,"body":"hi ä"}', 200, 'hi ä'],
  ['a message with an error status', twoWay, '{"statusCode":500,"body":"no"}', 500, 'no'],
  ['a message without a status', twoWay, '{"body":"hi"}', 200, 'hi'],
  ['a message without a body', twoWay, '{"statusCode":200}', 200, undefined],
  ['a message with an empty body', twoWay, '{"statusCode":200,"body":""}', 200, undefined],
  ['a message with null', twoWay, 'null', 200, undefined],
  ['a message with base64', twoWay, '{"body":"aGk=","isBase64Encoded":true}', 200, 'aGk='],
  ['a handshake', connect, '{"statusCode":201}', 201, undefined],
  ['a handshake with a text status', connect, '{"statusCode":"401","body":"x"}', 401, 'x'],
])('%s is answered', async (_what, exchange, payload, status, body) => {
  const { integration, invoker } = setup();
  invoker.answer = () => payload;
  const result = await integration.invoke(exchange);
  expect(result.status).toBe(status);
  expect(result.body && Buffer.from(result.body).toString('utf8')).toBe(body);
});

test('headers of both maps are text, hostile names included', async () => {
  const { integration, invoker } = setup();
  invoker.answer = () =>
    '{"statusCode":200,"headers":{"A":1,"B":true,"__proto__":"p","D":{}},"multiValueHeaders":{"C":["x","y"]}}';
  const { headers } = await integration.invoke(connect);
  expect(Object.entries(headers)).toEqual([
    ['C', 'y'],
    ['A', '1'],
    ['B', 'true'],
    ['__proto__', 'p'],
  ]);
});

test.each<[RoutedExchange, string]>([
  [connect, 'null'],
  [connect, '{}'],
  [connect, '"ok"'],
  [connect, '{"statusCode":"abc"}'],
  [connect, '{"statusCode":2.5}'],
  [connect, '{"statusCode":200,"headers":"x"}'],
  [connect, 'not json'],
  [twoWay, '"hello"'],
  [twoWay, '5'],
  [twoWay, '[]'],
  [twoWay, '{"body":{"a":1}}'],
  [twoWay, '{"body":5}'],
])('%#: a malformed answer %2$s is an integration failure', async (exchange, payload) => {
  const { integration, invoker } = setup();
  invoker.answer = () => payload;
  const error = await failure(integration.invoke(exchange));
  expect(error.type).toBe('INTEGRATION_FAILURE');
  expect(error.detail).toContain('Malformed Lambda proxy response');
});

test('what nobody waits for is not decoded until it is read', async () => {
  const { integration, invoker } = setup();
  invoker.answer = () => 'not json';
  for (const exchange of [oneWay, disconnect]) {
    const result = await integration.invoke(exchange);
    expect(result.status).toBe(502);
    expect(result.body).toBeUndefined();
    expect(result.headers).toEqual({});
  }
  invoker.answer = () => '{"statusCode":418,"body":"late","headers":{"a":"b"}}';
  const late = await integration.invoke(oneWay);
  expect([late.status, late.headers['a'], late.body?.length]).toEqual([418, 'b', 4]);
});

test('a function that failed fails the integration, on one-way routes too', async () => {
  const { integration, invoker } = setup();
  invoker.answer = () => ({
    payload: Buffer.from('{"errorMessage":"boom"}'),
    functionError: 'Unhandled',
  });
  const error = await failure(integration.invoke(oneWay));
  expect(error.type).toBe('INTEGRATION_FAILURE');
  expect(error.detail).toContain('boom');
});

test.each<[InvokeFailure, string, number]>([
  ['NotFound', 'API_CONFIGURATION_ERROR', 500],
  ['AccessDenied', 'API_CONFIGURATION_ERROR', 500],
  ['TimedOut', 'INTEGRATION_TIMEOUT', 504],
  ['Throttled', 'INTEGRATION_FAILURE', 502],
  ['TooLarge', 'INTEGRATION_FAILURE', 502],
  ['BadRequest', 'INTEGRATION_FAILURE', 502],
  ['Unavailable', 'INTEGRATION_FAILURE', 502],
])('%s becomes %s', async (reason, type, status) => {
  const { integration, invoker } = setup();
  const cause = new InvokeError(reason, 'why');
  invoker.answer = () => cause;
  const error = await failure(integration.invoke(connect));
  expect([error.type, error.status, error.cause]).toEqual([type, status, cause]);
});

test('an exchange that has no event shape is refused', async () => {
  const { integration } = setup();
  const error = await failure(integration.invoke(testMessage('', { event: 'HTTP' })));
  expect(error.type).toBe('NOT_IMPLEMENTED');
});

function withoutUri(record: IntegrationRecord): IntegrationRecord {
  const members = Object.entries(record).filter(([name]) => name !== 'IntegrationUri');
  return Object.fromEntries(members) as unknown as IntegrationRecord;
}

async function failure(promise: unknown): Promise<GatewayError> {
  const error: unknown = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error('no GatewayError', { cause: error });
}
