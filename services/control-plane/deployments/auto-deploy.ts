// Stages with automatic deployment: after an edit of what deployments freeze, the api is deployed to them.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, StageRecord } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import type { Write } from '#shared/model/store.ts';
import { createHash } from 'node:crypto';
import { encodeSnapshot } from '#shared/stage/snapshot.ts';
import { announceStage } from '../announcements.ts';
import type { ApiEdits, Edit } from '../definitions/api-edits.ts';
import { allParts, STAGE } from '../definitions/parts.ts';
import type { ControlDeps } from '../deps.ts';
import { apisOf, LIVE_STAGES } from '#shared/store/keys.ts';
import { deployment, failedStage, freeze, type DeployPlan } from './deploy.ts';
import { liveStage, snapshotOf, stageWrites } from './live.ts';

/** AWS's description of such a deployment. */
const DESCRIPTION = 'Automatic deployment triggered by changes to the Api configuration';

/** AWS's reason while an api has no routes. */
const NO_ROUTES = 'Unable to deploy API because no routes exist in this API';

/** Apis that are looked at side by side when a node starts. */
const RESUMED_AT_ONCE = 8;

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
    const automatic = items.map(({ value }) => value).filter(({ stage }) => stage.AutoDeploy);
    const versions = await this.#versions(new Set(automatic.map(({ region }) => region)));
    const edited = automatic.filter(({ apiId, apiVersion }) => versions.get(apiId) !== apiVersion);
    const waiting = new Map(edited.map((live) => [live.apiId, contextOf(live)])).entries();
    const worker = async (): Promise<void> => {
      for (const [apiId, context] of waiting) await this.after(context, apiId);
    };
    await Promise.all(Array.from({ length: RESUMED_AT_ONCE }, worker));
  }

  /** The versions of all apis' records: two queries tell that nothing is to be done, however many apis there are. */
  async #versions(regions: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const versions = new Map<string, number>();
    for (const region of regions) {
      const { items } = await this.#deps.store.list(apisOf(region));
      for (const { key, version } of items) versions.set(key.sort, version);
    }
    return versions;
  }

  async #run(context: ControlContext, apiId: string): Promise<void> {
    try {
      const stages = await this.#edits.attempt(context, apiId, (api, version) =>
        this.#plan(context, api, version),
      );
      for (const stageName of stages) await announceStage(this.#deps, { apiId, stageName });
    } catch (error) {
      this.#deps.logger.error('automatic deployment failed', { apiId, error });
    }
  }

  /** Names of the stages that will serve something else. */
  async #plan(
    context: ControlContext,
    api: ApiRecord,
    apiVersion: number,
  ): Promise<Edit<string[]>> {
    const deps = this.#deps;
    const all = await allParts(deps.store, STAGE, { apiId: api.ApiId });
    const stages = all.filter(({ AutoDeploy }) => AutoDeploy);
    if (stages.length === 0) return { writes: [], result: [] };
    const names = stages.map(({ StageName }) => StageName);
    const snapshot = await freeze(deps, api);
    const marked = { context, api, apiVersion };
    if (snapshot.routes.length === 0) {
      const failed = stages.map((stage) => failedStage(stage, NO_ROUTES));
      return { writes: await this.#kept(failed, marked), result: names };
    }
    if (await this.#serves(api, stages, snapshot)) {
      return { writes: await this.#kept(stages, marked), result: [] };
    }
    const edit = await deployment({ ...marked, deps, snapshot, stages, description: DESCRIPTION });
    return { ...edit, result: names };
  }

  /** The records of stages that go on serving what they have, marked with the api's version. */
  async #kept(
    stages: readonly StageRecord[],
    { context, api, apiVersion }: Pick<DeployPlan, 'context' | 'api' | 'apiVersion'>,
  ): Promise<Write[]> {
    const lives = stages.map(async (stage) => {
      const snapshot = await snapshotOf(this.#deps, api.ApiId, stage);
      return liveStage(context, api, { stage, snapshot, apiVersion });
    });
    return (await Promise.all(lives)).flatMap(stageWrites);
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
