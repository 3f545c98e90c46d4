// Keys of usage plans: create, get, list, delete (AWS: apigateway /usageplans/{id}/keys).
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiKeyRecord, PlanKey } from '#shared/model/usage.ts';
import { planKeyKey } from '#shared/store/keys.ts';
import { positionPage } from '../../definitions/position-page.ts';
import {
  allKeys,
  allPlans,
  links,
  needKey,
  needLink,
  needPlan,
} from '../../definitions/usage-records.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V1Output } from '../../model.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';
import { rivalsOf, sharedKey } from './plan-stages.ts';

type View = Exclude<V1Output<'GetUsagePlanKey'>, void>;

const viewOf = ({ id, name, value }: ApiKeyRecord): View => ({
  id,
  type: 'API_KEY',
  value,
  ...(name !== undefined && { name }),
});

const createUsagePlanKey: V1Operation<'CreateUsagePlanKey'> = async (plane, input, context) => {
  const { usagePlanId: planId, keyId, keyType } = input;
  if (keyType !== 'API_KEY') throw badRequest('Invalid key type specified. Must be API_KEY');
  return viewOf(await linkKey(plane, context, { planId, keyId }));
};

/** Puts a key into a plan; 409 when it is in it already, unless `again` lets it be. */
export function linkKey(
  plane: UsagePlane,
  context: ControlContext,
  { planId, keyId, again = false }: Omit<PlanKey, 'region'> & { readonly again?: boolean },
): Promise<ApiKeyRecord> {
  const { region } = context;
  const { store } = plane.deps;
  return plane.edits.edit(context, async () => {
    const plan = await needPlan(store, context, planId);
    const result = await needKey(store, context, keyId);
    if ((await store.get(planKeyKey(region, planId, keyId))) !== undefined) {
      if (again) return { writes: [], changed: [], result };
      throw conflict('Usage plan key already exists');
    }
    for (const rival of rivalsOf(plan, await allPlans(store, context))) {
      const shared = await store.get(planKeyKey(region, rival.id, keyId));
      if (shared !== undefined) throw sharedKey(keyId, rival);
    }
    const value: PlanKey = { region, planId, keyId };
    return {
      writes: [{ op: 'put', key: planKeyKey(region, planId, keyId), value, expect: 0 }],
      changed: [{ kind: 'link', id: `${planId}#${keyId}` }],
      result,
    };
  });
}

const getUsagePlanKey: V1Operation<'GetUsagePlanKey'> = async ({ deps }, input, context) => {
  const { usagePlanId: planId, keyId } = input;
  await needPlan(deps.store, context, planId);
  await needLink(deps.store, context, { planId, keyId });
  return viewOf(await needKey(deps.store, context, keyId));
};

/** A plan that is not there has no keys, as AWS says it. */
const getUsagePlanKeys: V1Operation<'GetUsagePlanKeys'> = async ({ deps }, input, context) => {
  const { usagePlanId, nameQuery = '' } = input;
  const inPlan = new Set((await links(deps.store, context, usagePlanId)).map((link) => link.keyId));
  const keys = (await allKeys(deps.store, context)).filter(
    ({ id, name = '' }) => inPlan.has(id) && name.startsWith(nameQuery),
  );
  const { items, ...more } = positionPage(keys, input, ({ id }) => id);
  return { items: items.map(viewOf), ...more };
};

const deleteUsagePlanKey: V1Operation<'DeleteUsagePlanKey'> = async (plane, input, context) => {
  const { usagePlanId: planId, keyId } = input;
  await plane.edits.edit(context, async () => {
    await needPlan(plane.deps.store, context, planId);
    await needLink(plane.deps.store, context, { planId, keyId });
    return {
      writes: [{ op: 'delete', key: planKeyKey(context.region, planId, keyId) }],
      changed: [{ kind: 'link', id: `${planId}#${keyId}` }],
      result: undefined,
    };
  });
};

/** Operations of this file. */
export const USAGE_PLAN_KEY_OPERATIONS = {
  CreateUsagePlanKey: createUsagePlanKey,
  GetUsagePlanKey: getUsagePlanKey,
  GetUsagePlanKeys: getUsagePlanKeys,
  DeleteUsagePlanKey: deleteUsagePlanKey,
} satisfies Partial<V1Operations>;
