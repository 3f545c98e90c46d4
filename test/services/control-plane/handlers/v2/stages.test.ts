// Stages and their settings: create, get, list, update, delete; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

/** An api with a route, a deployment and a stage `live` on it. */
async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  await desk.route(apiId, 'hello');
  const { DeploymentId } = await desk.call('CreateDeployment', { ApiId: apiId });
  const deploymentId = given(DeploymentId);
  const stage = { ApiId: apiId, StageName: 'live' };
  await desk.call('CreateStage', { ...stage, DeploymentId: deploymentId });
  const { ApiId: httpId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  return { desk, apiId, stage, deploymentId, httpId: given(httpId) };
}

type Place = Awaited<ReturnType<typeof place>>;

const LOGS = {
  DestinationArn: 'arn:aws:logs:eu-west-1:000000000000:log-group:chat',
  Format: '$context.requestId $context.eventType $context.authorizer.principalId',
};

test('a bare stage has its defaults and serves nothing', async () => {
  const { desk, apiId } = await place();
  const made = await desk.call('CreateStage', { ApiId: apiId, StageName: 'beta-1_x' });
  expect(made).toEqual({
    StageName: 'beta-1_x',
    AutoDeploy: false,
    CreatedDate: new Date('2026-01-02T03:04:05Z'),
    LastUpdatedDate: new Date('2026-01-02T03:04:05Z'),
    DefaultRouteSettings: {
      DataTraceEnabled: false,
      DetailedMetricsEnabled: false,
      LoggingLevel: 'OFF',
    },
    RouteSettings: {},
    StageVariables: {},
    Tags: {},
  });
  expect(await desk.live(apiId, 'beta-1_x')).toMatchObject({ apiId, region: 'eu-west-1' });
  expect(await desk.live(apiId, 'beta-1_x')).not.toHaveProperty('snapshot');
});

test('a stage of an HTTP api may be $default and has other defaults', async () => {
  const { desk, httpId } = await place();
  const made = await desk.call('CreateStage', { ApiId: httpId, StageName: '$default' });
  expect(made.DefaultRouteSettings).toEqual({ DetailedMetricsEnabled: false });
});

test('a patch merges variables and settings, keeps the rest', async () => {
  const { desk, stage, deploymentId } = await place();
  const update = (more: object) => desk.call('UpdateStage', { ...stage, ...more });
  await update({
    StageVariables: { a: '1', b: '2' },
    Description: 'first',
    AccessLogSettings: LOGS,
  });
  const next = await update({
    StageVariables: { a: '', c: '3' },
    RouteSettings: { hello: { ThrottlingBurstLimit: 0 } },
    Description: '',
  });
  expect(next).toMatchObject({
    StageVariables: { b: '2', c: '3' },
    RouteSettings: { hello: { ThrottlingBurstLimit: 0 } },
    AccessLogSettings: LOGS,
    DeploymentId: deploymentId,
  });
  expect(next.StageVariables).not.toHaveProperty('a');
  expect(next).not.toHaveProperty('Description');
  expect((await desk.live(stage.ApiId, 'live'))?.stage.RouteSettings).toEqual({
    hello: { ThrottlingBurstLimit: 0 },
  });
});

test('settings of a route and of the access log are removed by their own operations', async () => {
  const { desk, stage } = await place();
  const RouteSettings = { hello: { ThrottlingRateLimit: 1 } };
  await desk.call('UpdateStage', { ...stage, RouteSettings, AccessLogSettings: LOGS });
  desk.announced.length = 0;
  await desk.call('DeleteRouteSettings', { ...stage, RouteKey: 'hello' });
  await desk.call('DeleteAccessLogSettings', stage);
  const left = await desk.call('GetStage', stage);
  expect(left.RouteSettings).toEqual({});
  expect(left).not.toHaveProperty('AccessLogSettings');
  expect(desk.announced).toHaveLength(2);
});

test('stages are listed in pages and deleted', async () => {
  const { desk, apiId, stage } = await place();
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'beta' });
  const first = await desk.call('GetStages', { ApiId: apiId, MaxResults: '1' });
  const NextToken = given(first.NextToken);
  const second = await desk.call('GetStages', { ApiId: apiId, MaxResults: '1', NextToken });
  const names = [...given(first.Items), ...given(second.Items)].map(({ StageName }) => StageName);
  expect(names).toEqual(['beta', 'live']);
  await desk.call('DeleteStage', stage);
  await expect(desk.call('GetStage', stage)).rejects.toMatchObject({ status: 404 });
});

test('only so many stages fit', async () => {
  const desk = new ControlDesk({ limits: { stagesPerApi: 1 } });
  const apiId = await desk.api();
  const create = (StageName: string) => desk.call('CreateStage', { ApiId: apiId, StageName });
  await create('a');
  await expect(create('b')).rejects.toMatchObject({ status: 429 });
});

test('without a limit there are still as many as one commit takes', async () => {
  const desk = new ControlDesk({ limits: { stagesPerApi: Infinity } });
  const apiId = await desk.api();
  await desk.route(apiId, 'hello');
  const create = (at: number) =>
    desk.call('CreateStage', { ApiId: apiId, StageName: `s${at}`, AutoDeploy: true });
  for (let at = 0; at < 45; at++) await create(at);
  await expect(create(45)).rejects.toMatchObject({ status: 429 });
  await desk.call('UpdateApi', { ApiId: apiId, DisableExecuteApiEndpoint: true });
  expect((await desk.served(apiId, 's44'))?.api.DisableExecuteApiEndpoint).toBe(true);
  await desk.call('DeleteApi', { ApiId: apiId });
});

const create =
  (more: object, id: 'apiId' | 'httpId' = 'apiId') =>
  ({ desk, ...at }: Place) =>
    desk.call('CreateStage', { ApiId: at[id], StageName: 'new', ...more });

const update = (more: object) => (at: Place) =>
  at.desk.call('UpdateStage', { ...at.stage, ...more });

const format = (Format: string) => update({ AccessLogSettings: { ...LOGS, Format } });

const refusals: Refusal<Place>[] = [
  [
    'a name with a dot',
    create({ StageName: 'a.b' }),
    'BadRequestException',
    'Stage name only allows a-zA-Z0-9_',
  ],
  [
    'a name that is there',
    create({ StageName: 'live' }),
    'ConflictException',
    'Stage already exists',
  ],
  [
    '$default on a WebSocket api',
    create({ StageName: '$default' }),
    'BadRequestException',
    'A $default stage cannot be used with WEBSOCKET protocol Apis',
  ],
  [
    'an unknown deployment',
    create({ DeploymentId: 'nope' }),
    'BadRequestException',
    'Invalid Deployment identifier specified nope',
  ],
  [
    'repointing to an unknown deployment',
    update({ DeploymentId: 'nope' }),
    'BadRequestException',
    'Invalid Deployment identifier specified nope',
  ],
  [
    'a deployment with automatic deployment',
    (at) => create({ AutoDeploy: true, DeploymentId: at.deploymentId })(at),
    'BadRequestException',
    'Deployment ID cannot be set on this stage because AutoDeploy is enabled.',
  ],
  [
    'settings of an unknown route',
    update({ RouteSettings: { nope: {} } }),
    'NotFoundException',
    'Unable to find Route by key nope within the provided RouteSettings',
  ],
  [
    'an unknown logging level',
    update({ DefaultRouteSettings: { LoggingLevel: 'DEBUG' } }),
    'BadRequestException',
    'Invalid logging level specified. Must be one of [OFF, ERROR, INFO]',
  ],
  [
    'a logging level on an HTTP api',
    create({ DefaultRouteSettings: { LoggingLevel: 'INFO' } }, 'httpId'),
    'BadRequestException',
    'LoggingLevel cannot be set for HTTP protocol Apis',
  ],
  [
    'a variable with a dash in its name',
    update({ StageVariables: { 'a-b': 'x' } }),
    'BadRequestException',
    'Stage variable names may contain only alphanumeric characters and underscores',
  ],
  [
    'a variable with a blank in its value',
    update({ StageVariables: { a: 'x y' } }),
    'BadRequestException',
    'Stage variable values may contain only alphanumeric characters and -._~:/?#&=,',
  ],
  [
    'an access log without a request id',
    format('$context.status'),
    'BadRequestException',
    'Access Log format must include either $context.requestId or $context.extendedRequestId',
  ],
  [
    'an access log with unknown variables',
    format('$context.requestId $context.nope $context.what.ever.'),
    'BadRequestException',
    'The following context variables are not supported: [$context.nope, $context.what.ever]',
  ],
  [
    'an access log of two lines',
    format('$context.requestId\n$context.status'),
    'BadRequestException',
    'Access log format must be on a single line',
  ],
  [
    'getting an unknown stage',
    ({ desk, apiId }) => desk.call('GetStage', { ApiId: apiId, StageName: 'nope' }),
    'NotFoundException',
    'Invalid stage identifier specified',
  ],
  [
    'updating an unknown stage',
    update({ StageName: 'nope' }),
    'NotFoundException',
    'Invalid stage identifier specified',
  ],
  [
    'deleting an unknown stage',
    ({ desk, apiId }) => desk.call('DeleteStage', { ApiId: apiId, StageName: 'nope' }),
    'NotFoundException',
    'Invalid stage identifier specified',
  ],
  [
    'removing settings that are not there',
    ({ desk, stage }) => desk.call('DeleteRouteSettings', { ...stage, RouteKey: 'hello' }),
    'NotFoundException',
    'Unable to find RouteSettings by key hello within the stage',
  ],
  [
    'removing settings with the name of a member that every object has',
    ({ desk, stage }) => desk.call('DeleteRouteSettings', { ...stage, RouteKey: 'toString' }),
    'NotFoundException',
    'Unable to find RouteSettings by key toString within the stage',
  ],
  [
    'a rate that is no number',
    update({ DefaultRouteSettings: { ThrottlingRateLimit: NaN } }),
    'BadRequestException',
    "1 validation error detected: Value 'null' at 'throttlingRateLimit' failed to satisfy constraint: Member must have value greater than or equal to 0",
  ],
  [
    'a burst below 0',
    update({ RouteSettings: { hello: { ThrottlingBurstLimit: -1 } } }),
    'BadRequestException',
    "1 validation error detected: Value '-1' at 'throttlingBurstLimit' failed to satisfy constraint: Member must have value greater than or equal to 0",
  ],
  [
    'changing the stage of quick create',
    async ({ desk }) => {
      const { ApiId } = await desk.call('CreateApi', {
        Name: 'q',
        ProtocolType: 'HTTP',
        Target: 'https://back.example',
      });
      await desk.call('UpdateStage', { ApiId: given(ApiId), StageName: '$default' });
    },
    'BadRequestException',
    'A managed stage cannot be changed',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
