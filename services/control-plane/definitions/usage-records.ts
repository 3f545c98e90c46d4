// API keys, usage plans and their links as records: reading, and 404 in AWS's words.
import type { ControlContext } from '#shared/model/control.ts';
import type { ResourceStore, Write } from '#shared/model/store.ts';
import type { ApiKeyRecord, PlanKey, UsagePlanRecord } from '#shared/model/usage.ts';
import {
  API_KEYS,
  apiKeyRecordKey,
  apiKeyValueKey,
  planKeyKey,
  regionPrefix,
  USAGE_PLAN_KEYS,
  USAGE_PLANS,
  usagePlanKey,
} from '#shared/store/keys.ts';
import { hashOfKey } from '#shared/store/key-hash.ts';
import { missing } from '../faults.ts';

/** The key of the request's region; 404 when there is none. */
export async function needKey(
  store: ResourceStore,
  { region }: ControlContext,
  id: string,
): Promise<ApiKeyRecord> {
  const found = await store.get<ApiKeyRecord>(apiKeyRecordKey(region, id));
  if (found === undefined) throw missing('Invalid API Key identifier specified');
  return found.value;
}

/** The id of the key with this value in the request's region. */
export async function keyIdOf(
  store: ResourceStore,
  { region }: ControlContext,
  value: string,
): Promise<string | undefined> {
  return (await store.get<{ keyId: string }>(apiKeyValueKey(region, hashOfKey(value))))?.value
    .keyId;
}

/** The writes that make a key whose value is nobody's. */
export function newKeyWrites({ region }: ControlContext, record: ApiKeyRecord): Write[] {
  const { id: keyId, value } = record;
  return [
    { op: 'put', key: apiKeyRecordKey(region, keyId), value: record, expect: 0 },
    { op: 'put', key: apiKeyValueKey(region, hashOfKey(value)), value: { keyId }, expect: 0 },
  ];
}

/** All keys of the request's region. */
export async function allKeys(
  store: ResourceStore,
  { region }: ControlContext,
): Promise<readonly ApiKeyRecord[]> {
  const page = await store.list<ApiKeyRecord>(API_KEYS, { prefix: regionPrefix(region) });
  return page.items.map(({ value }) => value);
}

/** The plan of the request's region; 404 when there is none. */
export async function needPlan(
  store: ResourceStore,
  { region }: ControlContext,
  id: string,
): Promise<UsagePlanRecord> {
  const found = await store.get<UsagePlanRecord>(usagePlanKey(region, id));
  if (found === undefined) throw missing('Invalid Usage Plan ID specified');
  return found.value;
}

/** All plans of the request's region. */
export async function allPlans(
  store: ResourceStore,
  { region }: ControlContext,
): Promise<readonly UsagePlanRecord[]> {
  const page = await store.list<UsagePlanRecord>(USAGE_PLANS, { prefix: regionPrefix(region) });
  return page.items.map(({ value }) => value);
}

/** The keys of all plans of the request's region, or of one of them. */
export async function links(
  store: ResourceStore,
  { region }: ControlContext,
  planId?: string,
): Promise<readonly PlanKey[]> {
  const prefix = planId === undefined ? regionPrefix(region) : `${region}#${planId}#`;
  const page = await store.list<PlanKey>(USAGE_PLAN_KEYS, { prefix });
  return page.items.map(({ value }) => value);
}

/** The key as a member of the plan; 404 when it is not one. */
export async function needLink(
  store: ResourceStore,
  { region }: ControlContext,
  { planId, keyId }: Omit<PlanKey, 'region'>,
): Promise<PlanKey> {
  const found = await store.get<PlanKey>(planKeyKey(region, planId, keyId));
  if (found === undefined) throw missing('Invalid API Key identifier specified');
  return found.value;
}
