// Deployments: create, get, list, update, delete (AWS: apigatewayv2 /v2/apis/{apiId}/deployments).
import type { ApiRecord, DeploymentRecord, StageRecord } from '#shared/model/records.ts';
import { announceStage } from '../../announcements.ts';
import { check, checkPatch } from '../../constraints.ts';
import { autoDeployed } from '../../constraints/stage.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  deleted,
  DEPLOYMENT,
  needPart,
  pageParts,
  readPart,
  replaced,
  STAGE,
} from '../../definitions/parts.ts';
import { patched, without } from '../../definitions/patch.ts';
import { deployment, freeze, NO_ROUTES } from '../../deployments/deploy.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import type { Plane } from '../../plane.ts';

/**
 * Answers 201 also for a deployment that cannot run: it is FAILED with the reason, and the stage named keeps the old
 * one and says why.
 */
const createDeployment: V2Operation<'CreateDeployment'> = async (plane, input, context) => {
  check('Deployment', input, plane.deps.limits);
  const { deps, edits } = plane;
  const { ApiId: apiId, StageName: stageName } = input;
  const record = await edits.edit(context, apiId, async (api: ApiRecord) => {
    const stages = stageName === undefined ? [] : [await deployable(plane, apiId, stageName)];
    const snapshot = await freeze(deps, api);
    if (snapshot.routes.length === 0) throw badRequest(NO_ROUTES);
    const description = input.Description;
    return deployment({ deps, context, api, snapshot, stages, description });
  });
  if (stageName !== undefined) await announceStage(deps, { apiId, stageName });
  return deploymentView(record);
};

async function deployable({ deps }: Plane, apiId: string, name: string): Promise<StageRecord> {
  const stage = await needPart(deps.store, STAGE, { apiId, ids: [name] });
  if (stage.AutoDeploy) throw autoDeployed();
  return stage;
}

const getDeployment: V2Operation<'GetDeployment'> = async (plane, input, context) => {
  const at = { kind: DEPLOYMENT, apiId: input.ApiId, ids: [input.DeploymentId] };
  return deploymentView(await readPart(plane, context, at));
};

const getDeployments: V2Operation<'GetDeployments'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: DEPLOYMENT }), deploymentView);

const updateDeployment: V2Operation<'UpdateDeployment'> = async (plane, input, context) => {
  checkPatch('Deployment', input, { limits: plane.deps.limits });
  const at = { apiId: input.ApiId, ids: [input.DeploymentId] };
  const record = await plane.edits.edit(context, input.ApiId, async () => {
    const old = await needPart(plane.deps.store, DEPLOYMENT, at);
    const next = patched(old, input, ['Description']);
    return { writes: [replaced(DEPLOYMENT, at, next)], result: next };
  });
  return deploymentView(record);
};

/** What it has frozen is swept when nothing names it any more. */
const deleteDeployment: V2Operation<'DeleteDeployment'> = async (plane, input, context) => {
  const { ApiId: apiId, DeploymentId: id } = input;
  const at = { apiId, ids: [id] };
  await plane.edits.edit(context, apiId, async () => {
    await needPart(plane.deps.store, DEPLOYMENT, at);
    await refuseUsed(plane, apiId, id);
    return { writes: [deleted(DEPLOYMENT, at)], result: undefined };
  });
};

async function refuseUsed({ deps }: Plane, apiId: string, id: string): Promise<void> {
  const stages = await allParts(deps.store, STAGE, { apiId });
  if (stages.some(({ DeploymentId }) => DeploymentId === id)) {
    throw conflict('Active stages pointing to this deployment must be moved or deleted');
  }
}

function deploymentView(record: DeploymentRecord): V2Item<'GetDeployments'> {
  return { ...without(record, 'Snapshot'), CreatedDate: new Date(record.CreatedDate) };
}

/** Operations of this file. */
export const DEPLOYMENT_OPERATIONS = {
  CreateDeployment: createDeployment,
  GetDeployment: getDeployment,
  GetDeployments: getDeployments,
  UpdateDeployment: updateDeployment,
  DeleteDeployment: deleteDeployment,
} satisfies Partial<V2Operations>;
