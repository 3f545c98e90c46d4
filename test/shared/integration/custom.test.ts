// Non-proxy integrations with a back end: HTTP and AWS (a function), their templates and integration responses.
import { expect, onTestFinished, test } from 'vitest';
import type { Integration, IntegrationResult } from '#shared/model/integration.ts';
import type { IntegrationRecord, IntegrationResponseRecord } from '#shared/model/records.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { testMessage, testRequest, testRoute, testStage } from '../../support/exchange.ts';
import { startBackend } from '../../support/http-backend.ts';
import type { ScriptedInvoker } from '../../support/invoker.ts';
import { FUNCTION_ARN, testIntegration, testStageDeps } from '../../support/snapshot.ts';

type ResponseGiven = Partial<IntegrationResponseRecord>;

function create(
  record: Partial<IntegrationRecord>,
  responses: readonly ResponseGiven[],
): { readonly integration: Integration; readonly invoker: ScriptedInvoker } {
  const deps = testStageDeps();
  const integration = createIntegration(
    {
      record: testIntegration(record),
      responses: responses.map((response, at) => ({
        IntegrationId: 'int1',
        IntegrationResponseId: `ir${at}`,
        IntegrationResponseKey: '$default',
        ...response,
      })),
    },
    { ...deps, stage: testStage(), events: {} },
  );
  onTestFinished(async () => integration.close?.());
  return { integration, invoker: deps.invoker };
}

const text = ({ body }: IntegrationResult): string | undefined =>
  body && Buffer.from(body).toString('utf8');

const twoWay = testMessage('{"n":1}', { route: testRoute({ routeKey: 'ask', twoWay: true }) });
const oneWay = testMessage('{"n":1}', { route: testRoute({ routeKey: 'tell' }) });
const EVENT = { RequestTemplates: { $default: '{"number":$input.json("$.n")}' } };
const LAMBDA = { IntegrationType: 'AWS', IntegrationUri: FUNCTION_ARN, ...EVENT } as const;

test('HTTP: a template makes the request, the status chooses the answer’s template', async () => {
  const backend = await startBackend((response, request) => {
    response.writeHead(request.body.includes('1') ? 200 : 404, { 'X-Kind': 'k' });
    response.end('{"result":[1,2]}');
  });
  const { integration } = create(
    {
      IntegrationType: 'HTTP',
      IntegrationMethod: 'PUT',
      IntegrationUri: `${backend.url}/calc`,
      RequestParameters: { 'integration.request.header.X-Id': 'context.connectionId' },
      ...EVENT,
    },
    [
      {
        IntegrationResponseKey: '/2\\d\\d/',
        ResponseTemplates: { $default: '$input.path("$.result")' },
      },
      { ResponseTemplates: { $default: 'not found' } },
    ],
  );
  expect(text(await integration.invoke(twoWay))).toBe('[1,2]');
  const other = testMessage('{"n":2}', { route: twoWay.route });
  expect(text(await integration.invoke(other))).toBe('not found');
  const [request] = backend.requests;
  expect(request).toMatchObject({ method: 'PUT', url: '/calc', body: '{"number":1}' });
  expect(request?.headers).toMatchObject({
    'x-id': 'AhT3mfC0liACJ9g=',
    accept: 'application/json',
    'content-type': 'application/json',
  });
});

test('HTTP: of a handshake only what is mapped goes out; response parameters come back', async () => {
  const backend = await startBackend((response) => {
    response.setHeader('X-Protocol', 'chat');
    response.end();
  });
  const { integration } = create(
    { IntegrationType: 'HTTP', IntegrationUri: backend.url, IntegrationMethod: 'ANY' },
    [
      {
        ResponseParameters: {
          'method.response.header.Sec-WebSocket-Protocol': 'integration.response.header.x-protocol',
        },
      },
    ],
  );
  const connect = testMessage('', {
    event: 'CONNECT',
    request: testRequest({ query: 'a=1', rawHeaders: ['Authorization', 'secret'] }),
  });
  const { status, headers } = await integration.invoke(connect);
  expect([status, headers]).toEqual([200, { 'Sec-WebSocket-Protocol': 'chat' }]);
  expect(backend.requests[0]).toMatchObject({ method: 'GET', url: '/' });
  expect(backend.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('HTTP: without a template the answer passes, as base64 if asked for', async () => {
  const backend = await startBackend((response) => response.end(Buffer.from([0, 255])));
  const record = { IntegrationType: 'HTTP', IntegrationUri: backend.url } as const;
  const { integration } = create(record, [{ ContentHandlingStrategy: 'CONVERT_TO_TEXT' }]);
  expect(text(await integration.invoke(twoWay))).toBe('AP8=');
  expect(backend.requests[0]?.body).toBe('{"n":1}');
});

test('HTTP: one-way routes need a matching response too, and get no body', async () => {
  const backend = await startBackend((response) => response.end('x'));
  const record = { IntegrationType: 'HTTP', IntegrationUri: backend.url } as const;
  expect((await create(record, [{}]).integration.invoke(oneWay)).body).toBeUndefined();
  const running = Promise.resolve(create(record, []).integration.invoke(oneWay));
  const error: unknown = await running.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ type: 'API_CONFIGURATION_ERROR' });
});

test('AWS: the function gets the template’s text, and its payload goes through', async () => {
  const { integration, invoker } = create(LAMBDA, [{}]);
  invoker.answer = () => '{"doubled":2}';
  expect(text(await integration.invoke(twoWay))).toBe('{"doubled":2}');
  expect(invoker.invocations[0]).toMatchObject({ ref: { name: 'chat' }, event: { number: 1 } });
  expect(invoker.invocations[0]?.options.sourceArn).toMatch(/\/live\/ask$/);
});

const ERRORS: readonly ResponseGiven[] = [
  {
    IntegrationResponseKey: '/.+/',
    ResponseTemplates: { $default: 'error: $input.path("$.errorMessage")' },
  },
  { IntegrationResponseKey: '$default', ResponseTemplates: { $default: 'fine' } },
];

test.each([
  ['{"errorMessage":"boom"}', 'Unhandled' as const, 500, 'error: boom'],
  ['{"errorMessage":"only a value"}', undefined, 200, 'fine'],
  ['{"errorType":"NoMessage"}', 'Unhandled' as const, 500, 'fine'],
])('AWS: %s with functionError %s: %i %s', async (payload, functionError, status, expected) => {
  const { integration, invoker } = create(LAMBDA, ERRORS);
  invoker.answer = () => ({
    payload: Buffer.from(payload),
    ...(functionError !== undefined && { functionError }),
  });
  const result = await integration.invoke(twoWay);
  expect([result.status, text(result)]).toEqual([status, expected]);
});

test('AWS: the header X-Amz-Invocation-Type queues the event', async () => {
  const parameters = { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" };
  const { integration, invoker } = create({ ...LAMBDA, RequestParameters: parameters }, [{}]);
  invoker.answer = () => '';
  const result = await integration.invoke(twoWay);
  expect([result.status, result.body]).toEqual([202, undefined]);
  expect(invoker.invocations[0]?.options.invocationType).toBe('Event');
});

test('AWS: CONVERT_TO_BINARY gives the function what base64 says; what is none is a failure', async () => {
  const { RequestTemplates: _, ...plain } = LAMBDA;
  void _;
  const { integration, invoker } = create(
    { ...plain, ContentHandlingStrategy: 'CONVERT_TO_BINARY' },
    [{}],
  );
  const route = twoWay.route;
  await integration.invoke(testMessage(Buffer.from('{"n":"é"}').toString('base64'), { route }));
  expect(invoker.invocations[0]?.event).toEqual({ n: 'é' });
  await expect(integration.invoke(testMessage('{"n":1}', { route }))).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
  });
  expect(invoker.invocations).toHaveLength(1);
});

test('AWS: a template that fails is the gateway’s failure, and nothing is invoked', async () => {
  const record = { ...LAMBDA, RequestTemplates: { $default: '$util.parseJson("x")' } };
  const { integration, invoker } = create(record, [{}]);
  const running = Promise.resolve(integration.invoke(twoWay));
  const error: unknown = await running.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GatewayError);
  expect(error).toMatchObject({ type: 'API_CONFIGURATION_ERROR', status: 500 });
  expect(invoker.invocations).toEqual([]);
});

test('HTTP: what is not UTF-8 in an answer is replaced also where the template hands it through', async () => {
  const backend = await startBackend((response) => response.end(Buffer.from([0xff, 0x61])));
  const record = { IntegrationType: 'HTTP', IntegrationUri: backend.url } as const;
  const { integration } = create(record, [{ ResponseTemplates: { $default: '$input.body' } }]);
  expect(text(await integration.invoke(twoWay))).toBe('\ufffda');
});
