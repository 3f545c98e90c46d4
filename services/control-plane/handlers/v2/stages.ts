// Stages: create, get, list, update, delete (AWS: apigatewayv2 /v2/apis/{apiId}/stages).
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, DeploymentRecord, StageRecord } from '#shared/model/records.ts';
import { liveStageKey } from '#shared/store/keys.ts';
import { announceStage } from '../../announcements.ts';
import { check, checkPatch } from '../../constraints.ts';
import { autoDeployed, checkStage, DEFAULT_SETTINGS } from '../../constraints/stage.ts';
import type { Edit } from '../../definitions/api-edits.ts';
import { certificateWrites } from '../../definitions/client-certificates.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  deleted,
  DEPLOYMENT,
  findPart,
  needPart,
  pageParts,
  readPart,
  requireRoom,
  ROUTE,
  STAGE,
} from '../../definitions/parts.ts';
import { leavePlans } from '../../definitions/plan-departure.ts';
import { merged, patched, picked, present, withoutEmpty } from '../../definitions/patch.ts';
import { deployedStage } from '../../deployments/deploy.ts';
import { liveStage, snapshotOf, stageWrites } from '../../deployments/live.ts';
import { proveLive } from '../../deployments/proof.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V2Input } from '../../model.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import type { Plane } from '../../plane.ts';

/** Whatever the profile says: an api's stages are deployed, or deleted with it, in one commit of 100 writes. */
const STAGES_OF_A_COMMIT = 45;

const MEMBERS = [
  'AccessLogSettings',
  'AutoDeploy',
  'ClientCertificateId',
  'DeploymentId',
  'Description',
] as const;

const createStage: V2Operation<'CreateStage'> = async (plane, input, context) => {
  check('Stage', input, plane.deps.limits);
  const { ApiId: apiId, StageName: stageName } = input;
  await plane.edits.edit(context, apiId, async (api) => {
    const others = await allParts(plane.deps.store, STAGE, { apiId });
    if (others.some(({ StageName }) => StageName === stageName)) {
      throw conflict('Stage already exists');
    }
    const limit = Math.min(plane.deps.limits.stagesPerApi, STAGES_OF_A_COMMIT);
    requireRoom(others.length, limit, 'Stages');
    return changed(plane, context, { api, input, stage: newStage(plane, api, input) });
  });
  return afterChange(plane, context, { apiId, stageName });
};

function newStage({ deps }: Plane, api: ApiRecord, input: V2Input<'CreateStage'>): StageRecord {
  const now = deps.clock.now();
  const stage: StageRecord = withoutEmpty({
    AutoDeploy: false,
    ...picked(input, MEMBERS),
    StageName: input.StageName,
    CreatedDate: now,
    LastUpdatedDate: now,
    DefaultRouteSettings: { ...DEFAULT_SETTINGS[api.ProtocolType], ...input.DefaultRouteSettings },
    RouteSettings: input.RouteSettings ?? {},
    StageVariables: input.StageVariables ?? {},
    Tags: input.Tags ?? {},
  });
  return input.DeploymentId === undefined ? stage : deployedStage(stage, input.DeploymentId, now);
}

/** A stage as it shall be, with the request that makes it so. */
interface Change {
  readonly api: ApiRecord;
  readonly input: { readonly DeploymentId?: string; readonly ClientCertificateId?: string };
  readonly stage: StageRecord;
}

/** The edit that writes a stage; refused when its deployment is unknown or cannot run with the stage's settings. */
async function changed(
  plane: Plane,
  context: ControlContext,
  { api, input, stage }: Change,
): Promise<Edit<void>> {
  const { deps } = plane;
  if (stage.AutoDeploy && input.DeploymentId !== undefined) throw autoDeployed();
  const routes = await allParts(deps.store, ROUTE, { apiId: api.ApiId });
  checkStage(api, stage, { input, routes });
  if (input.DeploymentId !== undefined) await needDeployed(plane, api.ApiId, input.DeploymentId);
  const certificate = await certificateWrites(deps.store, context, input.ClientCertificateId);
  const snapshot = await snapshotOf(deps, api.ApiId, stage);
  const live = liveStage(context, api, { stage, snapshot });
  await proveLive(deps, live);
  return { writes: [...stageWrites(live), ...certificate], result: undefined };
}

async function needDeployed({ deps }: Plane, apiId: string, id: string): Promise<DeploymentRecord> {
  const found = await findPart(deps.store, DEPLOYMENT, { apiId, ids: [id] });
  if (found === undefined) throw badRequest(`Invalid Deployment identifier specified ${id}`);
  return found;
}

/** Tells the nodes, lets a stage with automatic deployment deploy, and answers the stage as it is then. */
async function afterChange(
  plane: Plane,
  context: ControlContext,
  { apiId, stageName }: { readonly apiId: string; readonly stageName: string },
): Promise<V2Item<'GetStages'>> {
  const at = { apiId, ids: [stageName] };
  const stage = await needPart(plane.deps.store, STAGE, at);
  await announceStage(plane.deps, { apiId, stageName });
  if (!stage.AutoDeploy) return stageView(stage);
  await plane.autoDeploy.after(context, apiId);
  return stageView(await needPart(plane.deps.store, STAGE, at));
}

const getStage: V2Operation<'GetStage'> = async (plane, input, context) =>
  stageView(
    await readPart(plane, context, { kind: STAGE, apiId: input.ApiId, ids: [input.StageName] }),
  );

const getStages: V2Operation<'GetStages'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: STAGE }), stageView);

/** Pointing a stage at an older deployment is how one rolls back; settings and variables are live at once. */
const updateStage: V2Operation<'UpdateStage'> = async (plane, input, context) => {
  checkPatch('Stage', input, { limits: plane.deps.limits, required: ['DeploymentId'] });
  const { ApiId: apiId, StageName: stageName } = input;
  await editStage(plane, context, {
    apiId,
    stageName,
    input,
    change: (stage) => patchedStage(plane, stage, input),
  });
  return afterChange(plane, context, { apiId, stageName });
};

/** An edit of one stage by a function from its old to its new record. */
interface StageEdit {
  readonly apiId: string;
  readonly stageName: string;
  readonly input: Change['input'];
  readonly change: (stage: StageRecord) => StageRecord;
}

/** Edits one stage's record and live record; quick-created stages are AWS's own and refuse. */
export async function editStage(
  plane: Plane,
  context: ControlContext,
  { apiId, stageName, input, change }: StageEdit,
): Promise<void> {
  await plane.edits.edit(context, apiId, async (api) => {
    const old = await needPart(plane.deps.store, STAGE, { apiId, ids: [stageName] });
    if (old.ApiGatewayManaged === true) throw badRequest('A managed stage cannot be changed');
    const stage = { ...change(old), LastUpdatedDate: plane.deps.clock.now() };
    return changed(plane, context, { api, input, stage });
  });
}

function patchedStage(
  { deps }: Plane,
  old: StageRecord,
  input: V2Input<'UpdateStage'>,
): StageRecord {
  const stage: StageRecord = {
    ...patched(old, input, MEMBERS),
    DefaultRouteSettings: { ...old.DefaultRouteSettings, ...input.DefaultRouteSettings },
    RouteSettings: { ...old.RouteSettings, ...input.RouteSettings },
    ...present({ StageVariables: merged(old.StageVariables, input.StageVariables) ?? {} }),
  };
  return input.DeploymentId === undefined
    ? stage
    : deployedStage(stage, input.DeploymentId, deps.clock.now());
}

const deleteStage: V2Operation<'DeleteStage'> = async (plane, input, context) => {
  const { ApiId: apiId, StageName: stageName } = input;
  const at = { apiId, ids: [stageName] };
  await plane.edits.edit(context, apiId, async () => {
    await needPart(plane.deps.store, STAGE, at);
    return {
      writes: [deleted(STAGE, at), { op: 'delete', key: liveStageKey(apiId, stageName) }],
      result: undefined,
    };
  });
  await announceStage(plane.deps, { apiId, stageName });
  await leavePlans(plane, context, { apiId, stageNames: [stageName] });
};

/** A stage as every operation answers it. */
export function stageView(record: StageRecord): V2Item<'GetStages'> {
  const { CreatedDate, LastUpdatedDate, ...members } = record;
  return {
    ...members,
    CreatedDate: new Date(CreatedDate),
    LastUpdatedDate: new Date(LastUpdatedDate),
  };
}

/** Operations of this file. */
export const STAGE_OPERATIONS = {
  CreateStage: createStage,
  GetStage: getStage,
  GetStages: getStages,
  UpdateStage: updateStage,
  DeleteStage: deleteStage,
} satisfies Partial<V2Operations>;
