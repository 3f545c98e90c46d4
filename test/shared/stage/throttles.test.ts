// Which rates hold on a stage: the route's own, the stage's default ones, the account's.
import { expect, test } from 'vitest';
import { AWS_LIMITS, OPEN_LIMITS, type Limits } from '#shared/model/limits.ts';
import type { RouteSettings } from '#shared/model/records.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { compileStage } from '#shared/stage/compile.ts';
import {
  testLiveStage,
  testRouteRecord,
  testSnapshot,
  testStageDeps,
} from '../../support/snapshot.ts';

function compile(
  defaults: RouteSettings,
  routes: Readonly<Record<string, RouteSettings>>,
  limits: Limits = AWS_LIMITS,
): WebSocketStage {
  const live = testLiveStage();
  const stage = { ...live.stage, DefaultRouteSettings: defaults, RouteSettings: routes };
  const snapshot = testSnapshot({ routes: [testRouteRecord('a'), testRouteRecord('b')] });
  const deps = testStageDeps({ limits });
  return compileStage({ ...live, stage }, snapshot, deps) as WebSocketStage;
}

const rateOf = (stage: WebSocketStage, key: string) => stage.routes.match(key)?.route.throttle;

test("AWS's account limits hold for a stage without settings", () => {
  const stage = compile({}, {});
  expect(stage.throttles).toEqual({
    account: { key: 'account/111122223333/eu-central-1', rate: 10_000, burst: 5_000 },
    connections: { key: 'connections/111122223333/eu-central-1', rate: 500, burst: 500 },
  });
  expect(rateOf(stage, 'a')).toBeUndefined();
});

test('profile open has no account limits, and keeps what a stage sets', () => {
  const stage = compile({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 2 }, {}, OPEN_LIMITS);
  expect(stage.throttles).toEqual({
    connect: { key: 'route/k3v9wq01ab/live/$connect', rate: 5, burst: 2 },
  });
  expect(rateOf(stage, 'a')).toEqual({ key: 'route/k3v9wq01ab/live/a', rate: 5, burst: 2 });
});

test('a route overrides the default by member; one number alone is completed', () => {
  const stage = compile(
    { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 2 },
    { a: { ThrottlingBurstLimit: 9 }, $connect: { ThrottlingRateLimit: 0 } },
  );
  expect(rateOf(stage, 'a')).toMatchObject({ rate: 5, burst: 9 });
  expect(rateOf(stage, 'b')).toMatchObject({ rate: 5, burst: 2 });
  expect(stage.throttles?.connect).toMatchObject({ rate: 0, burst: 2 });
  expect(rateOf(compile({}, { a: { ThrottlingRateLimit: 3 } }), 'a')).toMatchObject({
    rate: 3,
    burst: 5_000,
  });
  expect(rateOf(compile({}, { a: { ThrottlingBurstLimit: 3 } }), 'a')).toMatchObject({
    rate: 10_000,
    burst: 3,
  });
});
