// Deleting tables, and finishing at open what a kill has left half done with one.
import { validation, type Data, type Table } from './dynalite.ts';
import { checked, type Engine } from './engine.ts';
import { failure, validationFailure } from './failure.ts';
import { fillIndex } from './indexes.ts';
import {
  findTable,
  indexPrefix,
  itemPrefix,
  prefixRange,
  tablePrefix,
  tagPrefix,
  ttlKey,
} from './store.ts';

/** DeleteTable: the table answers DELETING until its items are gone, then it is unknown. */
export async function deleteTable(engine: Engine, input: Data): Promise<Data> {
  const data = checked(engine, input, validation('DeleteTable'));
  const name = String(data['TableName']);
  const description = await engine.disk.run((unit) => {
    const table = findTable(unit, name, false);
    if (table instanceof Error) throw table;
    if (table.TableStatus === 'CREATING') {
      const text = 'Attempt to change a resource which is still in use: Table is being created: ';
      throw failure('ResourceInUseException', text + name);
    }
    if (table['DeletionProtectionEnabled'] === true) {
      throw validationFailure(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    const deleting = { ...table, TableStatus: 'DELETING' };
    unit.put(tablePrefix + name, JSON.stringify(deleting));
    return deleting;
  });
  await erase(engine, description);
  return { TableDescription: description };
}

/** Finishes what a kill interrupted: tables half deleted go, tables half made or changed are active. */
export async function settleTables(engine: Engine): Promise<void> {
  for await (const entries of engine.disk.pages(prefixRange(tablePrefix))) {
    for (const [, text] of entries) {
      const table = JSON.parse(text) as Table;
      if (table.TableStatus === 'DELETING') await erase(engine, table);
      else if (!isSettled(table)) await activate(engine, table);
    }
  }
}

async function erase(engine: Engine, table: Table): Promise<void> {
  const name = table.TableName;
  const indexes = [
    ...(table.LocalSecondaryIndexes ?? []).map((index) => ['local', index] as const),
    ...(table.GlobalSecondaryIndexes ?? []).map((index) => ['global', index] as const),
  ];
  const prefixes = [
    itemPrefix(name),
    tagPrefix(name),
    ...indexes.map(([type, { IndexName }]) => indexPrefix(type, name, IndexName)),
  ];
  await Promise.all(prefixes.map((prefix) => engine.disk.clear(prefixRange(prefix))));
  await engine.disk.run((unit) => {
    unit.del(ttlKey(name));
    unit.del(tablePrefix + name);
  });
}

function isSettled(table: Table): boolean {
  const indexes = table.GlobalSecondaryIndexes ?? [];
  return (
    table.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE')
  );
}

async function activate(engine: Engine, table: Table): Promise<void> {
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    if (index.IndexStatus === 'CREATING') await fillIndex(engine, table, index);
  }
  const indexes = table.GlobalSecondaryIndexes?.map((index) => ({
    ...index,
    IndexStatus: 'ACTIVE',
  }));
  const active = {
    ...table,
    TableStatus: 'ACTIVE',
    ...(indexes === undefined ? {} : { GlobalSecondaryIndexes: indexes }),
  };
  await engine.disk.run((unit) => unit.put(tablePrefix + table.TableName, JSON.stringify(active)));
}
