// Cost of a message inside the router, without socket and function: what each setting of a stage adds: `node bench/micro/message.ts`.
import { Router } from '#services/router/router.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { ReplyTarget } from '#shared/model/services.ts';
import type { StageRecord } from '#shared/model/records.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { Traffic } from '#shared/runtime/traffic.ts';
import { compileStage } from '#shared/stage/compile.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { testConnection } from '../../test/support/exchange.ts';
import {
  testIntegration,
  testLiveStage,
  testRouteRecord,
  testSnapshot,
  testStageDeps,
} from '../../test/support/snapshot.ts';

const ROUNDS = 7;
const MESSAGES = 100_000;

const SCHEMA = {
  type: 'object',
  required: ['action', 'x'],
  properties: { action: { type: 'string' }, x: { type: 'integer', minimum: 0 } },
};

/** Limits of the node, so high that nothing is refused. */
const LIMITS = { ...AWS_LIMITS, requestsPerSecond: 1e9, requestBurst: 1e9 };
const UNLIMITED = { ...LIMITS, requestsPerSecond: Infinity, connectionsPerSecond: Infinity };
const THROTTLED = { ThrottlingRateLimit: 1e9, ThrottlingBurstLimit: 1e9 };

/** The format that AWS's CDK writes. */
const AccessLogSettings = {
  DestinationArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:chat',
  Format:
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId',
};

/** One-way messages to a MOCK, which costs next to nothing. */
function stageOf(
  limits: typeof AWS_LIMITS,
  settings: Partial<StageRecord>,
  { model, observed = false }: { readonly model?: unknown; readonly observed?: boolean } = {},
): WebSocketStage {
  const live = testLiveStage();
  const snapshot = testSnapshot({
    routes: [
      testRouteRecord('move', {
        ...(model === undefined
          ? {}
          : { ModelSelectionExpression: '\\$default', RequestModels: { $default: 'M' } }),
      }),
    ],
    integrations: [
      testIntegration({
        IntegrationType: 'MOCK',
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: { $default: '{"statusCode":200}' },
      }),
    ],
    integrationResponses: [
      { IntegrationId: 'int1', IntegrationResponseId: 'r', IntegrationResponseKey: '$default' },
    ],
    models: model === undefined ? [] : [{ ModelId: 'm', Name: 'M', Schema: JSON.stringify(model) }],
  });
  const stage = { ...live.stage, ...settings };
  const deps = testStageDeps({
    limits,
    ...(observed && { traffic: new Traffic(), accessLog: () => undefined }),
  });
  return compileStage({ ...live, stage }, snapshot, deps) as WebSocketStage;
}

const CASES: readonly (readonly [string, WebSocketStage])[] = [
  ['no limits', stageOf(UNLIMITED, {})],
  ['account limit', stageOf(LIMITS, {})],
  ['account and route limit', stageOf(LIMITS, { DefaultRouteSettings: THROTTLED })],
  ['model of three checks', stageOf(UNLIMITED, {}, { model: SCHEMA })],
  ['metrics', stageOf(UNLIMITED, {}, { observed: true })],
  ['metrics and an access log', stageOf(UNLIMITED, { AccessLogSettings }, { observed: true })],
];

const router = new Router({
  clock: systemClock,
  limits: LIMITS,
  limiter: new MemoryRateLimiter(systemClock),
  apiKeys: { admit: () => Promise.reject(new Error('nobody connects here')) },
  logger: silentLogger,
});
const target: ReplyTarget = { ...testConnection(), send: () => true };
const data = Buffer.from('{"action":"move","x":3}');

async function round(stage: WebSocketStage): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < MESSAGES; n++) await router.message(stage, target, data);
  return ((performance.now() - start) / MESSAGES) * 1e6;
}

const best = new Map<string, number>();
for (let n = 0; n < ROUNDS; n++) {
  for (const [name, stage] of CASES) {
    best.set(name, Math.min(best.get(name) ?? Infinity, await round(stage)));
  }
}
console.log('| stage | ns a message |\n|---|---:|');
for (const [name, ns] of best) console.log(`| ${name} | ${ns.toFixed(0)} |`);
