// Stages that go away leave the usage plans that they were in, as on AWS.
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { UsagePlanRecord, UsageStage } from '#shared/model/usage.ts';
import { usagePlanKey } from '#shared/store/keys.ts';
import type { Plane } from '../plane.ts';
import { allPlans } from './usage-records.ts';

/** Takes stages of an api, which are gone already, out of all plans. */
export async function leavePlans(
  { deps, usageEdits }: Plane,
  context: ControlContext,
  gone: { readonly apiId: string; readonly stageNames: readonly string[] },
): Promise<void> {
  const isGone = ({ apiId, stage }: UsageStage): boolean =>
    apiId === gone.apiId && gone.stageNames.includes(stage);
  const affected = await plansWith(deps.store, context, isGone);
  for (const { id } of affected) {
    await usageEdits.edit(context, async () => {
      const plan = (await plansWith(deps.store, context, isGone)).find((one) => one.id === id);
      if (plan === undefined) return { writes: [], changed: [], result: undefined };
      const value = { ...plan, apiStages: plan.apiStages.filter((stage) => !isGone(stage)) };
      return {
        writes: [{ op: 'put', key: usagePlanKey(context.region, id), value }],
        changed: [{ kind: 'plan', id }],
        result: undefined,
      };
    });
  }
}

async function plansWith(
  store: ResourceStore,
  context: ControlContext,
  isGone: (stage: UsageStage) => boolean,
): Promise<readonly UsagePlanRecord[]> {
  const plans = await allPlans(store, context);
  return plans.filter(({ apiStages }) => apiStages.some(isGone));
}
