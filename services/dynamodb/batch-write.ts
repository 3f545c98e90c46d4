// BatchWriteItem: plain batches by a short way of our own, and every other one, also whatever is refused, by dynalite's.
import type { UnitOfWork } from './disk.ts';
import { database, operationModules, type Data, type Item, type Table } from './dynalite.ts';
import { checked, inUnit, type Engine } from './engine.ts';
import { findTable, itemPrefix } from './store.ts';

const { action, validation } = operationModules('BatchWriteItem');
const DONE = '{"UnprocessedItems":{}}';
const MOST_REQUESTS = 25;
/** Deeper values are dynalite's to judge. */
const PLAIN_DEPTH = 4;
/** Whole numbers that are stored as they are written. */
const PLAIN_NUMBER = /^(?:0|-?[1-9]\d{0,36})$/;
/** No item of a batch of this size reaches 400 KB. */
const PLAIN_LENGTH = 25 * 4096;

/** Runs the operation; the answer's JSON. */
export async function batchWriteItem(engine: Engine, input: Data): Promise<string> {
  const requests = plainRequests(input);
  if (requests !== undefined) {
    const written = await engine.disk.run((unit) => writePlain(unit, requests));
    if (written) return DONE;
  }
  const data = checked(engine, input, validation);
  return engine.disk.run((unit) => JSON.stringify(inUnit(engine, unit, action, data)));
}

/** A request of a plain batch: an item to put, or a key to delete. */
interface PlainRequest {
  readonly table: string;
  readonly item?: Item;
  readonly key?: Item;
}

/** The requests of an input that is plainly good; `undefined` for what has to be looked at by dynalite. */
function plainRequests({ RequestItems: tables, ...rest }: Data): PlainRequest[] | undefined {
  if (!isRecord(tables) || Object.keys(rest).length > 0) return undefined;
  const found: PlainRequest[] = [];
  for (const [table, requests] of Object.entries(tables)) {
    if (!Array.isArray(requests) || requests.length === 0) return undefined;
    for (const request of requests as unknown[]) {
      const plain = plainRequest(table, request);
      if (plain === undefined || found.push(plain) > MOST_REQUESTS) return undefined;
    }
  }
  return found.length === 0 ? undefined : found;
}

function plainRequest(table: string, request: unknown): PlainRequest | undefined {
  if (!isRecord(request)) return undefined;
  const [name, ...more] = Object.keys(request);
  if (more.length > 0) return undefined;
  if (name === 'PutRequest') {
    const item = onlyMember(request[name], 'Item');
    return item && { table, item };
  }
  if (name !== 'DeleteRequest') return undefined;
  const key = onlyMember(request[name], 'Key');
  return key && { table, key };
}

function onlyMember(value: unknown, name: string): Item | undefined {
  if (!isRecord(value) || Object.keys(value).length !== 1) return undefined;
  const attributes = value[name];
  return isPlainMap(attributes, 1) ? (attributes as Item) : undefined;
}

function isPlainMap(value: unknown, depth: number): boolean {
  if (!isRecord(value)) return false;
  for (const name in value) {
    if (name === '' || name === '__proto__' || !isPlainValue(value[name], depth)) return false;
  }
  return true;
}

function isPlainValue(value: unknown, depth: number): boolean {
  if (!isRecord(value)) return false;
  const [type, ...more] = Object.keys(value);
  if (type === undefined || more.length > 0) return false;
  const content = value[type];
  switch (type) {
    case 'S':
      return typeof content === 'string' && content !== '';
    case 'N':
      return typeof content === 'string' && PLAIN_NUMBER.test(content);
    case 'BOOL':
      return typeof content === 'boolean';
    case 'M':
      return depth < PLAIN_DEPTH && isPlainMap(content, depth + 1);
    case 'L':
      if (depth >= PLAIN_DEPTH || !Array.isArray(content)) return false;
      return content.every((member) => isPlainValue(member, depth + 1));
    default:
      return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Writes all, or nothing: `false` where a table has indexes or is away, or a key is no good or comes twice. */
function writePlain(unit: UnitOfWork, requests: readonly PlainRequest[]): boolean {
  const tables = new Map<string, Table>();
  const writes = new Map<string, string | undefined>();
  for (const { table: name, item, key } of requests) {
    const table = tables.get(name) ?? plainTable(unit, name);
    if (table === undefined) return false;
    tables.set(name, table);
    const invalid = item
      ? database.validateItem(item, table)
      : database.validateKey(key ?? {}, table);
    if (invalid instanceof Error) return false;
    const value = item && JSON.stringify(item);
    if (value !== undefined && value.length > PLAIN_LENGTH) return false;
    const place = itemPrefix(name) + database.createKey(item ?? key ?? {}, table);
    if (writes.has(place)) return false;
    writes.set(place, value);
  }
  for (const [place, value] of writes) {
    if (value === undefined) unit.del(place);
    else unit.put(place, value);
  }
  return true;
}

function plainTable(unit: UnitOfWork, name: string): Table | undefined {
  const table = findTable(unit, name, true);
  if (table instanceof Error) return undefined;
  const indexes = [table.GlobalSecondaryIndexes, table.LocalSecondaryIndexes];
  return indexes.some((list) => list !== undefined && list.length > 0) ? undefined : table;
}
