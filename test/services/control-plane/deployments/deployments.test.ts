// Deployments: frozen, proved, announced; failing ones leave the old one serving; rolling back; deleting.
import { expect, test } from 'vitest';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { StoreUnavailableError } from '#shared/exchange/errors.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { ControlDesk, given, committing } from '../../../support/control-desk.ts';

/** Older than this is what was put before now. */
const AT_ONCE_MS = -60_000;

/** A desk with an api, one route and a stage `live` on its first deployment. */
async function deployed() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { routeId } = await desk.route(apiId, 'hello');
  const first = await desk.call('CreateDeployment', { ApiId: apiId });
  const deploymentId = given(first.DeploymentId);
  await desk.call('CreateStage', {
    ApiId: apiId,
    StageName: 'live',
    DeploymentId: deploymentId,
  });
  return { desk, apiId, routeId, first: deploymentId };
}

const routeKeys = async (desk: ControlDesk, apiId: string, stage = 'live') =>
  (await desk.served(apiId, stage))?.routes.map(({ RouteKey }) => RouteKey).sort();

test('a deployment is answered as AWS does', async () => {
  const { desk, apiId } = await deployed();
  const made = await desk.call('CreateDeployment', { ApiId: apiId, Description: 'second' });
  expect(made).toEqual({
    DeploymentId: expect.stringMatching(/^[a-z][a-z0-9]{5}$/) as unknown,
    AutoDeployed: false,
    CreatedDate: new Date('2026-01-02T03:04:05Z'),
    DeploymentStatus: 'DEPLOYED',
    Description: 'second',
  });
});

test('without routes there is nothing to deploy', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  await expect(desk.call('CreateDeployment', { ApiId: apiId })).rejects.toMatchObject({
    type: 'BadRequestException',
    message: 'At least one route is required before deploying the Api',
  });
});

test('what is changed afterwards is not live until the next deployment', async () => {
  const { desk, apiId } = await deployed();
  await desk.route(apiId, 'later');
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  expect(await routeKeys(desk, apiId)).toEqual(['hello', 'later']);
});

test('a deployment for a stage repoints it, says so and announces it', async () => {
  const { desk, apiId } = await deployed();
  desk.announced.length = 0;
  desk.clock.advance(60_000);
  const made = await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  expect(await desk.call('GetStage', { ApiId: apiId, StageName: 'live' })).toMatchObject({
    DeploymentId: made.DeploymentId,
    LastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${made.DeploymentId}'`,
    LastUpdatedDate: new Date('2026-01-02T03:05:05Z'),
    CreatedDate: new Date('2026-01-02T03:04:05Z'),
  });
  expect(desk.announced).toEqual([{ apiId, stageName: 'live' }]);
});

test('a stage that is not there cannot be deployed to, and nothing is made', async () => {
  const { desk, apiId } = await deployed();
  const wrong = desk.call('CreateDeployment', { ApiId: apiId, StageName: 'nope' });
  await expect(wrong).rejects.toMatchObject({
    status: 404,
    message: 'Invalid stage identifier specified',
  });
  expect((await desk.call('GetDeployments', { ApiId: apiId })).Items).toHaveLength(1);
});

test('a snapshot that does not compile fails, and the stage keeps the old one and says why', async () => {
  const { desk, apiId, first } = await deployed();
  await desk.route(apiId, 'broken');
  desk.flaw = 'route broken cannot run';
  const made = await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  expect(made).toMatchObject({
    DeploymentStatus: 'FAILED',
    DeploymentStatusMessage: 'route broken cannot run',
  });
  expect(await desk.call('GetStage', { ApiId: apiId, StageName: 'live' })).toMatchObject({
    DeploymentId: first,
    LastDeploymentStatusMessage: 'Deployment attempt failed: route broken cannot run',
  });
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
});

test('a deployment for no stage is proved too', async () => {
  const { desk, apiId } = await deployed();
  desk.flaw = 'never';
  expect(await desk.call('CreateDeployment', { ApiId: apiId })).toMatchObject({
    DeploymentStatus: 'FAILED',
  });
});

test('pointing a stage at an older deployment rolls back', async () => {
  const { desk, apiId, first } = await deployed();
  await desk.route(apiId, 'later');
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  desk.announced.length = 0;
  await desk.call('UpdateStage', { ApiId: apiId, StageName: 'live', DeploymentId: first });
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
  expect(desk.announced).toEqual([{ apiId, stageName: 'live' }]);
});

test('a stage is refused a deployment that cannot run, and keeps what it has', async () => {
  const { desk, apiId, first } = await deployed();
  const { DeploymentId } = await desk.call('CreateDeployment', { ApiId: apiId });
  desk.flaw = 'never';
  const repointed = desk.call('UpdateStage', {
    ApiId: apiId,
    StageName: 'live',
    DeploymentId: given(DeploymentId),
  });
  await expect(repointed).rejects.toMatchObject({ type: 'BadRequestException', message: 'never' });
  expect((await desk.live(apiId, 'live'))?.stage.DeploymentId).toBe(first);
});

test('a deployment in use cannot be deleted; out of use it goes with its snapshot', async () => {
  const { desk, apiId, first } = await deployed();
  const remove = () => desk.call('DeleteDeployment', { ApiId: apiId, DeploymentId: first });
  await expect(remove()).rejects.toMatchObject({
    type: 'ConflictException',
    message: 'Active stages pointing to this deployment must be moved or deleted',
  });
  const hash = given((await desk.live(apiId, 'live'))?.snapshot);
  await desk.route(apiId, 'later');
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  await remove();
  await desk.blobs.sweep(AT_ONCE_MS);
  expect(await desk.blobs.get(hash)).toBeUndefined();
  await expect(remove()).rejects.toMatchObject({
    message: `Invalid Deployment identifier specified ${first}`,
  });
});

test('a snapshot that two deployments share stays until both are gone', async () => {
  const { desk, apiId, first } = await deployed();
  const hash = given((await desk.live(apiId, 'live'))?.snapshot);
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  await desk.call('DeleteDeployment', { ApiId: apiId, DeploymentId: first });
  await desk.blobs.sweep(AT_ONCE_MS);
  expect(await desk.blobs.get(hash)).toBeDefined();
});

test('a description can be changed and removed', async () => {
  const { desk, apiId, first } = await deployed();
  const update = (Description: string) =>
    desk.call('UpdateDeployment', { ApiId: apiId, DeploymentId: first, Description });
  expect(await update('mine')).toMatchObject({ Description: 'mine' });
  expect(await update('')).not.toHaveProperty('Description');
});

test('settings and variables are live at once, without a deployment', async () => {
  const { desk, apiId, first } = await deployed();
  desk.announced.length = 0;
  await desk.call('UpdateStage', {
    ApiId: apiId,
    StageName: 'live',
    StageVariables: { table: 'chat' },
    DefaultRouteSettings: { ThrottlingRateLimit: 5 },
  });
  expect((await desk.live(apiId, 'live'))?.stage).toMatchObject({
    DeploymentId: first,
    StageVariables: { table: 'chat' },
    DefaultRouteSettings: { ThrottlingRateLimit: 5, LoggingLevel: 'OFF' },
  });
  expect(desk.announced).toEqual([{ apiId, stageName: 'live' }]);
});

test('settings with which what a stage serves cannot run are refused, and the old ones stay', async () => {
  const { desk, apiId } = await deployed();
  desk.flaw = 'never';
  const change = { ApiId: apiId, StageName: 'live', StageVariables: { table: 'chat' } };
  const refused = desk.call('UpdateStage', change);
  await expect(refused).rejects.toMatchObject({ type: 'BadRequestException', message: 'never' });
  expect((await desk.live(apiId, 'live'))?.stage.StageVariables).toEqual({});
});

test.each(['$request.header.action', '$context.routeKey', '${request.querystring.a}'])(
  'the route selection expression %s is kept, and its deployment says that it cannot run',
  async (RouteSelectionExpression) => {
    const { desk, apiId, first } = await deployed();
    const updated = await desk.call('UpdateApi', { ApiId: apiId, RouteSelectionExpression });
    expect(updated.RouteSelectionExpression).toBe(RouteSelectionExpression);
    const failed = await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
    expect(failed).toMatchObject({
      DeploymentStatus: 'FAILED',
      DeploymentStatusMessage: expect.stringContaining(RouteSelectionExpression) as string,
    });
    const { stage } = (await desk.live(apiId, 'live')) ?? {};
    expect(stage?.DeploymentId).toBe(first);
  },
);

test('the default endpoint is switched off with the next deployment only', async () => {
  const { desk, apiId } = await deployed();
  await desk.call('UpdateApi', { ApiId: apiId, DisableExecuteApiEndpoint: true });
  expect((await desk.served(apiId, 'live'))?.api.DisableExecuteApiEndpoint).toBe(false);
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  expect((await desk.served(apiId, 'live'))?.api.DisableExecuteApiEndpoint).toBe(true);
});

test('an answer waits until this node serves the change', async () => {
  const { desk, apiId } = await deployed();
  await desk.route(apiId, 'later');
  desk.applied.length = 0;
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  const snapshot = (await desk.live(apiId, 'live'))?.snapshot;
  expect(desk.applied).toEqual([{ stage: 'live', snapshot }]);
});

test('a bus that is away does not undo a deployment', async () => {
  const bus = new MemoryBus(new MemoryHub(), silentLogger);
  const desk = new ControlDesk({ bus });
  const apiId = await desk.api();
  await desk.route(apiId, 'hello');
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'live' });
  await bus.close();
  desk.applied.length = 0;
  await desk.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
  expect(desk.applied).toHaveLength(1);
});

test('a commit that fails announces nothing and tells the caller', async () => {
  const { desk, apiId } = await deployed();
  desk.announced.length = 0;
  const broken = new ControlDesk({
    beside: desk,
    wrap: committing(async () => {
      throw new StoreUnavailableError('no disk');
    }),
  });
  const deploying = broken.call('CreateDeployment', { ApiId: apiId, StageName: 'live' });
  await expect(deploying).rejects.toBeInstanceOf(StoreUnavailableError);
  expect(desk.announced).toEqual([]);
});

test('deleting a stage removes its live record and announces it', async () => {
  const { desk, apiId } = await deployed();
  desk.announced.length = 0;
  await desk.call('DeleteStage', { ApiId: apiId, StageName: 'live' });
  expect(await desk.live(apiId, 'live')).toBeUndefined();
  expect(desk.announced).toEqual([{ apiId, stageName: 'live' }]);
});

test('deleting an api removes and announces every stage, its parts and its snapshots', async () => {
  const { desk, apiId } = await deployed();
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'other' });
  const hash = given((await desk.live(apiId, 'live'))?.snapshot);
  desk.announced.length = 0;
  await desk.call('DeleteApi', { ApiId: apiId });
  expect(desk.announced.map(({ stageName }) => stageName).sort()).toEqual(['live', 'other']);
  expect(await desk.live(apiId, 'live')).toBeUndefined();
  expect((await desk.store.list(`api#${apiId}`)).items).toEqual([]);
  await desk.blobs.sweep(AT_ONCE_MS);
  expect(await desk.blobs.get(hash)).toBeUndefined();
  await expect(desk.call('GetStages', { ApiId: apiId })).rejects.toMatchObject({ status: 404 });
});
