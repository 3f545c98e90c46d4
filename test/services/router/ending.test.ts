// What observers are told at the end of each exchange: status, failure, reply, integration, admission.
import { expect, test } from 'vitest';
import { Router } from '#services/router/router.ts';
import { EMPTY_BODY } from '#shared/exchange/body.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Authorizer } from '#shared/model/authorizer.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { EndedExchange, ExchangeEnd } from '#shared/model/observation.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { fakeKeys } from '../../support/api-keys.ts';
import { testConnection } from '../../support/exchange.ts';
import { fakeStage, ok, type Behaviour, type FakeRoutes } from '../../support/fake-stage.ts';

const router = new Router({
  clock: systemClock,
  limits: AWS_LIMITS,
  limiter: new MemoryRateLimiter(systemClock),
  apiKeys: fakeKeys(),
  logger: silentLogger,
});
const target = { ...testConnection(), send: () => true };

/** A stage whose routes have an observer, and what that was told. */
function observedStage(routes: FakeRoutes, thorough: boolean) {
  const told: {
    readonly by: string;
    readonly exchange: EndedExchange;
    readonly end: ExchangeEnd;
  }[] = [];
  const observer = (by: string) => ({
    thorough,
    ended: (exchange: EndedExchange, end: ExchangeEnd) => void told.push({ by, exchange, end }),
  });
  const entries = Object.entries(routes).map(([key, entry]) => [
    key,
    { ...(typeof entry === 'function' ? { run: entry } : entry), observer: observer(key) },
  ]);
  const stage: WebSocketStage = {
    ...fakeStage(Object.fromEntries(entries) as FakeRoutes),
    observer: observer('stage'),
  };
  return { stage, told };
}

function exchangeOf(stage: WebSocketStage, event: Exchange['event']): Exchange {
  const request = { method: 'GET', path: '/', query: '', rawHeaders: [], body: EMPTY_BODY };
  return { id: 'req', event, stage, request, receivedAt: 0, connection: testConnection() };
}

const fails: Behaviour = () => {
  throw new GatewayError('INTEGRATION_FAILURE', 'boom');
};

test('a handshake: admission, the integration and its time', async () => {
  const authorizer: Authorizer = {
    type: 'lambda',
    identity: () => 'known',
    admit: async () => ({ authorizer: { principalId: 'u1' } }),
  };
  const routes: FakeRoutes = { $connect: { run: ok(), authorizationType: 'CUSTOM', authorizer } };
  const { stage, told } = observedStage(routes, true);
  await router.connect(exchangeOf(stage, 'CONNECT'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ by: '$connect', end: { status: 200, integrationStatus: 200 } });
  expect(told[0]?.end.integrationMs).toBeGreaterThanOrEqual(0);
  expect(told[0]?.exchange.connection?.authorizer).toEqual({ principalId: 'u1' });
  expect(told[0]?.exchange.route?.routeKey).toBe('$connect');
});

test.each<[string, FakeRoutes, Partial<ExchangeEnd>, string]>([
  [
    'refused by its integration',
    { $connect: () => ({ status: 403 }) },
    { status: 403, integrationStatus: 403 },
    '$connect',
  ],
  ['that fails', { $connect: fails }, { status: 502 }, '$connect'],
  ['without a route', { $default: ok() }, { status: 200 }, 'stage'],
])('a handshake %s', async (_name, routes, end, by) => {
  const { stage, told } = observedStage(routes, true);
  await router.connect(exchangeOf(stage, 'CONNECT'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ by, end });
});

test('a failing handshake notes the error among its phases', async () => {
  const { stage, told } = observedStage({ $connect: fails }, true);
  await router.connect(exchangeOf(stage, 'CONNECT'));
  expect(told[0]?.end.error).toMatchObject({ type: 'INTEGRATION_FAILURE', detail: 'boom' });
  expect(told[0]?.exchange.phases?.integration).toMatchObject({ error: 'boom' });
});

test('a DISCONNECT: its status means nothing, its failure does', async () => {
  const { stage, told } = observedStage({ $disconnect: () => ({ status: 502 }) }, true);
  await router.disconnect(exchangeOf(stage, 'DISCONNECT'));
  expect(told[0]?.end).toMatchObject({ status: 200 });
  expect(told[0]?.end).not.toHaveProperty('integrationStatus');
  const failing = observedStage({ $disconnect: fails }, true);
  await router.disconnect(exchangeOf(failing.stage, 'DISCONNECT'));
  expect(failing.told[0]?.end).toMatchObject({ status: 502, error: { detail: 'boom' } });
});

test('messages: replies, frames of ours, and those without a route', async () => {
  const { stage, told } = observedStage({ two: ok('yes'), bad: fails }, true);
  for (const action of ['two', 'bad', 'none']) {
    await router.message(stage, target, Buffer.from(JSON.stringify({ action })));
  }
  expect(told.map(({ by, end }) => [by, end.status, end.error?.type])).toEqual([
    ['two', 200, undefined],
    ['bad', 502, 'INTEGRATION_FAILURE'],
    ['stage', 403, 'ROUTE_NOT_FOUND'],
  ]);
  expect(
    told.map(({ end }) =>
      Buffer.from(end.reply ?? [])
        .toString()
        .slice(0, 11),
    ),
  ).toEqual(['yes', '{"message":', '{"message":']);
  expect(told[1]?.end.integrationMs).toBeGreaterThanOrEqual(0);
  expect(told[2]?.end).not.toHaveProperty('integrationMs');
  expect(told[0]?.exchange.phases?.integration).toMatchObject({ status: 200 });
});

test.each([
  [false, 0],
  [true, 1],
])(
  'thorough %s: the status of a one-way answer is read %i times or more',
  async (thorough, least) => {
    let reads = 0;
    const run: Behaviour = () =>
      Object.defineProperty({}, 'status', { enumerable: false, get: () => (reads += 1) && 200 });
    const integration = {
      type: 'AWS_PROXY' as const,
      invoke: async () => (await run(undefined as never)) as never,
    };
    const { stage, told } = observedStage({ tell: { twoWay: false, integration } }, thorough);
    await router.message(stage, target, Buffer.from('{"action":"tell"}'));
    expect(told).toHaveLength(1);
    expect(told[0]?.exchange.phases !== undefined).toBe(thorough);
    if (least === 0) expect(reads).toBe(0);
    else expect(reads).toBeGreaterThanOrEqual(least);
  },
);
