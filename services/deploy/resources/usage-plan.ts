// AWS::ApiGateway::UsagePlan.
import type { rest } from '../clients.ts';
import { isList, isObject, plainText } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { physicalName } from '../names.ts';
import type { Value } from '../value.ts';
import { isListValue, isMap } from '../value.ts';
import { stringIn } from './definition.ts';
import { checkMembers } from './properties.ts';
import type {
  Change,
  CheckContext,
  Made,
  PropertySpec,
  ResourceContext,
  ResourceType,
} from './resource-type.ts';
import { putRestTags } from './tags.ts';

type Specs = Readonly<Record<string, PropertySpec>>;

const STRING: PropertySpec = { kind: 'string' };
const SETTINGS: PropertySpec = { kind: 'settings' };
const COUNT: PropertySpec = { kind: 'integer' };

const STAGE: Specs = {
  ApiId: { kind: 'string', required: true },
  Stage: { kind: 'string', required: true },
  Throttle: SETTINGS,
};
const THROTTLE: Specs = { BurstLimit: COUNT, RateLimit: { kind: 'number' } };
const QUOTA: Specs = {
  Limit: { kind: 'integer', required: true },
  Offset: COUNT,
  Period: { kind: 'string', required: true },
};
const PERIODS = ['DAY', 'WEEK', 'MONTH'];

/** AWS: AWS::ApiGateway::UsagePlan. Ref is the plan's id. Throttles of a WebSocket stage go by route key. */
export const USAGE_PLAN: ResourceType = {
  type: 'AWS::ApiGateway::UsagePlan',
  properties: {
    ApiStages: SETTINGS,
    Description: STRING,
    Quota: SETTINGS,
    Tags: { kind: 'tags' },
    Throttle: SETTINGS,
    UsagePlanName: STRING,
  },
  attributes: ['Id'],
  naming: ['ApiStages'],
  check: ({ ApiStages, Quota, Throttle }, context) => {
    checkPart('a throttle', THROTTLE, Throttle, below(context, 'Throttle'));
    checkPart('a quota', QUOTA, Quota, below(context, 'Quota'));
    const period = isMap(Quota) ? Quota['Period'] : undefined;
    if (typeof period === 'string' && !PERIODS.includes(period)) {
      const place = `${context.path}.Quota.Period`;
      context.faults.add(place, `Period must be one of ${PERIODS.join(', ')}, not ${period}`);
    }
    for (const [at, stage] of isListValue(ApiStages) ? ApiStages.entries() : []) {
      checkStage(stage, below(context, `ApiStages[${at}]`));
    }
  },
  create: async (properties, context) => {
    const { clients, stack, logicalId } = context;
    const { UsagePlanName, Description, Throttle, Quota, Tags } = properties;
    const input = {
      name: UsagePlanName ?? physicalName(stack.name, logicalId, 128),
      description: Description,
      apiStages: stagesOf(properties),
      throttle: lowered(Throttle),
      quota: lowered(Quota),
      tags: Tags,
    };
    const output = await (await clients.rest()).createUsagePlan(input as PlanInput);
    const id = stringIn(output, 'id');
    return { ref: id, attributes: { Id: id }, keys: { UsagePlanId: id } };
  },
  update: updatePlan,
  exists: async ({ ref: usagePlanId }, { clients }) =>
    isObject(await (await clients.rest()).getUsagePlan({ usagePlanId })),
  remove: async ({ ref: usagePlanId }, { clients }) => {
    const api = await clients.rest();
    const { apiStages = [] } = await api.getUsagePlan({ usagePlanId });
    const patchOperations = apiStages.map((stage) => stagePatch('remove', stage));
    if (patchOperations.length > 0) await api.updateUsagePlan({ usagePlanId, patchOperations });
    await api.deleteUsagePlan({ usagePlanId });
  },
};

type PlanInput = rest.CreateUsagePlanCommandInput;

const below = (context: CheckContext, part: string): CheckContext => ({
  ...context,
  path: `${context.path}.${part}`,
});

function checkPart(what: string, specs: Specs, value: Value | undefined, context: CheckContext) {
  if (isMap(value)) checkMembers(what, specs, value, context);
}

function checkStage(stage: Value, context: CheckContext): void {
  checkPart('a stage of a usage plan', STAGE, stage, context);
  const throttles = isMap(stage) ? stage['Throttle'] : undefined;
  for (const [route, throttle] of isMap(throttles) ? Object.entries(throttles) : []) {
    checkPart('a throttle', THROTTLE, throttle, below(context, `Throttle.${route}`));
  }
}

/** Members of the API are those of the template in lower case, and so are those of the maps below. */
function lowered(value: Json | undefined): Record<string, Json> | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [lower(name), one]));
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function stagesOf({ ApiStages }: JsonObject): rest.ApiStage[] {
  const stages = isList(ApiStages) ? ApiStages.filter(isObject) : [];
  return stages.map(({ ApiId, Stage, Throttle }) => ({
    apiId: plainText(ApiId ?? ''),
    stage: plainText(Stage ?? ''),
    ...(isObject(Throttle) && {
      throttle: Object.fromEntries(
        Object.entries(Throttle).map(([route, throttle]) => [route, lowered(throttle) ?? {}]),
      ),
    }),
  }));
}

async function updatePlan(
  properties: JsonObject,
  { made, changed }: Change,
  context: ResourceContext,
): Promise<Made> {
  const { clients, stack, logicalId } = context;
  const api = await clients.rest();
  const usagePlanId = made.ref;
  const { apiStages = [] } = await api.getUsagePlan({ usagePlanId });
  const name = properties['UsagePlanName'] ?? physicalName(stack.name, logicalId, 128);
  const patchOperations = [
    ...(changed.has('UsagePlanName') ? [replace('/name', name)] : []),
    ...(changed.has('Description')
      ? [replace('/description', properties['Description'] ?? '')]
      : []),
    ...(changed.has('Throttle') ? anew('throttle', properties['Throttle']) : []),
    ...(changed.has('Quota') ? anew('quota', properties['Quota']) : []),
    ...(changed.has('ApiStages') ? stagePatches(apiStages, stagesOf(properties)) : []),
  ];
  if (patchOperations.length > 0) await api.updateUsagePlan({ usagePlanId, patchOperations });
  if (changed.has('Tags')) {
    await putRestTags(`/usageplans/${usagePlanId}`, properties['Tags'], context);
  }
  return made;
}

const replace = (path: string, value: Json): rest.PatchOperation => ({
  op: 'replace',
  path,
  value: plainText(value),
});

/** Takes a map away and puts its members there again: what left the template is gone. */
function anew(member: string, value: Json | undefined): rest.PatchOperation[] {
  const parts = Object.entries(lowered(value) ?? {});
  return [
    { op: 'remove', path: `/${member}` },
    ...parts.map(([name, one]) => replace(`/${member}/${name}`, one)),
  ];
}

const nameOf = ({ apiId, stage }: rest.ApiStage): string => `${apiId ?? ''}:${stage ?? ''}`;

function stagePatch(op: 'add' | 'remove', stage: rest.ApiStage): rest.PatchOperation {
  return { op, path: '/apiStages', value: nameOf(stage) };
}

/** The stages that go, those that come, and the throttles of all that are there then. */
function stagePatches(
  present: readonly rest.ApiStage[],
  wanted: readonly rest.ApiStage[],
): rest.PatchOperation[] {
  const [before, after] = [new Set(present.map(nameOf)), new Set(wanted.map(nameOf))];
  return [
    ...present.filter((one) => !after.has(nameOf(one))).map((one) => stagePatch('remove', one)),
    ...wanted.filter((one) => !before.has(nameOf(one))).map((one) => stagePatch('add', one)),
    ...wanted.map((one) =>
      replace(`/apiStages/${nameOf(one)}/throttle`, JSON.stringify(one.throttle ?? {})),
    ),
  ];
}
