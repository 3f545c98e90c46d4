// API keys: create, get, list, update, delete (AWS: apigateway /apikeys).
import type { Write } from '#shared/model/store.ts';
import type { ApiKeyRecord } from '#shared/model/usage.ts';
import { newApiKeyValue, newResourceId } from '#shared/runtime/ids.ts';
import { apiKeyRecordKey, apiKeyValueKey, planKeyKey } from '#shared/store/keys.ts';
import { hashOfKey } from '#shared/store/key-hash.ts';
import { check } from '../../constraints.ts';
import { withoutEmpty } from '../../definitions/patch.ts';
import { applyPatches, flagOf, type PatchRule } from '../../definitions/patch-operations.ts';
import { positionPage } from '../../definitions/position-page.ts';
import { MOST_EDIT_WRITES } from '../../definitions/usage-edits.ts';
import { allKeys, keyIdOf, links, needKey, newKeyWrites } from '../../definitions/usage-records.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V1Input } from '../../model.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';
import { importApiKeys } from './import-api-keys.ts';
import { checkKey, withoutValue, withValue } from './key-view.ts';

const createApiKey: V1Operation<'CreateApiKey'> = async (plane, input, context) => {
  checkKey(input);
  check('Tags', { Tags: input.tags }, plane.deps.limits);
  const record = newKey(plane, input);
  await plane.edits.edit(context, async () => {
    if ((await keyIdOf(plane.deps.store, context, record.value)) !== undefined) {
      throw conflict('API Key already exists');
    }
    const writes = newKeyWrites(context, record);
    return { writes, changed: [{ kind: 'key', id: record.id }], result: undefined };
  });
  const { tags, ...view } = withValue(record);
  return input.tags === undefined ? view : { ...view, tags };
};

/** A key from the members of an input. */
function newKey({ deps }: UsagePlane, input: V1Input<'CreateApiKey'>): ApiKeyRecord {
  const now = deps.clock.now();
  const { name = '', description = '', customerId = '', value } = input;
  return {
    ...withoutEmpty({ name, description, customerId }),
    id: newResourceId(10),
    value: value === undefined || value === '' ? newApiKeyValue() : value,
    enabled: input.enabled ?? false,
    createdDate: now,
    lastUpdatedDate: now,
    stageKeys: (input.stageKeys ?? []).map(
      ({ restApiId, stageName }) => `${restApiId ?? ''}/${stageName ?? ''}`,
    ),
    tags: input.tags ?? {},
  };
}

const getApiKey: V1Operation<'GetApiKey'> = async ({ deps }, input, context) => {
  const record = await needKey(deps.store, context, input.apiKey);
  return input.includeValue === true ? withValue(record) : withoutValue(record);
};

/** Newest first. */
const getApiKeys: V1Operation<'GetApiKeys'> = async ({ deps }, input, context) => {
  const { nameQuery = '', customerId, includeValues } = input;
  const all = (await allKeys(deps.store, context)).filter(
    (key) =>
      (key.name ?? '').startsWith(nameQuery) &&
      (customerId === undefined || key.customerId === customerId),
  );
  const { items, ...more } = positionPage(all, input, newestFirst);
  return { items: items.map(includeValues === true ? withValue : withoutValue), ...more };
};

/** Later moments are smaller texts. */
function newestFirst({ createdDate, id }: ApiKeyRecord): string {
  return `${String(Number.MAX_SAFE_INTEGER - createdDate).padStart(16, '0')}#${id}`;
}

const KEY_RULES: readonly PatchRule<ApiKeyRecord>[] = [
  text('/description', 'description'),
  {
    path: '/enabled',
    ops: { replace: (record, { value }) => ({ ...record, enabled: flagOf(value) }) },
  },
  text('/name', 'name'),
  text('/customerId', 'customerId'),
  {
    path: '/stages',
    ops: {
      add: (record, { value }) => ({
        ...record,
        stageKeys: [...new Set([...record.stageKeys, checkedStage(value)])],
      }),
      remove: (record, { value }) => ({
        ...record,
        stageKeys: record.stageKeys.filter((stage) => stage !== value),
      }),
    },
  },
];

function text(
  path: string,
  member: 'name' | 'description' | 'customerId',
): PatchRule<ApiKeyRecord> {
  return {
    path,
    ops: { replace: (record, { value }) => withoutEmpty({ ...record, [member]: value }) },
  };
}

function checkedStage(value: string): string {
  if (/^[^/]+\/[^/]+$/.test(value)) return value;
  throw badRequest('Invalid stage key specified');
}

const updateApiKey: V1Operation<'UpdateApiKey'> = async (plane, input, context) => {
  const { apiKey: id, patchOperations } = input;
  const record = await plane.edits.edit(context, async () => {
    const old = await needKey(plane.deps.store, context, id);
    const next = applyPatches(old, patchOperations, {
      rules: KEY_RULES,
      input: 'updateApiKeyInput',
    });
    checkKey({ ...next, value: '' });
    const result = { ...next, lastUpdatedDate: plane.deps.clock.now() };
    const key = apiKeyRecordKey(context.region, id);
    return {
      writes: [{ op: 'put', key, value: result }],
      changed: [{ kind: 'key', id }],
      result,
    };
  });
  return withoutValue(record);
};

/** Takes the key out of its plans. */
const deleteApiKey: V1Operation<'DeleteApiKey'> = async (plane, input, context) => {
  const { region } = context;
  const { store } = plane.deps;
  await plane.edits.edit(context, async () => {
    const { id, value } = await needKey(store, context, input.apiKey);
    const plans = (await links(store, context)).filter(({ keyId }) => keyId === id);
    const writes: Write[] = [
      { op: 'delete', key: apiKeyRecordKey(region, id) },
      { op: 'delete', key: apiKeyValueKey(region, hashOfKey(value)) },
      ...plans.map(({ planId }): Write => ({ op: 'delete', key: planKeyKey(region, planId, id) })),
    ];
    if (writes.length > MOST_EDIT_WRITES) throw badRequest('The API Key is in too many plans');
    const gone = plans.map(({ planId }) => ({ kind: 'link' as const, id: `${planId}#${id}` }));
    return { writes, changed: [{ kind: 'key', id }, ...gone], result: undefined };
  });
};

/** Operations of this file. */
export const API_KEY_OPERATIONS = {
  CreateApiKey: createApiKey,
  GetApiKey: getApiKey,
  GetApiKeys: getApiKeys,
  UpdateApiKey: updateApiKey,
  DeleteApiKey: deleteApiKey,
  ImportApiKeys: importApiKeys,
} satisfies Partial<V1Operations>;
