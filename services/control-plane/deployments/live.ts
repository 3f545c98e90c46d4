// The stage as the data plane reads it: written together with the stage's own record, then announced to every node.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, DeploymentRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage } from '#shared/model/snapshot.ts';
import type { Write } from '#shared/model/store.ts';
import { liveStageKey } from '#shared/store/keys.ts';
import { DEPLOYMENT, findPart, replaced, STAGE } from '../definitions/parts.ts';
import type { ControlDeps } from '../deps.ts';

/** What a live record is made of beside its api. */
export interface LiveParts {
  readonly stage: StageRecord;
  /** Hash of the snapshot served, if there is one. */
  readonly snapshot: string | undefined;
  /** Given by automatic deployments: see `LiveStage`. */
  readonly apiVersion?: number | undefined;
}

/** The live record of a stage. */
export function liveStage(
  context: ControlContext,
  api: ApiRecord,
  { stage, snapshot, apiVersion }: LiveParts,
): LiveStage {
  return {
    apiId: api.ApiId,
    region: context.region,
    accountId: context.accountId,
    protocol: api.ProtocolType,
    stage,
    ...(snapshot !== undefined && { snapshot }),
    ...(apiVersion !== undefined && { apiVersion }),
  };
}

/** The two records of a stage, over whatever is there. */
export function stageWrites(live: LiveStage): Write[] {
  const { apiId, stage } = live;
  return [
    replaced(STAGE, { apiId, ids: [stage.StageName] }, stage),
    { op: 'put', key: liveStageKey(apiId, stage.StageName), value: live },
  ];
}

/** The snapshot's hash of the deployment that `stage` points to. */
export async function snapshotOf(
  { store }: ControlDeps,
  apiId: string,
  stage: StageRecord,
): Promise<string | undefined> {
  if (stage.DeploymentId === undefined) return undefined;
  const at = { apiId, ids: [stage.DeploymentId] };
  return (await findPart<DeploymentRecord>(store, DEPLOYMENT, at))?.Snapshot;
}
