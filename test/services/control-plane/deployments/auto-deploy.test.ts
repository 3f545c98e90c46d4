// Stages with automatic deployment: every edit of a definition is live when its answer comes.
import { expect, test } from 'vitest';
import { apiKey } from '#shared/store/keys.ts';
import { ControlDesk, given } from '../../../support/control-desk.ts';

async function automatic() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { integrationId } = await desk.route(apiId, 'hello');
  const stage = await desk.call('CreateStage', {
    ApiId: apiId,
    StageName: 'live',
    AutoDeploy: true,
  });
  return { desk, apiId, integrationId, stage };
}

const routeKeys = async (desk: ControlDesk, apiId: string) =>
  (await desk.served(apiId, 'live'))?.routes.map(({ RouteKey }) => RouteKey).sort();

const deployments = async (desk: ControlDesk, apiId: string) =>
  given((await desk.call('GetDeployments', { ApiId: apiId })).Items);

test('the new stage is deployed in its own answer', async () => {
  const { desk, apiId, stage } = await automatic();
  const [made] = await deployments(desk, apiId);
  expect(made).toMatchObject({
    AutoDeployed: true,
    DeploymentStatus: 'DEPLOYED',
    Description: 'Automatic deployment triggered by changes to the Api configuration',
  });
  expect(stage).toMatchObject({
    AutoDeploy: true,
    DeploymentId: made?.DeploymentId,
    LastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${made?.DeploymentId}'`,
  });
});

test('a change is live when it is answered', async () => {
  const { desk, apiId, integrationId } = await automatic();
  await desk.call('CreateRoute', {
    ApiId: apiId,
    RouteKey: 'later',
    Target: `integrations/${integrationId}`,
  });
  expect(await routeKeys(desk, apiId)).toEqual(['hello', 'later']);
  await desk.call('UpdateApi', { ApiId: apiId, RouteSelectionExpression: '$request.body.kind' });
  expect((await desk.served(apiId, 'live'))?.api.RouteSelectionExpression).toBe(
    '$request.body.kind',
  );
  expect(await deployments(desk, apiId)).toHaveLength(3);
});

test('many changes at once share deployments', async () => {
  const { desk, apiId, integrationId } = await automatic();
  const keys = Array.from({ length: 20 }, (_, at) => `r${at}`);
  const create = (RouteKey: string) =>
    desk.call('CreateRoute', { ApiId: apiId, RouteKey, Target: `integrations/${integrationId}` });
  await Promise.all(keys.map(create));
  expect(await routeKeys(desk, apiId)).toEqual(['hello', ...keys].sort());
  expect((await deployments(desk, apiId)).length).toBeLessThanOrEqual(3);
});

test('an edit that changes nothing makes no deployment', async () => {
  const { desk, apiId } = await automatic();
  await desk.call('UpdateApi', { ApiId: apiId, Name: 'chat' });
  expect(await deployments(desk, apiId)).toHaveLength(1);
});

test('a stage that deploys itself takes no deployment from outside', async () => {
  const { desk, apiId, stage } = await automatic();
  const refused = {
    status: 400,
    message: 'Deployment ID cannot be set on this stage because AutoDeploy is enabled.',
  };
  const DeploymentId = given(stage.DeploymentId);
  const target = { ApiId: apiId, StageName: 'live' };
  await expect(desk.call('CreateDeployment', target)).rejects.toMatchObject(refused);
  await expect(desk.call('UpdateStage', { ...target, DeploymentId })).rejects.toMatchObject(
    refused,
  );
});

test('without routes the stage says why it has no deployment', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const stage = await desk.call('CreateStage', { ApiId: apiId, StageName: 's', AutoDeploy: true });
  expect(stage.LastDeploymentStatusMessage).toBe(
    'Deployment attempt failed: Unable to deploy API because no routes exist in this API',
  );
  expect(stage.DeploymentId).toBeUndefined();
  await desk.route(apiId, 'hello');
  expect(await desk.call('GetStage', { ApiId: apiId, StageName: 's' })).toHaveProperty(
    'DeploymentId',
  );
});

test('definitions that do not compile leave the old ones serving; the edit itself succeeds', async () => {
  const { desk, apiId, integrationId, stage } = await automatic();
  desk.flaw = 'later cannot run';
  await desk.call('CreateRoute', {
    ApiId: apiId,
    RouteKey: 'later',
    Target: `integrations/${integrationId}`,
  });
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
  expect(await desk.call('GetStage', { ApiId: apiId, StageName: 'live' })).toMatchObject({
    DeploymentId: stage.DeploymentId,
    LastDeploymentStatusMessage: 'Deployment attempt failed: later cannot run',
  });
});

test('what a crash left undeployed is deployed when a node starts', async () => {
  const { desk, apiId } = await automatic();
  const { items } = await desk.store.list<{ RouteId: string }>(`api#${apiId}`, {
    prefix: 'route#',
  });
  const [route] = items;
  const key = { partition: `api#${apiId}`, sort: 'route#left' };
  const value = { ...given(route).value, RouteId: 'left', RouteKey: 'left' };
  const head = given(await desk.store.get(apiKey('eu-west-1', apiId)));
  await desk.store.commit([
    { op: 'put', key, value },
    { op: 'put', key: head.key, value: head.value },
  ]);
  const next = new ControlDesk({ beside: desk });
  await next.plane.resume();
  expect(await routeKeys(desk, apiId)).toEqual(['hello', 'left']);
  await next.plane.resume();
  expect(await deployments(desk, apiId)).toHaveLength(2);
});

test('switching it on deploys what is there', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  await desk.route(apiId, 'hello');
  await desk.call('CreateStage', { ApiId: apiId, StageName: 'live' });
  expect(await desk.served(apiId, 'live')).toBeUndefined();
  await desk.call('UpdateStage', { ApiId: apiId, StageName: 'live', AutoDeploy: true });
  expect(await routeKeys(desk, apiId)).toEqual(['hello']);
});

test('a start looks at no api whose edits are all deployed, however its stages were changed', async () => {
  const { desk, apiId, integrationId } = await automatic();
  const at = { ApiId: apiId, StageName: 'live' };
  await desk.call('UpdateStage', { ...at, StageVariables: { a: '1' } });
  desk.flaw = 'cannot run';
  await desk.call('CreateRoute', {
    ApiId: apiId,
    RouteKey: 'bad',
    Target: `integrations/${integrationId}`,
  });
  const empty = await desk.api();
  await desk.call('CreateStage', { ApiId: empty, StageName: 'live', AutoDeploy: true });
  const read: string[] = [];
  const next = new ControlDesk({
    beside: desk,
    wrap: (store) => ({
      get: (key) => (read.push(key.partition), store.get(key)),
      list: (partition, options) => (read.push(partition), store.list(partition, options)),
      commit: (writes) => store.commit(writes),
    }),
  });
  await next.plane.resume();
  expect(read).toEqual(['live', 'apis#eu-west-1']);
  expect(await deployments(desk, apiId)).toHaveLength(2);
});
