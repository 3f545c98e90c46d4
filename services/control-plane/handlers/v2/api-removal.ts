// Removing an api: first what makes it visible, in one commit, then its parts.
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiMappingRecord, DomainNameRecord } from '#shared/model/records.ts';
import type { Write } from '#shared/model/store.ts';
import { apiIdKey, domainsOf, liveStageKey, mappingsOf, partsOf } from '#shared/store/keys.ts';
import { announceStage } from '../../announcements.ts';
import { allParts, STAGE } from '../../definitions/parts.ts';
import { leavePlans } from '../../definitions/plan-departure.ts';
import type { ControlDeps } from '../../deps.ts';
import { badRequest } from '../../faults.ts';
import type { V2Operation } from '../../operation.ts';
import type { Plane } from '../../plane.ts';

/** Writes of one commit of the sweep; a commit takes 100. */
const BATCH = 90;

/**
 * DeleteApi: the api, its id and its live stages go in one commit, so the data plane and every reader lose it at once;
 * its sockets close when the nodes hear of the stages. What a crash leaves of its parts is swept when the id is used
 * again.
 */
export const deleteApi: V2Operation<'DeleteApi'> = async (plane, input, context) => {
  const { deps, edits } = plane;
  const apiId = input.ApiId;
  const stageNames = await edits.exclusively(apiId, async () => {
    const names = await removeHead(plane, context, apiId);
    await sweepParts(deps, apiId);
    return names;
  });
  for (const stageName of stageNames) await announceStage(deps, { apiId, stageName });
  await leavePlans(plane, context, { apiId, stageNames });
};

/** The commit that makes an api disappear; answers the names of its stages. */
function removeHead(
  { deps, edits }: Plane,
  context: ControlContext,
  apiId: string,
): Promise<string[]> {
  return edits.attempt(context, apiId, async () => {
    await refuseMapped(deps, context.region, apiId);
    const stages = await allParts(deps.store, STAGE, { apiId });
    const names = stages.map(({ StageName }) => StageName);
    const writes: Write[] = names.map((name) => ({ op: 'delete', key: liveStageKey(apiId, name) }));
    return {
      writes: [...writes, { op: 'delete', key: apiIdKey(apiId) }],
      result: names,
      removed: true,
    };
  });
}

/** Removes the parts that lie under an api id that nobody has; what its deployments have frozen is swept in time. */
export async function sweepParts({ store }: ControlDeps, apiId: string): Promise<void> {
  const { items } = await store.list<unknown>(partsOf(apiId));
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    await store.commit(batch.map(({ key }) => ({ op: 'delete', key })));
  }
}

async function refuseMapped({ store }: ControlDeps, region: string, apiId: string): Promise<void> {
  const domains = await store.list<DomainNameRecord>(domainsOf(region));
  for (const { value } of domains.items) {
    const mappings = await store.list<ApiMappingRecord>(mappingsOf(value.DomainName));
    if (mappings.items.some((mapping) => mapping.value.ApiId === apiId)) {
      throw badRequest(
        `Deleting API ${apiId} failed. Please remove all API mappings for the API from your custom domain names.`,
      );
    }
  }
}
