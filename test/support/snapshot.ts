// Snapshots, live stages and records of a WebSocket API for tests.
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { IntegrationRecord, RouteRecord } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import type { StageDeps } from '#shared/stage/compile.ts';
import type { ServiceDirectory } from '#shared/integration/services.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { ScriptedInvoker } from './invoker.ts';

/** ARN of a function that tests invoke. */
export const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:chat';

/** An AWS_PROXY integration `int1` to that function. */
export function testIntegration(overrides: Partial<IntegrationRecord> = {}): IntegrationRecord {
  return {
    IntegrationId: 'int1',
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION_ARN,
    ConnectionType: 'INTERNET',
    TimeoutInMillis: 29_000,
    ...overrides,
  };
}

/** A route with the target `int1`; its id is `route-{key}`. */
export function testRouteRecord(
  RouteKey: string,
  overrides: Partial<RouteRecord> = {},
): RouteRecord {
  return {
    RouteId: `route-${RouteKey}`,
    RouteKey,
    ApiKeyRequired: false,
    AuthorizationType: 'NONE',
    Target: 'integrations/int1',
    ...overrides,
  };
}

/** A snapshot of a WebSocket API with one integration and `$default`. */
export function testSnapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    api: {
      ApiId: 'k3v9wq01ab',
      Name: 'chat',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
      ApiKeySelectionExpression: '$request.header.x-api-key',
      DisableExecuteApiEndpoint: false,
      Tags: {},
      CreatedDate: 0,
      Region: 'eu-central-1',
    },
    routes: [testRouteRecord('$default')],
    routeResponses: [],
    integrations: [testIntegration()],
    integrationResponses: [],
    models: [],
    authorizers: [],
    ...overrides,
  };
}

/** The live stage `live` of that API. */
export function testLiveStage(
  overrides: Partial<LiveStage> = {},
  variables: Readonly<Record<string, string>> = {},
): LiveStage {
  return {
    apiId: 'k3v9wq01ab',
    region: 'eu-central-1',
    accountId: '111122223333',
    protocol: 'WEBSOCKET',
    stage: {
      StageName: 'live',
      AutoDeploy: false,
      CreatedDate: 0,
      LastUpdatedDate: 0,
      DefaultRouteSettings: {},
      DeploymentId: 'd3pl0y',
      RouteSettings: {},
      StageVariables: variables,
      Tags: {},
    },
    ...overrides,
  };
}

/** Services at the URLs that `urlOf` gives for a name of an endpoint, else at AWS's host; all with one pair of keys. */
export function servicesAt(urlOf: (name: string) => string | undefined): ServiceDirectory {
  return {
    find: (names, awsHost) => ({
      url: names.map(urlOf).find((url) => url !== undefined) ?? `https://${awsHost}`,
      keys: () => SERVICE_KEYS,
    }),
  };
}

/** Keys that services are called with. */
export const SERVICE_KEYS = { accessKeyId: 'AKIDNODE', secretAccessKey: 'node-secret' };

/** Dependencies with a fixed clock and a scripted invoker. */
export function testStageDeps(
  overrides: Partial<StageDeps> = {},
): StageDeps & { readonly invoker: ScriptedInvoker } {
  return {
    clock: new TestClock(1_729_687_757_441),
    limits: AWS_LIMITS,
    logger: silentLogger,
    authenticate: () => ({ name: 'alice', accessKeyId: 'AKIDALICE' }),
    services: servicesAt(() => undefined),
    vpcLinks: {},
    findIdentity: () => Promise.reject(new Error('no client certificates here')),
    ...overrides,
    invoker: new ScriptedInvoker(),
  };
}
