// The door to dynalite's own modules (actions, validations, expressions) and its LevelDB, with the types they lack.
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);
const loadOfDynalite = createRequire(load.resolve('dynalite'));
const loadOfLevel = createRequire(loadOfDynalite.resolve('level'));

/** JSON of a request or an answer. */
export type Data = Record<string, unknown>;

/** An item as DynamoDB's wire has it. */
export type Item = Record<string, Record<string, unknown>>;

/** What dynalite passes to a callback or throws: the answer is `body` with `statusCode`. */
export interface DynaliteError extends Error {
  readonly statusCode?: number;
  readonly body?: { readonly __type: string; message?: string };
}

/** Node's callback; `error` first. */
export type Callback<T = unknown> = (error: DynaliteError | null | undefined, value?: T) => void;

/** A table's description as it is stored. */
export interface Table extends Data {
  TableName: string;
  TableStatus: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
}

/** A secondary index of a table. */
export interface Index extends Data {
  IndexName: string;
  IndexStatus?: string;
}

/** A range of keys as LevelDB takes it. */
export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** A part of the key space, as dynalite's actions use it. */
export interface SubDatabase {
  get(key: string, callback: Callback): void;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(operations: BatchOperation[], callback: Callback): void;
  createKeyStream(range?: Range): NodeJS.ReadableStream;
  createValueStream(range?: Range): NodeJS.ReadableStream;
  lock<R>(key: string, run: (release: <C>(callback: C) => C) => R): R;
}

/** One operation of a batch. */
export interface BatchOperation {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: unknown;
}

/** What dynalite's actions ask of the database. */
export interface DynaliteStore {
  readonly options: DynaliteOptions;
  readonly tableDb: SubDatabase & { readonly awsAccountId: string; readonly awsRegion: string };
  getItemDb(table: string): SubDatabase;
  getIndexDb(type: string, table: string, index: string): SubDatabase;
  getTagDb(table: string): SubDatabase;
  /** With a `checkStatus` of `false` also a table that is being made or deleted. */
  getTable(name: string, checkStatus: false | Callback<Table>, callback?: Callback<Table>): void;
}

/** dynalite's settings. */
export interface DynaliteOptions {
  readonly createTableMs: number;
  readonly deleteTableMs: number;
  readonly updateTableMs: number;
  readonly maxItemSize: number;
}

/** One operation: reads and writes through `store`, answers by `callback`. */
export type Action = (store: DynaliteStore, data: Data, callback: Callback<Data>) => void;

/** Shape of an operation's input, and the rules that no type says. */
export interface Validation {
  readonly types: Data;
  readonly custom?: (data: Data, store: DynaliteStore) => string | undefined | null;
}

interface Validations {
  checkTypes(data: Data, types: Data): Data;
  checkValidations(
    data: Data,
    types: Data,
    custom: Validation['custom'],
    store: DynaliteStore,
  ): void;
}

interface Database {
  validateItem(item: Item, table: Table): DynaliteError | null | undefined;
  validateKey(key: Item, table: Table): DynaliteError | null | undefined;
  validateKeyPaths(paths: unknown, table: Table): DynaliteError | null | undefined;
  createKey(item: Item, table: Table): string;
  checkConditional(data: Data, item: Item | undefined): DynaliteError | null | undefined;
  validationError(message: string): DynaliteError;
  getIndexActions(
    indexes: Index[],
    existing: Item | null | undefined,
    item: Item,
    table: Table,
  ): { puts: { index: string; key: string; item: Item }[] };
}

/** LevelDB, as far as we use it. */
export interface LevelDb {
  readonly status: 'opening' | 'open' | 'closing' | 'closed';
  open(): Promise<void>;
  close(): Promise<void>;
  getSync(key: string, options?: { snapshot?: LevelSnapshot }): string | undefined;
  batch(operations: LevelOperation[], options: { sync: boolean }): Promise<void>;
  clear(range: Range): Promise<void>;
  iterator(range: Range): LevelIterator;
  snapshot(): LevelSnapshot;
}

/** One operation of an atomic batch. */
export type LevelOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

/** The database as it is at one moment. */
export interface LevelSnapshot {
  close(): Promise<void>;
}

/** Reads on from where it is; sees the database as it was when it was made. */
export interface LevelIterator {
  nextv(size: number): Promise<[string, string][]>;
  close(): Promise<void>;
}

type LevelConstructor = new (path: string, options: Data) => LevelDb;

/** Loads dynalite's action and validation of an operation by its name (`PutItem`). */
export function operationModules(name: string): { action: Action; validation: Validation } {
  return { action: action(name), validation: validation(name) };
}

/** dynalite's action of an operation. */
export function action(name: string): Action {
  return load(`dynalite/actions/${lowerFirst(name)}`) as Action;
}

/** dynalite's validation of an operation. */
export function validation(name: string): Validation {
  return load(`dynalite/validations/${lowerFirst(name)}`) as Validation;
}

/** Types, and checks in the order of the real service. */
export const validations = load('dynalite/validations') as Validations;

/** Keys, conditions, indexes, errors. */
export const database = load('dynalite/db') as Database;

/** The LevelDB that dynalite itself stands on. */
export const { ClassicLevel } = loadOfLevel('classic-level') as { ClassicLevel: LevelConstructor };

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
