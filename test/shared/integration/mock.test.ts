// MOCK integrations: template choice, passthrough, status codes, integration responses.
import { expect, test } from 'vitest';
import type { IntegrationRecord, IntegrationResponseRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { testIntegration, testStageDeps } from '../../support/snapshot.ts';

type ResponseGiven = Partial<IntegrationResponseRecord>;

function mock(record: Partial<IntegrationRecord>, responses: readonly ResponseGiven[]) {
  const { IntegrationUri: _, ...base } = testIntegration({ IntegrationType: 'MOCK', ...record });
  void _;
  return createIntegration(
    {
      record: base,
      responses: responses.map((response, at) => ({
        IntegrationId: 'int1',
        IntegrationResponseId: `ir${at}`,
        IntegrationResponseKey: '$default',
        ...response,
      })),
    },
    { ...testStageDeps(), stage: testStage(), events: WEBSOCKET_EVENTS },
  );
}

const twoWay = (text: string): RoutedExchange =>
  testMessage(text, { route: testRoute({ routeKey: 'ask', twoWay: true }) });

const OK = { RequestTemplates: { $default: '{"statusCode":200}' } };
const SAY = (text: string): ResponseGiven => ({ ResponseTemplates: { $default: text } });

async function answer(
  record: Partial<IntegrationRecord>,
  responses: readonly ResponseGiven[],
  exchange = twoWay('{"a":"x","n":{"m":1}}'),
): Promise<string> {
  try {
    const { status, body } = await mock(record, responses).invoke(exchange);
    return `${status} ${body === undefined ? '(nothing)' : Buffer.from(body).toString('utf8')}`;
  } catch (error) {
    if (error instanceof GatewayError) return error.type;
    throw error;
  }
}

test.each<[string, string]>([
  ['{"statusCode":200}', '200 r'],
  ['{"statusCode": 404, "more": true}', '404 r'],
  ['{statusCode: 200}', '200 r'],
  ["{'statusCode': 201,}", '201 r'],
  ['{"statusCode": -1}', '-1 r'],
  [' { "a" : {"statusCode": 1}, "statusCode" : 202 } ', '202 r'],
  ['#set($code = 200 + 4){"statusCode": $code}', '204 r'],
  ['{"statusCode":"200"}', 'API_CONFIGURATION_ERROR'],
  ['{"statusCode":2.5}', 'API_CONFIGURATION_ERROR'],
  ['{}', 'API_CONFIGURATION_ERROR'],
  ['', 'API_CONFIGURATION_ERROR'],
  ['statusCode: 200', 'API_CONFIGURATION_ERROR'],
  ['$util.parseJson("x")', 'API_CONFIGURATION_ERROR'],
])('request template %j: %s', async (template, expected) => {
  expect(await answer({ RequestTemplates: { $default: template } }, [SAY('r')])).toBe(expected);
});

const KEYED = { a: '{"statusCode":1}', $default: '{"statusCode":2}' };
const ONLY_A = { a: '{"statusCode":1}' };
const PASS = 'API_CONFIGURATION_ERROR';

test.each<[string, Partial<IntegrationRecord>, string, string]>([
  [
    'the expression’s value',
    { RequestTemplates: KEYED, TemplateSelectionExpression: '$request.body.k' },
    '{"k":"a"}',
    '1 r',
  ],
  [
    'no match: $default',
    { RequestTemplates: KEYED, TemplateSelectionExpression: '$request.body.k' },
    '{"k":"z"}',
    '2 r',
  ],
  [
    'a body that is no JSON: $default',
    { RequestTemplates: KEYED, TemplateSelectionExpression: '$request.body.k' },
    'text',
    '2 r',
  ],
  [
    'a constant expression',
    { RequestTemplates: KEYED, TemplateSelectionExpression: 'a' },
    '{}',
    '1 r',
  ],
  [
    'escaped $default',
    { RequestTemplates: KEYED, TemplateSelectionExpression: '\\$default' },
    '{"k":"a"}',
    '2 r',
  ],
  ['no expression: $default', { RequestTemplates: KEYED }, '{}', '2 r'],
  ['no templates: the body passes', {}, '{"statusCode":5}', '5 r'],
  ['no templates: the body passes, and is no status', {}, '{}', PASS],
  [
    'WHEN_NO_MATCH: no match passes',
    { RequestTemplates: ONLY_A, PassthroughBehavior: 'WHEN_NO_MATCH' },
    '{"statusCode":6}',
    '6 r',
  ],
  [
    'WHEN_NO_TEMPLATES: no templates pass',
    { PassthroughBehavior: 'WHEN_NO_TEMPLATES' },
    '{"statusCode":7}',
    '7 r',
  ],
  [
    'WHEN_NO_TEMPLATES: no match is refused',
    { RequestTemplates: ONLY_A, PassthroughBehavior: 'WHEN_NO_TEMPLATES' },
    '{"statusCode":7}',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'NEVER: no templates are refused',
    { PassthroughBehavior: 'NEVER' },
    '{"statusCode":7}',
    'UNSUPPORTED_MEDIA_TYPE',
  ],
  [
    'NEVER: a match is taken',
    { RequestTemplates: KEYED, PassthroughBehavior: 'NEVER' },
    '{}',
    '2 r',
  ],
])('template choice: %s', async (_what, record, message, expected) => {
  expect(await answer(record, [SAY('r')], twoWay(message))).toBe(expected);
});

const RESPONSES: readonly ResponseGiven[] = [
  { IntegrationResponseKey: '/2\\d\\d/', ...SAY('two') },
  { IntegrationResponseKey: '/4\\d/', ...SAY('never: the whole status must match') },
  { IntegrationResponseKey: '/404|500/', ...SAY('some') },
  { IntegrationResponseKey: '$default', ...SAY('rest') },
];

test.each([
  [200, '200 two'],
  [299, '299 two'],
  [404, '404 some'],
  [400, '400 rest'],
  [2000, '2000 rest'],
])('status %i is answered by %j', async (code, expected) => {
  const record = { RequestTemplates: { $default: `{"statusCode":${code}}` } };
  expect(await answer(record, RESPONSES)).toBe(expected);
});

test('no integration response that matches and no $default', async () => {
  const responses = [{ IntegrationResponseKey: '/4\\d\\d/', ...SAY('r') }];
  expect(await answer(OK, responses)).toBe('API_CONFIGURATION_ERROR');
  expect(await answer(OK, [])).toBe('API_CONFIGURATION_ERROR');
  expect(await answer(OK, [], testMessage('{}'))).toBe('API_CONFIGURATION_ERROR');
});

test.each<[string, ResponseGiven, string]>([
  [
    'the client’s message is the input',
    SAY('$input.path("$.a")-$input.body'),
    '200 x-{"a":"x","n":{"m":1}}',
  ],
  ['the context', SAY('{"id":"$context.connectionId"}'), '200 {"id":"AhT3mfC0liACJ9g="}'],
  ['no template: nothing to say', {}, '200 (nothing)'],
  ['an empty template: nothing to say', SAY(''), '200 (nothing)'],
  [
    'chosen by status',
    {
      TemplateSelectionExpression: '${integration.response.statuscode}',
      ResponseTemplates: { '200': 'ok', $default: 'other' },
    },
    '200 ok',
  ],
  [
    'chosen by the message',
    {
      TemplateSelectionExpression: '$request.body.a',
      ResponseTemplates: { x: 'for x', $default: 'other' },
    },
    '200 for x',
  ],
  [
    'no match and no $default',
    { TemplateSelectionExpression: '$request.body.a', ResponseTemplates: { y: 'for y' } },
    '200 (nothing)',
  ],
  ['a template that fails', SAY('$util.parseJson("x")'), 'API_CONFIGURATION_ERROR'],
])('response template: %s', async (_what, response, expected) => {
  expect(await answer(OK, [response])).toBe(expected);
});

test('one-way routes do not render what nobody gets', async () => {
  const failing = [SAY('$util.parseJson("x")')];
  expect(await answer(OK, failing, testMessage('{}'))).toBe('200 (nothing)');
});

test('a handshake gets headers by response parameters', async () => {
  const responses = [
    {
      ResponseParameters: {
        'method.response.header.Sec-WebSocket-Protocol': "'chat.v1'",
        'route.response.header.X-Room': 'integration.response.body.room',
      },
    },
  ];
  const connect = testMessage('', { event: 'CONNECT', route: testRoute({ routeKey: '$connect' }) });
  const result = await mock(OK, responses).invoke(connect);
  expect(result.status).toBe(200);
  expect(result.headers).toEqual({ 'Sec-WebSocket-Protocol': 'chat.v1' });
});

test.each<[string, Partial<IntegrationRecord>, readonly ResponseGiven[], string]>([
  ['a template', { RequestTemplates: { t: '#if(' } }, [SAY('r')], 'template "t": template line 1'],
  ['an expression', { TemplateSelectionExpression: '${' }, [SAY('r')], 'position 0'],
  ['a response’s template', OK, [SAY('#end')], 'response $default: template "$default"'],
  ['a response’s key', OK, [{ IntegrationResponseKey: '/(/' }], 'response /(/: invalid pattern'],
  [
    'a response’s parameter',
    OK,
    [{ ResponseParameters: { 'header.x': "'y'" } }],
    'invalid mapping target "header.x"',
  ],
  [
    'a response’s expression',
    OK,
    [{ TemplateSelectionExpression: '$nothing' }],
    '$nothing is not allowed here',
  ],
])('%s that cannot be read fails the deployment', (_what, record, responses, text) => {
  expect(() => mock(record, responses)).toThrow(DefinitionError);
  expect(() => mock(record, responses)).toThrow(text);
});

test('a template that hands the message through sends its very bytes, any other its own', async () => {
  const exchange = twoWay('{"é":"😀"}');
  const through = await mock(OK, [SAY('$input.body')]).invoke(exchange);
  expect(through.body).toBe(exchange.request.body.bytes);
  const longer = await mock(OK, [SAY('$input.body!')]).invoke(exchange);
  expect(Buffer.from(longer.body ?? []).toString()).toBe('{"é":"😀"}!');
  const same = await mock(OK, [SAY('0123456789')]).invoke(exchange);
  expect(Buffer.from(same.body ?? []).toString()).toBe('0123456789');
});
