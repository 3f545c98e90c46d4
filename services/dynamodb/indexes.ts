// UpdateTable with global secondary indexes made and deleted, which dynalite takes and ignores.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
import type { UnitOfWork } from './disk.ts';
import {
  database,
  operationModules,
  validation,
  type Data,
  type Index,
  type Item,
  type Table,
  type Validation,
} from './dynalite.ts';
import { checked, write, type Engine } from './engine.ts';
import { failure, validationFailure } from './failure.ts';
import { findTable, indexPrefix, itemPrefix, prefixRange, tablePrefix } from './store.ts';

type Definitions = Table['AttributeDefinitions'];
type IndexAction = Index & { readonly KeySchema: Table['KeySchema'] };

interface IndexUpdate {
  readonly Create?: IndexAction;
  readonly Delete?: { readonly IndexName: string };
}

const { action } = operationModules('UpdateTable');
const INPUT = inputWithIndexes();

/** Changes throughput as dynalite does, and makes or deletes an index; answers when the index is filled. */
export async function updateTable(engine: Engine, input: Data): Promise<Data | string> {
  const data = checked(engine, input, INPUT);
  const updates = (data['GlobalSecondaryIndexUpdates'] ?? []) as IndexUpdate[];
  const [change, ...others] = updates.filter((update) => update.Create ?? update.Delete);
  if (change === undefined) return write(engine, action, data);
  if (others.length > 0) {
    throw failure(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  const name = String(data['TableName']);
  if (change.Create !== undefined) {
    return create(engine, name, change.Create, (data['AttributeDefinitions'] ?? []) as Definitions);
  }
  return remove(engine, name, change.Delete?.IndexName ?? '');
}

/** Puts every item of the table into an index; harmless to do again. Items without the index's keys stay out. */
export async function fillIndex(engine: Engine, table: Table, index: Index): Promise<void> {
  for await (const entries of engine.disk.pages(prefixRange(itemPrefix(table.TableName)))) {
    await engine.disk.run((unit) => {
      for (const [key] of entries) indexItem(unit, table, index, key);
    });
  }
}

async function create(
  engine: Engine,
  name: string,
  index: IndexAction,
  definitions: Definitions,
): Promise<Data> {
  await engine.disk.clear(prefixRange(indexPrefix('global', name, index.IndexName)));
  const table = await change(engine, name, (before) => withIndex(before, index, definitions));
  await fillIndex(engine, table, index);
  await change(engine, name, (before) => withStatus(before, index.IndexName, 'ACTIVE'));
  return { TableDescription: { ...table, TableStatus: 'UPDATING' } };
}

async function remove(engine: Engine, name: string, indexName: string): Promise<Data> {
  const table = await change(engine, name, (before) => withoutIndex(before, indexName));
  await engine.disk.clear(prefixRange(indexPrefix('global', name, indexName)));
  return { TableDescription: { ...table, TableStatus: 'UPDATING' } };
}

function change(engine: Engine, name: string, to: (table: Table) => Table): Promise<Table> {
  return engine.disk.run((unit) => {
    const table = findTable(unit, name, true);
    if (table instanceof Error) throw table;
    const changed = to(table);
    unit.put(tablePrefix + name, JSON.stringify(changed));
    return changed;
  });
}

/** From here on every write keeps the index; what was there before is filled in. */
function withIndex(table: Table, index: IndexAction, definitions: Definitions): Table {
  const indexes = table.GlobalSecondaryIndexes ?? [];
  if (indexes.some(({ IndexName }) => IndexName === index.IndexName)) {
    throw validationFailure('Attempting to create an index which already exists');
  }
  const known = new Map(
    [...table.AttributeDefinitions, ...definitions].map((one) => [one.AttributeName, one]),
  );
  if (index.KeySchema.some(({ AttributeName }) => !known.has(AttributeName))) {
    throw validationFailure(
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions',
    );
  }
  const added: Index = {
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    ...index,
    IndexArn: `${String(table['TableArn'])}/index/${index.IndexName}`,
    IndexStatus: 'CREATING',
    IndexSizeBytes: 0,
    ItemCount: 0,
  };
  return usedDefinitions({
    ...table,
    AttributeDefinitions: [...known.values()],
    GlobalSecondaryIndexes: [...indexes, added],
  });
}

function withStatus(table: Table, indexName: string, IndexStatus: string): Table {
  const indexes = (table.GlobalSecondaryIndexes ?? []).map((index) =>
    index.IndexName === indexName ? { ...index, IndexStatus } : index,
  );
  return { ...table, GlobalSecondaryIndexes: indexes };
}

function withoutIndex(table: Table, indexName: string): Table {
  const { GlobalSecondaryIndexes: indexes = [], ...rest } = table;
  const kept = indexes.filter(({ IndexName }) => IndexName !== indexName);
  if (kept.length === indexes.length) {
    throw failure('ResourceNotFoundException', 'Requested resource not found');
  }
  const changed = kept.length === 0 ? rest : { ...rest, GlobalSecondaryIndexes: kept };
  return usedDefinitions(changed);
}

/** A table defines exactly the attributes that its keys and its indexes' keys use. */
function usedDefinitions(table: Table): Table {
  const indexes = [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])];
  const schemas = [table.KeySchema, ...indexes.map((index) => (index as IndexAction).KeySchema)];
  const used = new Set(schemas.flat().map(({ AttributeName }) => AttributeName));
  const definitions = table.AttributeDefinitions.filter((one) => used.has(one.AttributeName));
  return { ...table, AttributeDefinitions: definitions };
}

function indexItem(unit: UnitOfWork, table: Table, index: Index, key: string): void {
  const text = unit.get(key);
  if (text === undefined) return;
  const item = JSON.parse(text) as Item;
  if (!hasKeysOf(table, index as IndexAction, item)) return;
  const { puts } = database.getIndexActions([index], null, item, table);
  const prefix = indexPrefix('global', table.TableName, index.IndexName);
  for (const put of puts) unit.put(prefix + put.key, JSON.stringify(put.item));
}

/** An attribute of another type than the index's keeps the item out of it, as on AWS. */
function hasKeysOf(table: Table, index: IndexAction, item: Item): boolean {
  return index.KeySchema.every(({ AttributeName: name }) => {
    const type = table.AttributeDefinitions.find(
      (one) => one.AttributeName === name,
    )?.AttributeType;
    return type !== undefined && item[name]?.[type] !== undefined;
  });
}

/** dynalite's input, with attribute definitions, and with indexes that need no throughput (PAY_PER_REQUEST). */
function inputWithIndexes(): Validation {
  const { types, custom } = validation('UpdateTable');
  const copy = structuredClone(types) as {
    GlobalSecondaryIndexUpdates: {
      children: { children: { Create: { children: { ProvisionedThroughput: Data } } } };
    };
  };
  const updates = copy.GlobalSecondaryIndexUpdates.children.children;
  delete updates.Create.children.ProvisionedThroughput['notNull'];
  const AttributeDefinitions = validation('CreateTable').types['AttributeDefinitions'];
  const optional = { ...(AttributeDefinitions as Data) };
  delete optional['notNull'];
  return {
    types: { ...copy, AttributeDefinitions: optional },
    ...(custom === undefined ? {} : { custom }),
  };
}
