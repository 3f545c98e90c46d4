// What an operation runs on: checked input, units of work, and dynalite's actions in them.
import type { OwnTables } from '#shared/store/own-tables.ts';
import type { Disk, UnitOfWork } from './disk.ts';
import {
  database,
  validations,
  type Action,
  type Data,
  type DynaliteStore,
  type Item,
  type Validation,
} from './dynalite.ts';
import { toFailure, typeOf, type Failure } from './failure.ts';
import {
  dynaliteStore,
  findTable,
  itemPrefix,
  readAccess,
  unitAccess,
  type Place,
} from './store.ts';

/** The embedded database with the place its tables say they are in. */
export interface Engine {
  readonly disk: Disk;
  readonly place: Place;
  /** Tables of the node itself; absent: none. */
  readonly own?: OwnTables;
  /** Epoch milliseconds of the node's clock. */
  now(): number;
}

/** Input with its types, constraints and expressions checked, in dynalite's order; throws what is wrong with it. */
export function checked(engine: Engine, input: Data, { types, custom }: Validation): Data {
  const data = validations.checkTypes(input, types);
  validations.checkValidations(data, types, custom, readStore(engine));
  return data;
}

/** The store for operations that only read durable data. */
export function readStore({ disk, place }: Engine): DynaliteStore {
  return dynaliteStore(
    disk,
    readAccess((key) => disk.get(key)),
    place,
  );
}

/** Runs a reading action. */
export function read(engine: Engine, action: Action, data: Data): Promise<Data> {
  return new Promise((resolve, reject) => {
    action(readStore(engine), data, (error, output) => {
      if (error instanceof Error) reject(toFailure(error));
      else resolve(output ?? {});
    });
  });
}

/** Runs a writing action as one unit of work; the answer is its JSON, taken before dynalite changes it further. */
export function write(engine: Engine, action: Action, data: Data): Promise<string> {
  return engine.disk.run((unit) => JSON.stringify(inUnit(engine, unit, action, data)));
}

/** Runs a writing action inside of `unit`, at once; throws its failure. */
export function inUnit(engine: Engine, unit: UnitOfWork, action: Action, data: Data): Data {
  const access = unitAccess(engine.disk, unit);
  const outcome: { output?: Data; failure?: Failure } = {};
  action(dynaliteStore(engine.disk, access, engine.place), data, (error, output) => {
    if (error instanceof Error) outcome.failure = toFailure(error);
    else outcome.output = output ?? {};
  });
  access.end();
  if (outcome.failure !== undefined) throw outcome.failure;
  if (outcome.output === undefined) throw new Error('a writing operation did not end in its unit');
  return outcome.output;
}

/**
 * Adds the item that stood against a condition, when the request asks for it
 * (`ReturnValuesOnConditionCheckFailure: ALL_OLD`).
 */
export function withItem(failure: Failure, unit: UnitOfWork, data: Data): Item | undefined {
  if (typeOf(failure) !== 'ConditionalCheckFailedException') return undefined;
  if (data['ReturnValuesOnConditionCheckFailure'] !== 'ALL_OLD') return undefined;
  return existingItem(unit, data);
}

/** The item that `data` (a put by its `Item`, anything else by its `Key`) is about. */
export function existingItem(unit: UnitOfWork, data: Data): Item | undefined {
  const key = itemKeyOf(unit, data);
  const text = key === undefined ? undefined : unit.get(key);
  return text === undefined ? undefined : (JSON.parse(text) as Item);
}

/** The database key of that item; `undefined` when the table or the key is no good. */
export function itemKeyOf(unit: Pick<UnitOfWork, 'get'>, data: Data): string | undefined {
  const name = String(data['TableName']);
  const table = findTable(unit, name, true);
  if (table instanceof Error) return undefined;
  const item = (data['Key'] ?? data['Item']) as Item;
  const key = Object.fromEntries(
    table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName] ?? {}]),
  );
  const invalid = database.validateKey(key, table);
  return invalid instanceof Error ? undefined : itemPrefix(name) + database.createKey(key, table);
}
