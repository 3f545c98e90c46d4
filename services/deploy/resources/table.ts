// AWS::DynamoDB::Table.
import { setTimeout as wait } from 'node:timers/promises';
import type { dynamo } from '../clients.ts';
import { canonicalJson, isList, isObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { physicalName } from '../names.ts';
import { stringIn } from './definition.ts';
import type { Change, Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';
import { updateIndexes } from './table-indexes.ts';

const IGNORED: PropertySpec = { kind: 'json', ignored: true };

/** AWS: AWS::DynamoDB::Table. Ref is the table's name. */
export const TABLE: ResourceType = {
  type: 'AWS::DynamoDB::Table',
  properties: {
    AttributeDefinitions: { kind: 'list' },
    BillingMode: { kind: 'string' },
    ContributorInsightsSpecification: IGNORED,
    DeletionProtectionEnabled: IGNORED,
    GlobalSecondaryIndexes: { kind: 'settings' },
    ImportSourceSpecification: { kind: 'json', refused: 'importing from S3 is not supported' },
    KeySchema: { kind: 'list', required: true, replaces: true },
    KinesisStreamSpecification: IGNORED,
    LocalSecondaryIndexes: { kind: 'list', replaces: true },
    OnDemandThroughput: IGNORED,
    PointInTimeRecoverySpecification: IGNORED,
    ProvisionedThroughput: { kind: 'settings' },
    ResourcePolicy: IGNORED,
    SSESpecification: IGNORED,
    StreamSpecification: IGNORED,
    TableClass: IGNORED,
    TableName: { kind: 'string', replaces: true },
    Tags: IGNORED,
    TimeToLiveSpecification: { kind: 'settings' },
    WarmThroughput: IGNORED,
  },
  attributes: ['Arn', 'StreamArn'],
  create: async (properties, context) => {
    const { TimeToLiveSpecification: ttl, TableName: given, ...input } = properties;
    const { stack, logicalId, clients } = context;
    const TableName = typeof given === 'string' ? given : physicalName(stack.name, logicalId, 255);
    const table = { ...input, TableName } as unknown as dynamo.CreateTableCommandInput;
    await clients.dynamodb.createTable(table);
    const Arn = await activeTable(TableName, context);
    await putTimeToLive(TableName, ttl, context);
    return madeOf(TableName, Arn);
  },
  find: async (properties, context) => {
    const TableName = stringIn(properties, 'TableName');
    return madeOf(TableName, await activeTable(TableName, context));
  },
  update: async (properties, { made, changed }, context) => {
    const TableName = made.ref;
    if (await throughputDiffers(properties, { made, changed }, context)) {
      const { BillingMode = 'PROVISIONED', ProvisionedThroughput } = properties;
      const throughput = BillingMode === 'PROVISIONED' ? { ProvisionedThroughput } : {};
      const input = { TableName, BillingMode, ...throughput };
      await context.clients.dynamodb.updateTable(
        input as unknown as dynamo.UpdateTableCommandInput,
      );
      await activeTable(TableName, context);
    }
    if (changed.has('GlobalSecondaryIndexes')) {
      await updateIndexes(TableName, properties, {
        dynamodb: context.clients.dynamodb,
        settle: async () => {
          await activeTable(TableName, context);
        },
      });
    }
    if (changed.has('TimeToLiveSpecification')) {
      await putTimeToLive(TableName, properties['TimeToLiveSpecification'], context);
    }
    return made;
  },
  exists: async ({ ref: TableName }, { clients }) =>
    isObject(await clients.dynamodb.describeTable({ TableName })),
  remove: async (made, context) => {
    await context.clients.dynamodb.deleteTable({ TableName: made.ref });
    await goneTable(made.ref, context);
  },
  mustReplace,
  clashes: (properties, { made }) => properties['TableName'] === made.ref,
  holdsData: async (made, { clients }) => {
    const { Items = [] } = await clients.dynamodb.scan({ TableName: made.ref, Limit: 1 });
    return Items.length > 0;
  },
};

/** Tables have no streams; their ARN has the right form for whoever only passes it on. */
function madeOf(TableName: string, Arn: string): Made {
  const attributes = { Arn, StreamArn: `${Arn}/stream/1970-01-01T00:00:00.000` };
  return { ref: TableName, attributes, keys: { TableName } };
}

/** Asking for the mode that a table has already would be an error. */
async function throughputDiffers(
  properties: JsonObject,
  { made, changed }: Change,
  { clients }: ResourceContext,
): Promise<boolean> {
  if (!changed.has('BillingMode') && !changed.has('ProvisionedThroughput')) return false;
  const { BillingMode = 'PROVISIONED', ProvisionedThroughput: wanted } = properties;
  const { Table } = await clients.dynamodb.describeTable({ TableName: made.ref });
  if ((Table?.BillingModeSummary?.BillingMode ?? 'PROVISIONED') !== BillingMode) return true;
  if (BillingMode !== 'PROVISIONED' || !isObject(wanted)) return false;
  const present = Table?.ProvisionedThroughput;
  return (
    present?.ReadCapacityUnits !== wanted['ReadCapacityUnits'] ||
    present?.WriteCapacityUnits !== wanted['WriteCapacityUnits']
  );
}

/** Attribute definitions follow the indexes; only another type of one of the table's own keys needs a new table. */
async function mustReplace(
  properties: JsonObject,
  { made, changed }: Change,
  { clients }: ResourceContext,
): Promise<boolean> {
  if (!changed.has('AttributeDefinitions')) return false;
  const { Table } = await clients.dynamodb.describeTable({ TableName: made.ref });
  const wanted = properties['AttributeDefinitions'];
  return (Table?.KeySchema ?? []).some(({ AttributeName }) => {
    const present = Table?.AttributeDefinitions?.find((one) => one.AttributeName === AttributeName);
    const next = isList(wanted)
      ? wanted.find((one) => isObject(one) && one['AttributeName'] === AttributeName)
      : undefined;
    return isObject(next) && next['AttributeType'] !== present?.AttributeType;
  });
}

const ATTEMPTS = 240;

/** Waits until table and indexes are active; answers the table's ARN. */
async function activeTable(TableName: string, { clients }: ResourceContext): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { Table } = await clients.dynamodb.describeTable({ TableName });
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    const states = [Table?.TableStatus, ...indexes.map(({ IndexStatus }) => IndexStatus)];
    if (states.every((state) => state === 'ACTIVE')) return stringIn(Table, 'TableArn');
    await wait(Math.min(500, 10 * attempt));
  }
  throw new Error(`the table ${TableName} did not become active in time`);
}

async function goneTable(TableName: string, { clients }: ResourceContext): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await clients.dynamodb.describeTable({ TableName });
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return;
      throw error;
    }
    await wait(Math.min(500, 10 * attempt));
  }
  throw new Error(`the table ${TableName} did not go in time`);
}

/** One TTL attribute at a time: the old one is switched off before another is switched on. */
async function putTimeToLive(
  TableName: string,
  wanted: Json | undefined,
  { clients }: ResourceContext,
): Promise<void> {
  const specification = isObject(wanted) && wanted['Enabled'] === true ? wanted : undefined;
  const { TimeToLiveDescription: present } = await clients.dynamodb.describeTimeToLive({
    TableName,
  });
  const enabled = present?.TimeToLiveStatus?.startsWith('ENABL') === true;
  const same =
    canonicalJson(specification?.['AttributeName']) === canonicalJson(present?.AttributeName);
  if (enabled && !(specification !== undefined && same)) {
    const off = { AttributeName: present?.AttributeName, Enabled: false };
    await clients.dynamodb.updateTimeToLive({ TableName, TimeToLiveSpecification: off });
  }
  if (specification === undefined || (enabled && same)) return;
  const TimeToLiveSpecification = {
    AttributeName: stringIn(specification, 'AttributeName'),
    Enabled: true,
  };
  await clients.dynamodb.updateTimeToLive({ TableName, TimeToLiveSpecification });
}
