// What every handler of the control plane works with: the back ends, the edits of apis and the deployments.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord } from '#shared/model/records.ts';
import type { ApiEdits, Edit } from './definitions/api-edits.ts';
import type { UsageEdits } from './definitions/usage-edits.ts';
import type { AutoDeploy } from './deployments/auto-deploy.ts';
import type { ControlDeps } from './deps.ts';

/** Shared by all handlers of a node. */
export interface Plane {
  readonly deps: ControlDeps;
  readonly edits: ApiEdits;
  readonly autoDeploy: AutoDeploy;
  /** Edits of the usage plans that stages are in. */
  readonly usageEdits: UsageEdits;
}

/** Shared by the handlers of API keys and usage plans. */
export interface UsagePlane {
  readonly deps: ControlDeps;
  readonly edits: UsageEdits;
}

/**
 * An edit of what deployments freeze. When it is committed, stages with automatic deployment are deployed before the
 * caller gets its result, so that a client that waits for the answer (as IaC tools do) meets its own change.
 */
export async function define<Result>(
  plane: Plane,
  context: ControlContext,
  edit: {
    readonly apiId: string;
    readonly change: (api: ApiRecord) => Promise<Edit<Result>>;
  },
): Promise<Result> {
  const result = await plane.edits.edit(context, edit.apiId, edit.change);
  await plane.autoDeploy.after(context, edit.apiId);
  return result;
}
