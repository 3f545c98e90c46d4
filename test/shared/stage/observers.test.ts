// Observers as stage settings want them: what is counted, what is logged and at which level.
import { expect, test } from 'vitest';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { AccessLine, ExchangeEnd, Failure } from '#shared/model/observation.ts';
import type { StageRecord } from '#shared/model/records.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { Traffic } from '#shared/runtime/traffic.ts';
import { observerOf } from '#shared/stage/observers/observers.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { testLiveStage } from '../../support/snapshot.ts';

function observed(settings: Partial<StageRecord>, routeKey?: string) {
  const traffic = new Traffic();
  const access: AccessLine[] = [];
  const logs: LogLine[] = [];
  const deps = {
    traffic,
    accessLog: (line: AccessLine) => void access.push(line),
    executionLog: new Logger((line) => logs.push(line), 'execution'),
    limits: AWS_LIMITS,
  };
  const stage = { ...testLiveStage().stage, ...settings };
  const observer = observerOf(
    testStage(),
    stage,
    routeKey === undefined ? { deps } : { deps, routeKey },
  );
  return { observer, traffic, access, logs };
}

const MOVE = testMessage('{"x":1}', { route: testRoute({ routeKey: 'move' }) });
const failure = (type: string, status: number): Failure => ({
  type,
  status,
  message: 'm',
  detail: 'why',
});

test.each<[string, Partial<ExchangeEnd>, Readonly<Record<string, number>>]>([
  ['a one-way message', { integrationMs: 3 }, { messages: 1 }],
  ['a two-way message', { integrationMs: 3, reply: Buffer.from('a') }, { messages: 2 }],
  [
    'an answer 404',
    { integrationMs: 3, integrationStatus: 404 },
    { messages: 1, integrationErrors: 1, clientErrors: 1 },
  ],
  [
    'an answer 503',
    { integrationMs: 3, integrationStatus: 503 },
    { messages: 1, integrationErrors: 1 },
  ],
  ['a bad body', { error: failure('BAD_REQUEST_BODY', 400) }, { messages: 1, clientErrors: 1 }],
  ['a throttle', { error: failure('THROTTLED', 429) }, { messages: 1, clientErrors: 1 }],
  [
    'a failing function',
    { error: failure('INTEGRATION_FAILURE', 502) },
    { messages: 1, integrationErrors: 1 },
  ],
  [
    'a timeout',
    { error: failure('INTEGRATION_TIMEOUT', 504) },
    { messages: 1, executionErrors: 1 },
  ],
  [
    'no permission',
    { error: failure('API_CONFIGURATION_ERROR', 500) },
    { messages: 1, executionErrors: 1 },
  ],
])('%s is counted', (_name, end, expected) => {
  const { observer, traffic } = observed({});
  observer?.ended(MOVE, { status: 200, ...end });
  const { latency, ...counts } = traffic.counts('k3v9wq01ab', 'live');
  expect(counts).toEqual({
    ...{ connects: 0, messages: 0, integrationErrors: 0, clientErrors: 0, executionErrors: 0 },
    ...expected,
  });
  expect(latency.count).toBe(end.integrationMs === undefined ? 0 : 1);
});

test('connects, pushes and mocks', () => {
  const { observer, traffic } = observed({});
  observer?.ended({ ...MOVE, event: 'CONNECT' }, { status: 200, integrationMs: 2 });
  observer?.ended({ ...MOVE, event: 'DISCONNECT' }, { status: 200, integrationMs: 2 });
  observer?.pushed?.();
  const mock = testRoute({
    integration: { type: 'MOCK', invoke: () => Promise.reject(new Error()) },
  });
  observer?.ended({ ...MOVE, route: mock }, { status: 200, integrationMs: 2 });
  const counts = traffic.counts('k3v9wq01ab', 'live');
  expect(counts).toMatchObject({ connects: 1, messages: 2 });
  expect(counts.latency.count).toBe(2);
});

test('detailed metrics give a route a series of its own', () => {
  const settings = { RouteSettings: { move: { DetailedMetricsEnabled: true } } };
  const { observer, traffic } = observed(settings, 'move');
  observer?.ended(MOVE, { status: 200, integrationMs: 150 });
  const text = traffic.text();
  expect(text).toContain(
    'postern_message_count_total{ApiId="k3v9wq01ab",Stage="live",Route="move"} 1',
  );
  expect(text).toMatch(/latency_milliseconds_bucket\{[^}]*Route="move",le="100"\} 0/);
  expect(text).toMatch(/latency_milliseconds_bucket\{[^}]*Route="move",le="200"\} 1/);
  expect(text).toMatch(/latency_milliseconds_bucket\{[^}]*Route="move",le="\+Inf"\} 1/);
  traffic.forget('k3v9wq01ab', 'live');
  expect(traffic.text()).not.toContain('k3v9wq01ab');
});

test('a route key is escaped where Prometheus demands it', () => {
  const traffic = new Traffic();
  traffic.counts('a', 's', 'x"\\\ny').messages++;
  expect(traffic.text()).toContain('Route="x\\"\\\\\\ny"');
});

test('the access log has one line an exchange, and a failure its reason', () => {
  const AccessLogSettings = {
    DestinationArn: 'arn:aws:logs:eu-central-1:1:log-group:chat',
    Format:
      '$context.requestId $context.status $context.error.responseType $context.error.validationErrorString',
  };
  const { observer, access } = observed({ AccessLogSettings });
  expect(observer?.thorough).toBe(true);
  observer?.ended(MOVE, { status: 200 });
  observer?.ended(MOVE, { status: 400, error: failure('BAD_REQUEST_BODY', 400) });
  expect(access.map(({ message }) => message)).toEqual([
    'AhT5kH1hliAFnUQ= 200 - -',
    'AhT5kH1hliAFnUQ= 400 BAD_REQUEST_BODY why',
  ]);
  expect(access[0]).toMatchObject({
    apiId: 'k3v9wq01ab',
    stage: 'live',
    ...{ destinationArn: AccessLogSettings.DestinationArn },
  });
});

test('without logs nobody has to read phases', () => {
  expect(observed({}).observer?.thorough).toBe(false);
  expect(observed({ DefaultRouteSettings: { LoggingLevel: 'OFF' } }).observer?.thorough).toBe(
    false,
  );
});

test.each<[StageRecord['DefaultRouteSettings'], boolean, string[]]>([
  [{ LoggingLevel: 'ERROR' }, false, []],
  [
    { LoggingLevel: 'ERROR', DataTraceEnabled: true },
    true,
    ['Execution failed due to INTEGRATION_FAILURE: why'],
  ],
  [
    { LoggingLevel: 'INFO' },
    false,
    ['Starting execution', 'MESSAGE move of', 'Method completed with status: 200'],
  ],
  [
    { LoggingLevel: 'INFO', DataTraceEnabled: true },
    false,
    [
      'Starting',
      'MESSAGE',
      'Method request body before transformations: {"x":1}',
      'Method response body after transformations: yes',
      'Method completed',
    ],
  ],
  [
    { LoggingLevel: 'INFO' },
    true,
    ['Starting', 'MESSAGE', 'Execution failed', 'Method completed with status: 502'],
  ],
])('%j, failed: %s', (DefaultRouteSettings, failed, expected) => {
  const { observer, logs } = observed({ DefaultRouteSettings }, 'move');
  const end = failed
    ? { status: 502, error: failure('INTEGRATION_FAILURE', 502) }
    : { status: 200, reply: Buffer.from('yes') };
  observer?.ended(MOVE, end);
  expect(logs).toHaveLength(expected.length);
  logs.forEach(({ message, fields, component }, at) => {
    expect(message.startsWith(`(${MOVE.id}) ${expected[at]}`)).toBe(true);
    expect(component).toBe('execution');
    expect(fields).toMatchObject({
      apiId: 'k3v9wq01ab',
      stage: 'live',
      routeKey: 'move',
      requestId: MOVE.id,
    });
  });
});

test('execution logs are cut at 1,024 bytes, and never in half a character', () => {
  const settings = {
    DefaultRouteSettings: { LoggingLevel: 'INFO', DataTraceEnabled: true },
  } as const;
  const { observer, logs } = observed(settings);
  observer?.ended(testMessage('ö'.repeat(2000)), { status: 200 });
  const [body] = logs.filter(({ message }) => message.includes('request body'));
  const bytes = Buffer.byteLength(body?.message ?? '');
  expect(bytes).toBeLessThanOrEqual(1024);
  expect(bytes).toBeGreaterThan(1021);
  expect(body?.message).not.toContain('\uFFFD');
});
