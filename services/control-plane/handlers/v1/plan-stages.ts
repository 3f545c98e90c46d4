// The stages that usage plans are for: they must be there, and a key is in one plan per stage (AWS guide: api-gateway-api-usage-plans).
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { UsagePlanRecord, UsageStage } from '#shared/model/usage.ts';
import { apiKey, partKey } from '#shared/store/keys.ts';
import { badRequest, conflict, missing } from '../../faults.ts';

/** The one text for a stage: `apiId:stage`. */
export const stageText = ({ apiId, stage }: UsageStage): string => `${apiId}:${stage}`;

/** `apiId:stage` as a client writes it; 400 when it is malformed. */
export function stageOf(text: string): UsageStage {
  const [, apiId, stage] = /^([^:]+):([^:]+)$/.exec(text) ?? [];
  if (apiId === undefined || stage === undefined) throw badRequest('Invalid API Stage specified');
  return { apiId, stage };
}

/** Whether a stage is in the request's region. */
export async function hasStage(
  store: ResourceStore,
  { region }: ControlContext,
  { apiId, stage }: UsageStage,
): Promise<boolean> {
  if ((await store.get(apiKey(region, apiId))) === undefined) return false;
  return (await store.get(partKey(apiId, 'stage', stage))) !== undefined;
}

/** 404 for a stage that is not in the request's region. */
export async function needStages(
  store: ResourceStore,
  context: ControlContext,
  { id, stages }: { readonly id: string; readonly stages: readonly UsageStage[] },
): Promise<void> {
  for (const one of stages) {
    if (await hasStage(store, context, one)) continue;
    const text = `{api: ${one.apiId}, stage: ${one.stage}}`;
    throw missing(`Invalid API Stage ${text} specified for usageplan ${id}`);
  }
}

/** Another plan for a stage, which no key of the first may be in. */
export interface Rival {
  readonly id: string;
  readonly stage: UsageStage;
}

/** The plans beside `plan` that are for one of its stages. */
export function rivalsOf(
  plan: UsagePlanRecord,
  plans: readonly UsagePlanRecord[],
): readonly Rival[] {
  const own = new Set(plan.apiStages.map(stageText));
  return plans.flatMap(({ id, apiStages }) => {
    const stage = id === plan.id ? undefined : apiStages.find((one) => own.has(stageText(one)));
    return stage === undefined ? [] : [{ id, stage }];
  });
}

/** 409: the key is in a rival. */
export const sharedKey = (keyId: string, { id, stage }: Rival): Error =>
  conflict(
    `API Key ${keyId} is in usage plan ${id} for API Stage {api: ${stage.apiId}, stage: ${stage.stage}} already`,
  );
