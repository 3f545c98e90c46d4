// AWS::ApiGateway::ApiKey and AWS::ApiGateway::UsagePlanKey.
import type { rest } from '../clients.ts';
import { isList, isObject, plainText } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { physicalName } from '../names.ts';
import { isListValue, isMap } from '../value.ts';
import { stringIn } from './definition.ts';
import { checkMembers } from './properties.ts';
import type { Change, Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';
import { putRestTags } from './tags.ts';

const STRING: PropertySpec = { kind: 'string' };
const REPLACES: PropertySpec = { kind: 'string', replaces: true };
const PARENT: PropertySpec = { kind: 'string', required: true, replaces: true };

const STAGE_KEY: Readonly<Record<string, PropertySpec>> = { RestApiId: STRING, StageName: STRING };

/** AWS: CreateApiKey. */
const VALUE_LENGTH = { least: 20, most: 128 };

/** AWS: AWS::ApiGateway::ApiKey. Ref is the key's id. */
export const API_KEY: ResourceType = {
  type: 'AWS::ApiGateway::ApiKey',
  properties: {
    CustomerId: STRING,
    Description: STRING,
    Enabled: { kind: 'boolean' },
    GenerateDistinctId: { kind: 'boolean', replaces: true },
    Name: REPLACES,
    StageKeys: { kind: 'list' },
    Tags: { kind: 'tags' },
    Value: REPLACES,
  },
  attributes: ['APIKeyId'],
  check: ({ Value, StageKeys }, context) => {
    if (typeof Value === 'string' && !isLong(Value)) {
      const { least, most } = VALUE_LENGTH;
      context.faults.add(`${context.path}.Value`, `Value must have ${least} to ${most} characters`);
    }
    for (const [at, one] of isListValue(StageKeys) ? StageKeys.entries() : []) {
      const path = `${context.path}.StageKeys[${at}]`;
      if (isMap(one)) checkMembers('a stage key', STAGE_KEY, one, { ...context, path });
    }
  },
  create: async (properties, { clients, stack, logicalId }) => {
    const { Name, StageKeys, CustomerId, Description, Enabled, Value, Tags } = properties;
    const input = {
      name: Name ?? physicalName(stack.name, logicalId, 128),
      customerId: CustomerId,
      description: Description,
      enabled: Enabled,
      generateDistinctId: properties['GenerateDistinctId'],
      value: Value,
      tags: Tags,
      stageKeys: stagesOf(StageKeys).map(([restApiId, stageName]) => ({ restApiId, stageName })),
    };
    const api = await clients.rest();
    return keyOf(stringIn(await api.createApiKey(input as rest.CreateApiKeyCommandInput), 'id'));
  },
  clashes: (properties, { changed }) => properties['Value'] !== undefined && !changed.has('Value'),
  find: async (properties, { clients }) => {
    const api = await clients.rest();
    const input = { includeValues: true, limit: 500 };
    for (let position: string | undefined = ''; position !== undefined;) {
      const more: { position?: string } = position === '' ? {} : { position };
      const page: rest.GetApiKeysCommandOutput = await api.getApiKeys({ ...input, ...more });
      const found = page.items?.find(({ value }) => value === properties['Value']);
      if (found?.id !== undefined) return keyOf(found.id);
      position = page.position;
    }
    return undefined;
  },
  update: updateKey,
  exists: async ({ ref: apiKey }, { clients }) =>
    isObject(await (await clients.rest()).getApiKey({ apiKey })),
  remove: async (made, { clients }) => {
    await (await clients.rest()).deleteApiKey({ apiKey: made.ref });
  },
};

function isLong({ length }: string): boolean {
  return length >= VALUE_LENGTH.least && length <= VALUE_LENGTH.most;
}

function keyOf(id: string): Made {
  return { ref: id, attributes: { APIKeyId: id }, keys: { APIKeyId: id } };
}

/** Api and stage of each entry. */
function stagesOf(value: Json | undefined): [string, string][] {
  const entries = isList(value) ? value.filter(isObject) : [];
  return entries.map((one) => [
    plainText(one['RestApiId'] ?? ''),
    plainText(one['StageName'] ?? ''),
  ]);
}

async function updateKey(
  properties: JsonObject,
  { made, changed }: Change,
  context: ResourceContext,
): Promise<Made> {
  const api = await context.clients.rest();
  const apiKey = made.ref;
  const replace = (name: string, path: string, fallback: Json) =>
    changed.has(name)
      ? [{ op: 'replace' as const, path, value: plainText(properties[name] ?? fallback) }]
      : [];
  const patchOperations = [
    ...replace('CustomerId', '/customerId', ''),
    ...replace('Description', '/description', ''),
    ...replace('Enabled', '/enabled', false),
    ...(changed.has('StageKeys') ? await stagePatches(properties, apiKey, context) : []),
  ];
  if (patchOperations.length > 0) await api.updateApiKey({ apiKey, patchOperations });
  if (changed.has('Tags')) await putRestTags(`/apikeys/${apiKey}`, properties['Tags'], context);
  return made;
}

async function stagePatches(
  properties: JsonObject,
  apiKey: string,
  { clients }: ResourceContext,
): Promise<rest.PatchOperation[]> {
  const wanted = stagesOf(properties['StageKeys']).map((stage) => stage.join('/'));
  const { stageKeys: present = [] } = await (await clients.rest()).getApiKey({ apiKey });
  const patch = (op: 'add' | 'remove') => (value: string) => ({ op, path: '/stages', value });
  return [
    ...present.filter((stage) => !wanted.includes(stage)).map(patch('remove')),
    ...wanted.filter((stage) => !present.includes(stage)).map(patch('add')),
  ];
}

/** AWS: AWS::ApiGateway::UsagePlanKey. Ref is `{keyId}:{usagePlanId}`; every change is a replacement. */
export const USAGE_PLAN_KEY: ResourceType = {
  type: 'AWS::ApiGateway::UsagePlanKey',
  properties: { KeyId: PARENT, KeyType: PARENT, UsagePlanId: PARENT },
  attributes: ['Id'],
  check: ({ KeyType }, { path, faults }) => {
    if (typeof KeyType !== 'string' || KeyType === 'API_KEY') return;
    faults.add(`${path}.KeyType`, `KeyType must be API_KEY, not ${KeyType}`);
  },
  create: async (properties, { clients }) => {
    const [keyId, usagePlanId, keyType] = ['KeyId', 'UsagePlanId', 'KeyType'].map((name) =>
      stringIn(properties, name),
    );
    await (await clients.rest()).createUsagePlanKey({ keyId, usagePlanId, keyType });
    return linkOf(properties);
  },
  /** A key may be in one plan for a stage only. */
  clashes: (_properties, { changed }) => !changed.has('KeyId'),
  find: async (properties, { clients }) => {
    const [keyId, usagePlanId] = ['KeyId', 'UsagePlanId'].map((name) => stringIn(properties, name));
    await (await clients.rest()).getUsagePlanKey({ keyId, usagePlanId });
    return linkOf(properties);
  },
  update: async (_properties, { made }) => made,
  exists: async ({ keys }, { clients }) => {
    const { KeyId: keyId, UsagePlanId: usagePlanId } = keys;
    return isObject(await (await clients.rest()).getUsagePlanKey({ keyId, usagePlanId }));
  },
  remove: async ({ keys }, { clients }) => {
    const { KeyId: keyId, UsagePlanId: usagePlanId } = keys;
    await (await clients.rest()).deleteUsagePlanKey({ keyId, usagePlanId });
  },
};

function linkOf(properties: JsonObject): Made {
  const [KeyId, UsagePlanId] = [stringIn(properties, 'KeyId'), stringIn(properties, 'UsagePlanId')];
  const ref = `${KeyId}:${UsagePlanId}`;
  return { ref, attributes: { Id: ref }, keys: { KeyId, UsagePlanId } };
}
