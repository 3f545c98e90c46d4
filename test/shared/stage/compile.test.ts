// Compiling snapshots: what a stage holds, and every definition that can never run named in its error.
import { expect, test } from 'vitest';
import type { RouteRecord } from '#shared/model/records.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { closeStage, compileStage } from '#shared/stage/compile.ts';
import { testAuthorizerRecord } from '../../support/authorizer.ts';
import { testMessage } from '../../support/exchange.ts';
import {
  testIntegration,
  testLiveStage,
  testRouteRecord,
  testSnapshot,
  testStageDeps,
} from '../../support/snapshot.ts';

const SQS = 'arn:aws:apigateway:eu-central-1:sqs:action/SendMessage';

function compile(snapshot: Partial<Snapshot> = {}): WebSocketStage {
  return compileStage(testLiveStage(), testSnapshot(snapshot), testStageDeps()) as WebSocketStage;
}

test('a stage has its names, variables and deployment', () => {
  const live = testLiveStage({}, { v: '1' });
  const stage = compileStage(live, testSnapshot(), testStageDeps());
  expect(stage).toMatchObject({
    apiId: 'k3v9wq01ab',
    name: 'live',
    region: 'eu-central-1',
    accountId: '111122223333',
    deploymentId: 'd3pl0y',
    protocol: 'WEBSOCKET',
    variables: { v: '1' },
  });
});

test('routes are found by exact key; the fixed ones only by name', () => {
  const keys = ['$connect', '$disconnect', '$default', 'move', 'Move', ''];
  const stage = compile({ routes: keys.map((key) => testRouteRecord(key)) });
  expect(stage.connectRoute?.routeKey).toBe('$connect');
  expect(stage.disconnectRoute?.routeKey).toBe('$disconnect');
  expect(stage.defaultRoute?.routeKey).toBe('$default');
  expect(stage.routes.match('move')?.route.routeId).toBe('route-move');
  expect(stage.routes.match('Move')?.route.routeId).toBe('route-Move');
  for (const absent of ['MOVE', '$connect', '$disconnect', '$default', 'constructor']) {
    expect(stage.routes.match(absent)).toBeUndefined();
  }
});

test('an api without fixed routes has none', () => {
  const stage = compile({ routes: [testRouteRecord('a')] });
  expect([stage.connectRoute, stage.disconnectRoute, stage.defaultRoute]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('the route key comes from the api’s expression', () => {
  const stage = compile();
  const select = (text: string): string | undefined =>
    stage.selectRouteKey(new BufferBody(Buffer.from(text)));
  expect(select('{"action":"move"}')).toBe('move');
  expect(select('{}')).toBe('');
  expect(select('hello')).toBeUndefined();
});

test.each([
  [undefined, [], false],
  ['$default', [], false],
  [undefined, ['$default'], false],
  ['$default', ['other'], false],
  ['$default', ['$default'], true],
])('expression %j with route responses %j: two-way %j', (expression, responses, twoWay) => {
  const route = testRouteRecord('ask', {
    ...(expression !== undefined && { RouteResponseSelectionExpression: expression }),
  });
  const stage = compile({
    routes: [route, testRouteRecord('other')],
    routeResponses: responses.map((key, at) => ({
      RouteId: 'route-ask',
      RouteResponseId: `rr${at}`,
      RouteResponseKey: key,
    })),
  });
  expect(stage.routes.match('ask')?.route.twoWay).toBe(twoWay);
  expect(stage.routes.match('other')?.route.twoWay).toBe(false);
});

test('only required parameters are checked, in headers and query', () => {
  const stage = compile({
    routes: [
      testRouteRecord('$connect', {
        ApiKeyRequired: true,
        AuthorizationType: 'AWS_IAM',
        RequestParameters: {
          'route.request.header.X-Token': { Required: true },
          'route.request.querystring.room': { Required: true },
          'route.request.header.optional': { Required: false },
          'route.request.querystring.unsaid': {},
        },
      }),
    ],
  });
  expect(stage.connectRoute).toMatchObject({
    apiKeyRequired: true,
    authorizationType: 'AWS_IAM',
    requiredParameters: [
      { location: 'header', name: 'X-Token' },
      { location: 'querystring', name: 'room' },
    ],
  });
});

test('routes share an integration; a route without a target has none', () => {
  const members = Object.entries(testRouteRecord('bare')).filter(([name]) => name !== 'Target');
  const bare = Object.fromEntries(members) as unknown as RouteRecord;
  const stage = compile({ routes: [testRouteRecord('a'), testRouteRecord('b'), bare] });
  const shared = stage.routes.match('a')?.route.integration;
  expect(shared?.type).toBe('AWS_PROXY');
  expect(stage.routes.match('b')?.route.integration).toBe(shared);
  expect(stage.routes.match('bare')?.route).not.toHaveProperty('integration');
});

test.each<[string, Partial<Snapshot>, string[]]>([
  [
    'unknown integration',
    { routes: [testRouteRecord('a', { Target: 'integrations/none' })] },
    ['Route a (route-a)', 'integrations/none'],
  ],
  [
    'a target of another form',
    { routes: [testRouteRecord('a', { Target: 'int1' })] },
    ['Route a (route-a)', '"int1"'],
  ],
  [
    'unknown model',
    { routes: [testRouteRecord('a', { RequestModels: { $default: 'none' } })] },
    ['Route a (route-a)', 'unknown model "none"'],
  ],
  [
    'unknown authorizer',
    { routes: [testRouteRecord('a', { AuthorizationType: 'CUSTOM', AuthorizerId: 'auth1' })] },
    ['Route a (route-a)', 'unknown authorizer "auth1"'],
  ],
  [
    'bad model selection expression',
    { routes: [testRouteRecord('a', { ModelSelectionExpression: '${x' })] },
    ['Route a (route-a)', 'position 0'],
  ],
  [
    'bad request parameter',
    { routes: [testRouteRecord('a', { RequestParameters: { 'header.x': { Required: true } } })] },
    ['Route a (route-a)', '"header.x"'],
  ],
  [
    'bad route selection expression',
    { api: { ...testSnapshot().api, RouteSelectionExpression: '$request.header.x' } },
    ['$request.header.x', 'position 0'],
  ],
  [
    'a service action without a role',
    { integrations: [testIntegration({ IntegrationType: 'AWS', IntegrationUri: SQS })] },
    ['Integration int1', 'Role ARN must be specified for AWS integrations'],
  ],
  [
    'a VPC link to a function',
    { integrations: [testIntegration({ ConnectionType: 'VPC_LINK', ConnectionId: 'link1' })] },
    ['Integration int1', 'an integration of type AWS_PROXY has no VPC link'],
  ],
])('%s: refused by name', (_what, snapshot, names) => {
  for (const name of names) expect(() => compile(snapshot)).toThrow(name);
  expect(() => compile(snapshot)).toThrow(DefinitionError);
});

test('what no route uses is not compiled', () => {
  const unused = testIntegration({ IntegrationId: 'int2', IntegrationUri: SQS });
  expect(() => compile({ integrations: [testIntegration(), unused] })).not.toThrow();
});

test('an HTTP api is a plain stage: its front answers that it is not there yet', () => {
  const stage = compileStage(testLiveStage({ protocol: 'HTTP' }), testSnapshot(), testStageDeps());
  expect(stage.protocol).toBe('HTTP');
  expect(stage).not.toHaveProperty('routes');
});

test('a replaced stage is closed and still finishes what began on it', async () => {
  const deps = testStageDeps();
  const stage = compileStage(testLiveStage(), testSnapshot(), deps) as WebSocketStage;
  await closeStage(stage);
  await closeStage(stage);
  const { defaultRoute } = stage;
  if (defaultRoute === undefined) throw new Error('no $default');
  await defaultRoute.integration?.invoke(testMessage('{}', { stage, route: defaultRoute }));
  expect(deps.invoker.invocations).toHaveLength(1);
});

test('$connect gets its authorizer; what other routes say of theirs has no effect', () => {
  const custom = { AuthorizationType: 'CUSTOM', AuthorizerId: 'auth01' } as const;
  const stage = compile({
    routes: [testRouteRecord('$connect', custom), testRouteRecord('move', custom)],
    authorizers: [testAuthorizerRecord()],
  });
  expect(stage.connectRoute?.authorizer?.type).toBe('lambda');
  expect(stage.routes.match('move')?.route.authorizer).toBeUndefined();
  const iam = compile({ routes: [testRouteRecord('$connect', { AuthorizationType: 'AWS_IAM' })] });
  expect(iam.connectRoute?.authorizer?.type).toBe('iam');
});

test('an authorizer that can never run names its route', () => {
  const custom = { AuthorizationType: 'CUSTOM', AuthorizerId: 'auth01' } as const;
  const broken = (): unknown =>
    compile({
      routes: [testRouteRecord('$connect', custom)],
      authorizers: [testAuthorizerRecord({ AuthorizerUri: 'arn:aws:s3:::b' })],
    });
  expect(broken).toThrow('Route $connect (route-$connect): "arn:aws:s3:::b" does not name');
});
