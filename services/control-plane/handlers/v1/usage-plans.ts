// Usage plans: create, get, list, update, delete (AWS: apigateway /usageplans).
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { UsagePlanRecord, UsageQuota, UsageStage } from '#shared/model/usage.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { planKeyKey, usagePlanKey } from '#shared/store/keys.ts';
import { check } from '../../constraints.ts';
import { present, without } from '../../definitions/patch.ts';
import { applyPatches } from '../../definitions/patch-operations.ts';
import { positionPage } from '../../definitions/position-page.ts';
import { allPlans, links, needPlan } from '../../definitions/usage-records.ts';
import { badRequest } from '../../faults.ts';
import type { V1Input, V1Output } from '../../model.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import { checkPlan, checkQuota, PLAN_RULES } from './plan-rules.ts';
import { hasStage, needStages, rivalsOf, sharedKey, stageText } from './plan-stages.ts';

type View = Exclude<V1Output<'GetUsagePlan'>, void>;

const viewOf = (record: UsagePlanRecord): View => without(record, 'createdDate');

const createUsagePlan: V1Operation<'CreateUsagePlan'> = async (plane, input, context) => {
  const { store, clock } = plane.deps;
  check('Tags', { Tags: input.tags }, plane.deps.limits);
  const record = newPlan(input, clock.now());
  checkPlan(record);
  await plane.edits.edit(context, async () => {
    await needStages(store, context, { id: record.id, stages: record.apiStages });
    const key = usagePlanKey(context.region, record.id);
    return {
      writes: [{ op: 'put', key, value: record, expect: 0 }],
      changed: [{ kind: 'plan', id: record.id }],
      result: undefined,
    };
  });
  return viewOf(record);
};

function newPlan(input: V1Input<'CreateUsagePlan'>, createdDate: number): UsagePlanRecord {
  const { name, description = '', throttle, quota, tags = {} } = input;
  return {
    id: newResourceId(6),
    name,
    ...(description !== '' && { description }),
    apiStages: (input.apiStages ?? []).map(newStage),
    ...(throttle && { throttle: present(throttle) }),
    ...(quota && { quota: newQuota(quota) }),
    tags,
    createdDate,
  };
}

function newStage({
  apiId,
  stage,
  throttle,
}: NonNullable<V1Input<'CreateUsagePlan'>['apiStages']>[number]): UsageStage {
  if (!apiId || !stage) throw badRequest('Invalid API Stage specified');
  return { apiId, stage, ...(throttle && { throttle: throttle }) };
}

function newQuota({
  limit,
  offset = 0,
  period,
}: NonNullable<V1Input<'CreateUsagePlan'>['quota']>): UsageQuota {
  return checkQuota({ ...(limit !== undefined && { limit }), offset, ...(period && { period }) });
}

const getUsagePlan: V1Operation<'GetUsagePlan'> = async ({ deps }, input, context) =>
  viewOf(await needPlan(deps.store, context, input.usagePlanId));

const getUsagePlans: V1Operation<'GetUsagePlans'> = async ({ deps }, input, context) => {
  const plans = await plansOf(deps.store, context, input.keyId);
  const { items, ...more } = positionPage(plans, input, ({ id }) => id);
  return { items: items.map(viewOf), ...more };
};

/** All plans, or those with a key. */
async function plansOf(
  store: ResourceStore,
  context: ControlContext,
  keyId: string | undefined,
): Promise<readonly UsagePlanRecord[]> {
  const plans = await allPlans(store, context);
  if (keyId === undefined) return plans;
  const withKey = (await links(store, context)).filter((link) => link.keyId === keyId);
  const ids = new Set(withKey.map(({ planId }) => planId));
  return plans.filter(({ id }) => ids.has(id));
}

const updateUsagePlan: V1Operation<'UpdateUsagePlan'> = async (plane, input, context) => {
  const { store } = plane.deps;
  const { usagePlanId: id, patchOperations } = input;
  const record = await plane.edits.edit(context, async () => {
    const old = await needPlan(store, context, id);
    const next = applyPatches(old, patchOperations, {
      rules: PLAN_RULES,
      input: 'updateUsagePlanInput',
    });
    checkPlan(next);
    await checkNewStages(store, context, { old, next });
    return {
      writes: [{ op: 'put', key: usagePlanKey(context.region, id), value: next }],
      changed: [{ kind: 'plan', id }],
      result: next,
    };
  });
  return viewOf(record);
};

/** Stages that come to a plan must be there, and none of the plan's keys may be in another plan for them. */
async function checkNewStages(
  store: ResourceStore,
  context: ControlContext,
  { old, next }: { readonly old: UsagePlanRecord; readonly next: UsagePlanRecord },
): Promise<void> {
  const before = new Set(old.apiStages.map(stageText));
  const stages = next.apiStages.filter((stage) => !before.has(stageText(stage)));
  if (stages.length === 0) return;
  await needStages(store, context, { id: next.id, stages });
  const rivals = rivalsOf({ ...next, apiStages: stages }, await allPlans(store, context));
  if (rivals.length === 0) return;
  const own = new Set((await links(store, context, next.id)).map(({ keyId }) => keyId));
  for (const rival of rivals) {
    const shared = (await links(store, context, rival.id)).find(({ keyId }) => own.has(keyId));
    if (shared !== undefined) throw sharedKey(shared.keyId, rival);
  }
}

/** Stages that are still there must leave the plan first. */
const deleteUsagePlan: V1Operation<'DeleteUsagePlan'> = async (plane, input, context) => {
  const { store } = plane.deps;
  const { usagePlanId: id } = input;
  await plane.edits.edit(context, async () => {
    for (const stage of (await needPlan(store, context, id)).apiStages) {
      if (!(await hasStage(store, context, stage))) continue;
      throw badRequest(
        `Cannot delete Usage Plan ${id} because there are API Stages associated with it, including ${stageText(stage)}`,
      );
    }
    return {
      writes: [{ op: 'delete', key: usagePlanKey(context.region, id) }],
      changed: [{ kind: 'plan', id }],
      result: undefined,
    };
  });
  await sweepLinks(store, context, id);
};

/** Links of a plan that is gone count for nothing; there may be more of them than a commit takes. */
async function sweepLinks(
  store: ResourceStore,
  context: ControlContext,
  id: string,
): Promise<void> {
  const { region } = context;
  for (const { keyId } of await links(store, context, id)) {
    await store.commit([{ op: 'delete', key: planKeyKey(region, id, keyId) }]);
  }
}

/** Operations of this file. */
export const USAGE_PLAN_OPERATIONS = {
  CreateUsagePlan: createUsagePlan,
  GetUsagePlan: getUsagePlan,
  GetUsagePlans: getUsagePlans,
  UpdateUsagePlan: updateUsagePlan,
  DeleteUsagePlan: deleteUsagePlan,
} satisfies Partial<V1Operations>;
