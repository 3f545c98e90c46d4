// What keys have used of plans: get, and grant more of (AWS: apigateway /usageplans/{id}/usage).
import type { ControlContext } from '#shared/model/control.ts';
import type { PlanKey, UsageDay, UsagePlanRecord } from '#shared/model/usage.ts';
import { usageDayKey } from '#shared/store/keys.ts';
import { dayOf, remainingOn } from '#shared/throttle/quota.ts';
import { announceUsage } from '../../announcements.ts';
import { retried } from '../../definitions/api-edits.ts';
import { applyPatches, type PatchRule } from '../../definitions/patch-operations.ts';
import { positionPage } from '../../definitions/position-page.ts';
import { links, needLink, needPlan } from '../../definitions/usage-records.ts';
import { checkedSpan, daysOf, reportOf, type Span } from '../../definitions/usage-report.ts';
import { badRequest } from '../../faults.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';

/** A page is one of keys. */
const getUsage: V1Operation<'GetUsage'> = async ({ deps }, input, context) => {
  const { usagePlanId, startDate, endDate, keyId } = input;
  const span = checkedSpan(startDate, endDate);
  const plan = await needPlan(deps.store, context, usagePlanId);
  const keys =
    keyId === undefined
      ? await links(deps.store, context, plan.id)
      : [await needLink(deps.store, context, { planId: plan.id, keyId })];
  const { items, ...more } = positionPage(keys, input, (link) => link.keyId);
  await deps.flushUsage?.(items);
  const values: Record<string, number[][]> = {};
  for (const link of items) {
    values[link.keyId] = reportOf(plan, await daysOf(deps.store, link, span), span);
  }
  return { usagePlanId, startDate, endDate, items: values, ...more };
};

interface Grant {
  readonly remaining?: number;
}

const USAGE_RULES: readonly PatchRule<Grant>[] = [
  {
    path: '/remaining',
    ops: {
      replace: (_grant, { value }) => {
        if (!/^\d{1,15}$/.test(value)) throw badRequest(`Invalid value for remaining: ${value}`);
        return { remaining: Number(value) };
      },
    },
  },
];

const updateUsage: V1Operation<'UpdateUsage'> = async (plane, input, context) => {
  const { usagePlanId: planId, keyId, patchOperations } = input;
  const { store, clock } = plane.deps;
  const plan = await needPlan(store, context, planId);
  const link = await needLink(store, context, { planId, keyId });
  const { remaining } = applyPatches<Grant>({}, patchOperations, {
    rules: USAGE_RULES,
    input: 'updateUsageInput',
  });
  await plane.deps.flushUsage?.([link]);
  const today = dayOf(clock.now());
  const span = { first: today, last: today };
  if (remaining !== undefined) await grant(plane, context, { plan, link, remaining, span });
  const report = reportOf(plan, await daysOf(store, link, span), span);
  return { usagePlanId: planId, startDate: today, endDate: today, items: { [keyId]: report } };
};

/** Makes what is left of today's period `remaining`; the next period knows nothing of it. */
async function grant(
  { deps }: UsagePlane,
  { region }: ControlContext,
  {
    plan,
    link,
    remaining,
    span,
  }: {
    readonly plan: UsagePlanRecord;
    readonly link: PlanKey;
    readonly remaining: number;
    readonly span: Span;
  },
): Promise<void> {
  const { quota, createdDate } = plan;
  if (quota === undefined) throw badRequest('Usage Plan has no quota');
  const key = usageDayKey(link, span.last);
  await retried(async () => {
    const old = await deps.store.get<UsageDay>(key);
    const days = await daysOf(deps.store, link, span);
    const today = old?.value ?? { used: 0, granted: 0 };
    const missing = remaining - remainingOn(span.last, { ...quota, createdDate }, days);
    const value: UsageDay = { ...today, granted: today.granted + missing };
    await deps.store.commit([{ op: 'put', key, value, expect: old?.version ?? 0 }]);
  });
  await announceUsage(deps, { kind: 'usage', region, id: `${link.planId}#${link.keyId}` });
}

/** Operations of this file. */
export const USAGE_OPERATIONS = {
  GetUsage: getUsage,
  UpdateUsage: updateUsage,
} satisfies Partial<V1Operations>;
