// The router by itself: no pipeline ever rejects, whatever its parts do.
import { expect, test } from 'vitest';
import { Router } from '#services/router/router.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { ReplyTarget } from '#shared/model/services.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { EMPTY_BODY } from '#shared/exchange/body.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { fakeKeys } from '../../support/api-keys.ts';
import { fakeStage, type FakeRoutes } from '../../support/fake-stage.ts';

const logs: LogLine[] = [];
const router = new Router({
  clock: systemClock,
  limits: AWS_LIMITS,
  limiter: new MemoryRateLimiter(systemClock),
  apiKeys: fakeKeys(),
  logger: new Logger((line) => logs.push(line), 'router', 'debug'),
});

function target(send: (data: Uint8Array) => boolean): ReplyTarget {
  return {
    id: 'AAAAbbbbccccddd=',
    apiId: 'abcdefghij',
    stageName: 'prod',
    region: 'us-east-1',
    connectedAt: 0,
    sourceIp: '::1',
    domainName: 'api.test',
    send,
  };
}

function exchange(event: Exchange['event'], routes: FakeRoutes): Exchange {
  return {
    id: 'req',
    event,
    stage: fakeStage(routes),
    request: { method: 'GET', path: '/', query: '', rawHeaders: [], body: EMPTY_BODY },
    receivedAt: 0,
    connection: target(() => true),
  };
}

const broken = (): never => {
  throw new Error('broken');
};

test('a stage whose selection throws gives the Internal server error frame', async () => {
  const sent: string[] = [];
  const stage = { ...fakeStage({}), selectRouteKey: broken };
  const connection = target((data) => sent.push(Buffer.from(data).toString()) > 0);
  await router.message(stage, connection, Buffer.from('x'));
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatch(/^\{"message": "Internal server error", /);
});

test('the integration sees the parameters of its route', async () => {
  let seen: unknown;
  const plain = fakeStage({
    $default: ({ params }) => {
      seen = params;
      return {};
    },
  });
  const route = plain.defaultRoute;
  if (route === undefined) throw new Error('no route');
  const stage = { ...plain, routes: { match: () => ({ route, params: { a: '1' } }) } };
  await router.message(
    stage,
    target(() => true),
    Buffer.from('{"action":"x"}'),
  );
  expect(seen).toEqual({ a: '1' });
});

test('a reply that cannot be sent is a debug line, not a failure', async () => {
  logs.length = 0;
  const stage = fakeStage({ $default: () => ({ body: Buffer.from('x') }) });
  await router.message(
    stage,
    target(() => false),
    Buffer.from('x'),
  );
  expect(logs.map(({ level }) => level)).toEqual(['debug']);
});

test('a DISCONNECT runs its route only; what it throws is logged', async () => {
  logs.length = 0;
  await router.disconnect(exchange('DISCONNECT', { $default: broken }));
  expect(logs).toEqual([]);
  await router.disconnect(exchange('DISCONNECT', { $disconnect: broken }));
  expect(logs[0]?.fields).toMatchObject({ routeKey: '$disconnect', requestId: 'req' });
});

test('a DISCONNECT without an integration is logged', async () => {
  logs.length = 0;
  await router.disconnect(exchange('DISCONNECT', { $disconnect: {} }));
  expect(logs[0]?.fields).toMatchObject({ type: 'API_CONFIGURATION_ERROR' });
});

test('the integration of $connect sees its route', async () => {
  let seen: string | undefined;
  const decision = await router.connect(
    exchange('CONNECT', {
      $connect: ({ route, event }) => {
        seen = `${event} ${route.routeKey}`;
        return {};
      },
    }),
  );
  expect(decision).toEqual({ accept: true });
  expect(seen).toBe('CONNECT $connect');
});
