// The stage as the data plane reads it: written together with the stage's own record, then announced to every node.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, DeploymentRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage } from '#shared/model/snapshot.ts';
import type { Write } from '#shared/model/store.ts';
import { liveStageKey } from '#shared/store/keys.ts';
import { DEPLOYMENT, findPart, replaced, STAGE } from '../definitions/parts.ts';
import type { ControlDeps } from '../deps.ts';

/** The live record of `stage`, serving the snapshot with hash `snapshot` if there is one. */
export function liveStage(
  context: ControlContext,
  api: ApiRecord,
  { stage, snapshot }: { readonly stage: StageRecord; readonly snapshot: string | undefined },
): LiveStage {
  return {
    apiId: api.ApiId,
    region: context.region,
    accountId: context.accountId,
    protocol: api.ProtocolType,
    stage,
    ...(snapshot !== undefined && { snapshot }),
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
