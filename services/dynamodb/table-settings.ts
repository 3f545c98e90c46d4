// What CreateTable and UpdateTable take beside keys and throughput, which dynalite drops: tags, protection, streams.
import type { UnitOfWork } from './disk.ts';
import { action, validation, type Data, type Validation } from './dynalite.ts';
import { checked, inUnit, type Engine } from './engine.ts';
import { validationFailure } from './failure.ts';
import { updateTable as updateThroughputAndIndexes } from './indexes.ts';
import { findTable, tablePrefix, tagPrefix } from './store.ts';

interface Settings {
  readonly DeletionProtectionEnabled?: boolean;
  readonly StreamSpecification?: { readonly StreamEnabled?: boolean };
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const CREATE = validation('CreateTable');
const SETTINGS: Validation = {
  types: {
    DeletionProtectionEnabled: 'Boolean',
    StreamSpecification: {
      type: 'FieldStruct<StreamSpecification>',
      children: { StreamEnabled: 'Boolean' },
    },
    Tags: validation('TagResource').types['Tags'],
  },
};
const createAction = action('CreateTable');

/** CreateTable with its tags and its protection against deletion. */
export async function createTable(engine: Engine, input: Data): Promise<string> {
  const { Tags = [], DeletionProtectionEnabled } = settingsOf(engine, input);
  const data = checked(engine, input, CREATE);
  if (DeletionProtectionEnabled !== undefined) {
    data['DeletionProtectionEnabled'] = DeletionProtectionEnabled;
  }
  return engine.disk.run((unit) => {
    const output = inUnit(engine, unit, createAction, data);
    const prefix = tagPrefix(String(data['TableName']));
    for (const { Key, Value } of Tags) unit.put(prefix + Key, JSON.stringify(Value));
    return JSON.stringify(output);
  });
}

/** UpdateTable with protection against deletion switched. */
export async function updateTable(engine: Engine, input: Data): Promise<Data | string> {
  const { DeletionProtectionEnabled } = settingsOf(engine, input);
  if (DeletionProtectionEnabled === undefined) return updateThroughputAndIndexes(engine, input);
  const name = String(input['TableName']);
  const others = Object.keys(input).filter((member) => !OWN.has(member));
  const table = await engine.disk.run((unit) => protect(unit, name, DeletionProtectionEnabled));
  return others.length === 0
    ? { TableDescription: table }
    : updateThroughputAndIndexes(engine, input);
}

const OWN = new Set(['TableName', 'DeletionProtectionEnabled']);

function protect(unit: UnitOfWork, name: string, DeletionProtectionEnabled: boolean): Data {
  const table = findTable(unit, name, true);
  if (table instanceof Error) throw table;
  const changed = { ...table, DeletionProtectionEnabled };
  unit.put(tablePrefix + name, JSON.stringify(changed));
  return changed;
}

/** A stream that nobody would ever fill is refused, not taken and forgotten. */
function settingsOf(engine: Engine, input: Data): Settings {
  const settings = checked(engine, { ...input }, SETTINGS) as Settings;
  if (settings.StreamSpecification?.StreamEnabled === true) {
    throw validationFailure('Streams are not available in the embedded DynamoDB');
  }
  return settings;
}
