// AWS::Lambda::Function and AWS::Lambda::Permission.
import { setTimeout as wait } from 'node:timers/promises';
import { checkCode, loadCode, zipOf } from '../code.ts';
import type { lambda } from '../clients.ts';
import { isList, isObject, plainText } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { physicalName, physicalSuffix } from '../names.ts';
import { stringIn } from './definition.ts';
import type { Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';

const STRING: PropertySpec = { kind: 'string' };
const REPLACES: PropertySpec = { kind: 'string', replaces: true };
const IGNORED: PropertySpec = { kind: 'json', ignored: true };

/** Properties that are members of CreateFunction and UpdateFunctionConfiguration alike. */
const CONFIGURATION = [
  'Description',
  'Environment',
  'EphemeralStorage',
  'Handler',
  'LoggingConfig',
  'MemorySize',
  'Role',
  'Runtime',
  'Timeout',
] as const;

/** What an update must send for properties that were taken away. */
const RESETS: JsonObject = {
  Description: '',
  Environment: { Variables: {} },
  MemorySize: 128,
  Timeout: 3,
};

/** AWS: AWS::Lambda::Function. `Code` may also be a local path, as `aws cloudformation package` takes it. */
export const FUNCTION: ResourceType = {
  type: 'AWS::Lambda::Function',
  properties: {
    Architectures: { kind: 'list' },
    Code: { kind: 'json', required: true },
    CodeSigningConfigArn: IGNORED,
    DeadLetterConfig: IGNORED,
    Description: STRING,
    Environment: { kind: 'map' },
    EphemeralStorage: { kind: 'settings' },
    FileSystemConfigs: IGNORED,
    FunctionName: REPLACES,
    Handler: STRING,
    ImageConfig: { kind: 'json', refused: 'functions from container images are not supported' },
    KmsKeyArn: IGNORED,
    Layers: { kind: 'list', refused: 'layers are not supported: bring their files with the code' },
    LoggingConfig: { kind: 'map' },
    MemorySize: { kind: 'integer' },
    PackageType: REPLACES,
    RecursiveLoop: IGNORED,
    ReservedConcurrentExecutions: IGNORED,
    Role: { kind: 'string', required: true },
    Runtime: STRING,
    RuntimeManagementConfig: IGNORED,
    SnapStart: IGNORED,
    Tags: { kind: 'tags' },
    Timeout: { kind: 'integer' },
    TracingConfig: IGNORED,
    VpcConfig: IGNORED,
  },
  attributes: ['Arn'],
  check: (properties, context) => {
    if (properties['PackageType'] === 'Image') {
      context.faults.add(context.path, 'functions from container images are not supported');
      return;
    }
    for (const name of ['Handler', 'Runtime']) {
      if (properties[name] === undefined) {
        context.faults.add(context.path, `the property ${name} is missing`);
      }
    }
    checkCode(properties['Code'], properties['Runtime'], context);
  },
  contentOf: async (name, value, { folder }) =>
    name === 'Code' ? (await loadCode(value, folder)).hash : undefined,
  create: createFunction,
  find: async (properties, { clients }) => {
    const FunctionName = stringIn(properties, 'FunctionName');
    const { FunctionArn = '' } = await clients.lambda.getFunctionConfiguration({ FunctionName });
    return { ref: FunctionName, attributes: { Arn: FunctionArn }, keys: { FunctionName } };
  },
  update: async (properties, { made, changed }, context) => {
    const api = context.clients.lambda;
    const FunctionName = made.ref;
    if (changed.has('Code') || changed.has('Architectures')) {
      const ZipFile = await zipOf(properties['Code'] ?? null, context.folder);
      await api.updateFunctionCode({ FunctionName, ZipFile });
      await settledFunction(FunctionName, context);
    }
    if (CONFIGURATION.some((name) => changed.has(name))) {
      const input = { ...RESETS, ...configurationOf(properties), FunctionName };
      await api.updateFunctionConfiguration(input);
      await settledFunction(FunctionName, context);
    }
    return made;
  },
  exists: async ({ ref: FunctionName }, { clients }) =>
    isObject(await clients.lambda.getFunctionConfiguration({ FunctionName })),
  remove: async (made, { clients }) => {
    await clients.lambda.deleteFunction({ FunctionName: made.ref });
  },
};

async function createFunction(properties: JsonObject, context: ResourceContext): Promise<Made> {
  const { stack, logicalId, clients, folder } = context;
  const given = properties['FunctionName'];
  const FunctionName = typeof given === 'string' ? given : physicalName(stack.name, logicalId, 64);
  const ZipFile = await zipOf(properties['Code'] ?? null, folder);
  const output = await clients.lambda.createFunction({
    ...configurationOf(properties),
    ...(isList(properties['Architectures']) ? { Architectures: properties['Architectures'] } : {}),
    ...(isObject(properties['Tags']) ? { Tags: properties['Tags'] } : {}),
    Code: { ZipFile },
    FunctionName,
  } as unknown as lambda.CreateFunctionCommandInput);
  await settledFunction(FunctionName, context);
  return {
    ref: FunctionName,
    attributes: { Arn: stringIn(output, 'FunctionArn') },
    keys: { FunctionName },
  };
}

/** Environment variables are text on the wire; YAML writes some of them as numbers and booleans. */
function configurationOf(properties: JsonObject): JsonObject {
  const entries = CONFIGURATION.filter((name) => properties[name] !== undefined).map(
    (name): [string, Json] => [name, properties[name] ?? null],
  );
  const environment = properties['Environment'];
  const variables = isObject(environment) ? environment['Variables'] : undefined;
  if (!isObject(variables)) return Object.fromEntries(entries);
  const texts = Object.entries(variables).map(([name, value]) => [name, plainText(value)]);
  const Variables = Object.fromEntries(texts) as JsonObject;
  return { ...Object.fromEntries(entries), Environment: { Variables } };
}

const SETTLE_ATTEMPTS = 60;

/** Waits until a change of a function is through; a second change before that would be a conflict. */
async function settledFunction(FunctionName: string, { clients }: ResourceContext): Promise<void> {
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS; attempt++) {
    const { State, LastUpdateStatus, StateReason, LastUpdateStatusReason } =
      await clients.lambda.getFunctionConfiguration({ FunctionName });
    if (State === 'Failed' || LastUpdateStatus === 'Failed') {
      throw new Error(
        LastUpdateStatusReason ?? StateReason ?? 'the function did not become active',
      );
    }
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return;
    await wait(Math.min(1000, 10 * attempt));
  }
  throw new Error(`the function ${FunctionName} did not become active in time`);
}

/** AWS: AWS::Lambda::Permission. Every change is a replacement. */
export const PERMISSION: ResourceType = {
  type: 'AWS::Lambda::Permission',
  properties: {
    Action: { kind: 'string', required: true, replaces: true },
    EventSourceToken: REPLACES,
    FunctionName: { kind: 'string', required: true, replaces: true },
    FunctionUrlAuthType: REPLACES,
    InvokedViaFunctionUrl: { kind: 'boolean', ignored: true },
    Principal: { kind: 'string', required: true, replaces: true },
    PrincipalOrgID: REPLACES,
    SourceAccount: REPLACES,
    SourceArn: REPLACES,
  },
  attributes: ['Id'],
  create: async (properties, { stack, logicalId, clients }) => {
    const StatementId = `${stack.name}-${logicalId}-${physicalSuffix()}`.slice(-100);
    const input = { ...properties, StatementId } as unknown as lambda.AddPermissionCommandInput;
    await clients.lambda.addPermission(input);
    return {
      ref: StatementId,
      attributes: { Id: StatementId },
      keys: { FunctionName: stringIn(properties, 'FunctionName') },
    };
  },
  update: async (_properties, { made }) => made,
  exists: async ({ ref, keys }, { clients }) => {
    const { Policy = '' } = await clients.lambda.getPolicy({ FunctionName: keys['FunctionName'] });
    return Policy.includes(JSON.stringify(ref));
  },
  remove: async (made, { clients }) => {
    const FunctionName = stringIn(made.keys, 'FunctionName');
    await clients.lambda.removePermission({ FunctionName, StatementId: made.ref });
  },
};
