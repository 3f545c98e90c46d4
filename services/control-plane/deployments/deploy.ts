// Making a deployment: freeze the api, prove the snapshot on each stage it is for, store it, repoint the stages that can run it.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, DeploymentRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import { partKey } from '#shared/store/keys.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { collectSnapshot, encodeSnapshot } from '#shared/stage/snapshot.ts';
import type { Edit } from '../definitions/api-edits.ts';
import { created, DEPLOYMENT } from '../definitions/parts.ts';
import type { ControlDeps } from '../deps.ts';
import { liveStage, snapshotOf, stageWrites } from './live.ts';
import { flawOf, trialStage } from './proof.ts';

/** What `CreateDeployment` answers when there is nothing to deploy. */
export const NO_ROUTES = 'At least one route is required before deploying the Api';

const DEPLOYMENT_ID_LENGTH = 6;

/** A deployment to be made. */
export interface DeployPlan {
  readonly deps: ControlDeps;
  readonly context: ControlContext;
  readonly api: ApiRecord;
  readonly snapshot: Snapshot;
  /** Stages to repoint; with none the deployment is only kept. */
  readonly stages: readonly StageRecord[];
  /** Of an automatic deployment: the version that its commit gives the api's record. */
  readonly apiVersion?: number;
  readonly description: string | undefined;
}

/** A stage with the reason for which it keeps its old deployment, if there is one. */
interface Outcome {
  readonly stage: StageRecord;
  readonly flaw: string | undefined;
}

/** The definitions of `api` in this moment of its edit. */
export const freeze = (deps: ControlDeps, api: ApiRecord): Promise<Snapshot> =>
  collectSnapshot(deps.store, api);

/**
 * The edit that makes a deployment. It is FAILED when no stage can run it (without stages: when it cannot run at all);
 * a stage that cannot run it keeps what it had and says why. Rests on the caller's turn of the api.
 */
export async function deployment(plan: DeployPlan): Promise<Edit<DeploymentRecord>> {
  const { deps, api } = plan;
  const id = newResourceId(DEPLOYMENT_ID_LENGTH);
  const hash = await deps.blobs.put(
    encodeSnapshot(plan.snapshot),
    partKey(api.ApiId, 'deployment', id),
  );
  const outcomes = plan.stages.map((stage) => tried(plan, stage, id));
  const record = deploymentRecord(plan, { id, hash, flaw: flawOfAll(plan, outcomes) });
  const lives = await Promise.all(outcomes.map((outcome) => pointed(plan, outcome, { id, hash })));
  return {
    writes: [
      created(DEPLOYMENT, { apiId: api.ApiId, ids: [id] }, record),
      ...lives.flatMap(stageWrites),
    ],
    result: record,
  };
}

function tried(plan: DeployPlan, stage: StageRecord, deploymentId: string): Outcome {
  const { deps, context, api, snapshot } = plan;
  const candidate = { ...stage, DeploymentId: deploymentId };
  const live = liveStage(context, api, { stage: candidate, snapshot: undefined });
  return { stage, flaw: flawOf(deps, live, snapshot) };
}

function flawOfAll(plan: DeployPlan, outcomes: readonly Outcome[]): string | undefined {
  if (outcomes.length === 0) {
    return flawOf(plan.deps, trialStage(plan.context, plan.api), plan.snapshot);
  }
  return outcomes.every(({ flaw }) => flaw !== undefined) ? outcomes[0]?.flaw : undefined;
}

function deploymentRecord(
  { deps, apiVersion, description }: DeployPlan,
  { id, hash, flaw }: { id: string; hash: string; flaw: string | undefined },
): DeploymentRecord {
  return {
    DeploymentId: id,
    AutoDeployed: apiVersion !== undefined,
    DeploymentStatus: flaw === undefined ? 'DEPLOYED' : 'FAILED',
    ...(flaw !== undefined && { DeploymentStatusMessage: flaw }),
    ...(description ? { Description: description } : {}),
    CreatedDate: deps.clock.now(),
    Snapshot: hash,
  };
}

async function pointed(
  { deps, context, api, apiVersion }: DeployPlan,
  { stage, flaw }: Outcome,
  { id, hash }: { readonly id: string; readonly hash: string },
): Promise<LiveStage> {
  if (flaw !== undefined) {
    const snapshot = await snapshotOf(deps, api.ApiId, stage);
    return liveStage(context, api, { stage: failedStage(stage, flaw), snapshot, apiVersion });
  }
  return liveStage(context, api, {
    stage: deployedStage(stage, id, deps.clock.now()),
    snapshot: hash,
    apiVersion,
  });
}

/** `stage` serving a deployment. */
export function deployedStage(stage: StageRecord, deploymentId: string, now: number): StageRecord {
  return {
    ...stage,
    DeploymentId: deploymentId,
    LastUpdatedDate: now,
    LastDeploymentStatusMessage: `Successfully deployed stage with deployment ID '${deploymentId}'`,
  };
}

/** `stage` keeping what it has after a deployment that failed. */
export function failedStage(stage: StageRecord, reason: string): StageRecord {
  return { ...stage, LastDeploymentStatusMessage: `Deployment attempt failed: ${reason}` };
}
