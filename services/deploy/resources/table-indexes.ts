// Brings a table's global secondary indexes to what the template says, one at a time as DynamoDB wants it.
import type { DeployClients, dynamo } from '../clients.ts';
import { canonicalJson, isList, isObject, plainText } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** How to change a table and wait for it. */
export interface IndexTools {
  readonly dynamodb: DeployClients['dynamodb'];
  readonly settle: () => Promise<void>;
}

/** Deletes indexes that are gone or have other keys or projections, creates those that are missing. */
export async function updateIndexes(
  TableName: string,
  properties: JsonObject,
  { dynamodb, settle }: IndexTools,
): Promise<void> {
  const { Table } = await dynamodb.describeTable({ TableName });
  const present = new Map(
    (Table?.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName ?? '', shapeOf(index)]),
  );
  const wanted = wantedIndexes(properties['GlobalSecondaryIndexes']);
  const change = async (update: JsonObject): Promise<void> => {
    const AttributeDefinitions = properties['AttributeDefinitions'];
    const input = { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [update] };
    await dynamodb.updateTable(input as unknown as dynamo.UpdateTableCommandInput);
    await settle();
  };
  for (const [name, shape] of present) {
    const next = wanted.get(name);
    if (next === undefined || shapeOf(next) !== shape)
      await change({ Delete: { IndexName: name } });
  }
  for (const [name, index] of wanted) {
    if (present.get(name) !== shapeOf(index)) await change({ Create: index });
  }
}

function wantedIndexes(value: Json | undefined): ReadonlyMap<string, JsonObject> {
  const list = isList(value) ? value.filter(isObject) : [];
  return new Map(list.map((index) => [plainText(index['IndexName'] ?? ''), index]));
}

/** What of an index cannot change in place. */
function shapeOf(index: { readonly KeySchema?: unknown; readonly Projection?: unknown }): string {
  return canonicalJson([index.KeySchema, index.Projection]);
}
