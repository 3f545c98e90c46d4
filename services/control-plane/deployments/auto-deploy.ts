// Stages with automatic deployment: after an edit of what deployments freeze, the api is deployed to them.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import { createHash } from 'node:crypto';
import { encodeSnapshot } from '#shared/stage/snapshot.ts';
import { announceStage } from '../announcements.ts';
import type { ApiEdits, Edit } from '../definitions/api-edits.ts';
import { allParts, STAGE } from '../definitions/parts.ts';
import type { ControlDeps } from '../deps.ts';
import { LIVE_STAGES } from '#shared/store/keys.ts';
import { deployment, failedStage, freeze } from './deploy.ts';
import { liveStage, snapshotOf, stageWrites } from './live.ts';

/** AWS's description of such a deployment. */
const DESCRIPTION = 'Automatic deployment triggered by changes to the Api configuration';

/** AWS's reason while an api has no routes. */
const NO_ROUTES = 'Unable to deploy API because no routes exist in this API';

/** A context in which nobody asks but the node itself. */
const contextOf = ({ region, accountId }: LiveStage): ControlContext => ({
  region,
  accountId,
  principal: { name: 'postern', accessKeyId: '' },
  requestId: 'resume',
});

/**
 * Deploys changed apis to their stages with `AutoDeploy`. A run waits behind the edits that are already waiting for
 * the api, and all of them share it: many changes at once make one deployment, changes one after another one each.
 */
export class AutoDeploy {
  readonly #deps: ControlDeps;
  readonly #edits: ApiEdits;
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(deps: ControlDeps, edits: ApiEdits) {
    this.#deps = deps;
    this.#edits = edits;
  }

  /** Resolves when what is committed now is deployed. Never rejects: the edit itself has succeeded. */
  after(context: ControlContext, apiId: string): Promise<void> {
    const waiting = this.#waiting.get(apiId);
    if (waiting !== undefined) return waiting;
    const run = this.#edits.exclusively(apiId, () => {
      this.#waiting.delete(apiId);
      return this.#run(context, apiId);
    });
    this.#waiting.set(apiId, run);
    return run;
  }

  /** Deploys every api with such a stage whose definitions differ from what the stage serves. */
  async resume(): Promise<void> {
    const { items } = await this.#deps.store.list<LiveStage>(LIVE_STAGES);
    const contexts = new Map(
      items
        .filter(({ value }) => value.stage.AutoDeploy)
        .map(({ value }) => [value.apiId, contextOf(value)]),
    );
    for (const [apiId, context] of contexts) await this.after(context, apiId);
  }

  async #run(context: ControlContext, apiId: string): Promise<void> {
    try {
      const stages = await this.#edits.attempt(context, apiId, (api) => this.#plan(context, api));
      for (const stageName of stages) await announceStage(this.#deps, { apiId, stageName });
    } catch (error) {
      this.#deps.logger.error('automatic deployment failed', { apiId, error });
    }
  }

  /** Names of the stages whose records change. */
  async #plan(context: ControlContext, api: ApiRecord): Promise<Edit<string[]>> {
    const deps = this.#deps;
    const all = await allParts(deps.store, STAGE, { apiId: api.ApiId });
    const stages = all.filter(({ AutoDeploy }) => AutoDeploy);
    if (stages.length === 0) return { writes: [], result: [] };
    const snapshot = await freeze(deps, api);
    if (snapshot.routes.length === 0) return this.#failed(context, api, stages);
    if (await this.#serves(api, stages, snapshot)) return { writes: [], result: [] };
    const request = { autoDeployed: true, description: DESCRIPTION };
    const edit = await deployment({ deps, context, api, snapshot, stages, ...request });
    return { ...edit, result: stages.map(({ StageName }) => StageName) };
  }

  async #failed(
    context: ControlContext,
    api: ApiRecord,
    stages: readonly StageRecord[],
  ): Promise<Edit<string[]>> {
    const lives = stages.map(async (stage) =>
      liveStage(context, api, {
        stage: failedStage(stage, NO_ROUTES),
        snapshot: await snapshotOf(this.#deps, api.ApiId, stage),
      }),
    );
    const writes = (await Promise.all(lives)).flatMap(stageWrites);
    return { writes, result: stages.map(({ StageName }) => StageName) };
  }

  /** Whether all `stages` serve exactly these definitions already. */
  async #serves(
    api: ApiRecord,
    stages: readonly StageRecord[],
    snapshot: Snapshot,
  ): Promise<boolean> {
    const hash = createHash('sha256').update(encodeSnapshot(snapshot)).digest('hex');
    const served = await Promise.all(
      stages.map((stage) => snapshotOf(this.#deps, api.ApiId, stage)),
    );
    return served.every((snapshotHash) => snapshotHash === hash);
  }
}
