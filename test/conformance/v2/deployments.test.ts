// Deployments through the official SDK: made, listed, rolled back, deleted; stages that deploy themselves.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { lambdaRoute, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('deploy, repoint, roll back, delete', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const empty = sdk.createDeployment({ ApiId });
  await expect(empty).rejects.toMatchObject({
    name: 'BadRequestException',
    message: 'At least one route is required before deploying the Api',
  });
  await lambdaRoute(target, ApiId, 'hello');
  const first = await sdk.createDeployment({ ApiId, Description: 'first' });
  expect(first).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    AutoDeployed: false,
    DeploymentStatus: 'DEPLOYED',
  });
  expect(first.CreatedDate).toBeInstanceOf(Date);
  const StageName = 'live';
  await sdk.createStage({ ApiId, StageName, DeploymentId: first.DeploymentId });
  const second = await sdk.createDeployment({ ApiId, StageName });
  expect((await sdk.getStage({ ApiId, StageName })).DeploymentId).toBe(second.DeploymentId);
  await sdk.updateStage({ ApiId, StageName, DeploymentId: first.DeploymentId });
  expect(await sdk.getStage({ ApiId, StageName })).toMatchObject({
    DeploymentId: first.DeploymentId,
    LastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${first.DeploymentId}'`,
  });
  expect((await sdk.getDeployments({ ApiId })).Items).toHaveLength(2);
  const used = sdk.deleteDeployment({ ApiId, DeploymentId: first.DeploymentId });
  await expect(used).rejects.toBeInstanceOf(v2.ConflictException);
  const unused = { ApiId, DeploymentId: second.DeploymentId };
  expect(await sdk.updateDeployment({ ...unused, Description: 'x' })).toMatchObject({
    Description: 'x',
  });
  expect((await sdk.deleteDeployment(unused)).$metadata.httpStatusCode).toBe(204);
  await expect(sdk.getDeployment(unused)).rejects.toBeInstanceOf(v2.NotFoundException);
});

test('a stage that deploys itself serves each change when it is answered', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  await lambdaRoute(target, ApiId, 'hello');
  const stage = await sdk.createStage({ ApiId, StageName: 'auto', AutoDeploy: true });
  expect(stage.DeploymentId).toBeDefined();
  await lambdaRoute(target, ApiId, 'more');
  const after = await sdk.getStage({ ApiId, StageName: 'auto' });
  expect(after.DeploymentId).not.toBe(stage.DeploymentId);
  const made = await sdk.getDeployment({ ApiId, DeploymentId: after.DeploymentId });
  expect(made).toMatchObject({
    AutoDeployed: true,
    Description: 'Automatic deployment triggered by changes to the Api configuration',
  });
});
