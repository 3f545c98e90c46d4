// Whether a snapshot can run as a stage: compiled once before anybody is told of it.
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import { decodeSnapshot } from '#shared/stage/snapshot.ts';
import type { ControlDeps } from '../deps.ts';
import { badRequest } from '../faults.ts';
import { liveStage } from './live.ts';

/** Why `snapshot` cannot run as `live`; nothing when it can. */
export function flawOf(deps: ControlDeps, live: LiveStage, snapshot: Snapshot): string | undefined {
  try {
    deps.prove(live, snapshot);
    return undefined;
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
}

/** Refuses with 400 a stage whose settings its own snapshot cannot run with; nothing is written then. */
export async function proveLive(deps: ControlDeps, live: LiveStage): Promise<void> {
  if (live.snapshot === undefined) return;
  const bytes = await deps.blobs.get(live.snapshot);
  if (bytes === undefined) {
    throw badRequest(`The definitions of deployment ${live.stage.DeploymentId} are lost.`);
  }
  const flaw = flawOf(deps, live, decodeSnapshot(bytes));
  if (flaw !== undefined) throw badRequest(flaw);
}

/** A stage that nobody has, to prove a deployment which is made for no stage yet. */
export function trialStage(context: ControlContext, api: ApiRecord): LiveStage {
  const stage: StageRecord = {
    StageName: 'trial',
    AutoDeploy: false,
    CreatedDate: 0,
    LastUpdatedDate: 0,
    DefaultRouteSettings: {},
    RouteSettings: {},
    StageVariables: {},
    Tags: {},
  };
  return liveStage(context, api, { stage, snapshot: undefined });
}
