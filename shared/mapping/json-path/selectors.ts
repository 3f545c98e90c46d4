// The steps of a path: parsing them, and applying one to all values found so far.
import type { PathCursor } from './cursor.ts';
import { parseFilter, type Filter } from './filter.ts';
import { ownProperty } from './own-property.ts';
import type { Search } from './reader.ts';

/** One step. `pick` is a union of names that ends a path: one object with them. `descend` widens to everything below, for the step after it. */
export type Selector =
  | { readonly kind: 'child'; readonly key: string | number }
  | { readonly kind: 'union'; readonly keys: readonly (string | number)[] }
  | { readonly kind: 'pick'; readonly keys: readonly string[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'descend' };

const NAME = /[^.[\]()'"*?@,:\s~^`$]+/y;
/** What ends at operators too: `@.id==2`. */
const NAME_IN_CONDITION = /[^.[\]()'"*?@,:\s~^`$<>=!&|{}]+/y;
/** Not a name: a function, which ends the steps. */
const CALL = /\.[A-Za-z]+\(/y;
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const NUMBER = /-?\d{1,9}/y;

/** Parses steps as long as there are any; what follows them is the caller's. */
export function parseSelectors(cursor: PathCursor): Selector[] {
  const selectors = parseSteps(cursor);
  const last = selectors.at(-1);
  if (last?.kind !== 'union') return selectors;
  const keys = last.keys.filter((key) => typeof key === 'string');
  return keys.length < last.keys.length
    ? selectors
    : [...selectors.slice(0, -1), { kind: 'pick', keys }];
}

function parseSteps(cursor: PathCursor): Selector[] {
  const selectors: Selector[] = [];
  for (;;) {
    if (seesCall(cursor)) return selectors;
    if (cursor.take('..')) {
      selectors.push({ kind: 'descend' });
      selectors.push(cursor.sees('[') ? parseBracket(cursor) : parseName(cursor));
    } else if (cursor.take('.')) {
      selectors.push(cursor.sees('[') ? parseBracket(cursor) : parseName(cursor));
    } else if (cursor.sees('[')) {
      selectors.push(parseBracket(cursor));
    } else {
      return selectors;
    }
  }
}

function seesCall(cursor: PathCursor): boolean {
  const start = cursor.at;
  const found = cursor.match(CALL) !== undefined;
  cursor.at = start;
  return found;
}

function parseName(cursor: PathCursor): Selector {
  if (cursor.take('*')) return { kind: 'wildcard' };
  const key =
    cursor.match(cursor.isInCondition ? NAME_IN_CONDITION : NAME)?.[0] ??
    cursor.fail('a name is missing');
  return { kind: 'child', key };
}

function parseBracket(cursor: PathCursor): Selector {
  cursor.take('[');
  cursor.space();
  const selector = parseInside(cursor);
  cursor.expect(']');
  return selector;
}

function parseInside(cursor: PathCursor): Selector {
  if (cursor.take('*')) return { kind: 'wildcard' };
  if (cursor.sees('?') || cursor.sees('(')) {
    if (!cursor.allowsFilters || !cursor.take('?')) {
      cursor.fail('scripts and filters are not allowed here');
    }
    return { kind: 'filter', filter: parseFilter(cursor) };
  }
  const first = parseKey(cursor);
  cursor.space();
  if (typeof first !== 'string' && cursor.sees(':')) return parseSlice(cursor, first);
  if (first === undefined) cursor.fail('a name or number is missing');
  const keys = [first];
  while (cursor.take(',')) {
    cursor.space();
    keys.push(parseKey(cursor) ?? cursor.fail('a name or number is missing'));
    cursor.space();
  }
  return keys.length === 1 ? { kind: 'child', key: first } : { kind: 'union', keys };
}

function parseKey(cursor: PathCursor): string | number | undefined {
  const number = cursor.match(NUMBER);
  if (number !== undefined) return Number(number[0]);
  const quoted = cursor.match(QUOTED);
  return quoted && (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
}

function parseSlice(cursor: PathCursor, from: number | undefined): Selector {
  cursor.take(':');
  const to = cursor.match(NUMBER)?.[0];
  const by = cursor.take(':') ? Number(cursor.match(NUMBER)?.[0] ?? 1) : 1;
  if (by < 1) cursor.fail('a step must be positive');
  return {
    kind: 'slice',
    by,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to: Number(to) }),
  };
}

/** Applies `selector` to each of `values`; finds in document order. */
export function select(selector: Selector, values: readonly unknown[], search: Search): unknown[] {
  const found: unknown[] = [];
  for (const value of values) {
    if (--search.budget.left < 0) return found;
    collect(selector, value, { search, found });
  }
  return found;
}

interface Collecting {
  readonly search: Search;
  readonly found: unknown[];
}

function collect(selector: Selector, value: unknown, collecting: Collecting): void {
  switch (selector.kind) {
    case 'child':
      collectKeys([selector.key], value, collecting);
      break;
    case 'union':
      collectKeys(selector.keys, value, collecting);
      break;
    case 'pick':
      collectPicked(selector.keys, value, collecting);
      break;
    case 'slice':
      collectSlice(selector, value, collecting);
      break;
    case 'filter':
      collectFiltered(selector.filter, value, collecting);
      break;
    case 'wildcard':
      visitChildren(value, collecting, (child) => collecting.found.push(child));
      break;
    case 'descend':
      collectAll(value, collecting);
  }
}

function collectKeys(
  keys: readonly (string | number)[],
  value: unknown,
  { found }: Collecting,
): void {
  for (const key of keys) {
    const child = ownProperty(value, key);
    if (child !== undefined) found.push(child);
  }
}

/** As Jayway merges the properties of a path's last step; names that are not there are left out. */
function collectPicked(keys: readonly string[], value: unknown, { found }: Collecting): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const picked = keys.flatMap((key) => {
    const child = ownProperty(value, key);
    return child === undefined ? [] : [[key, child] as const];
  });
  found.push(Object.fromEntries(picked));
}

function collectSlice(
  { from, to, by }: Extract<Selector, { readonly kind: 'slice' }>,
  value: unknown,
  { search, found }: Collecting,
): void {
  if (!Array.isArray(value)) return;
  const items: readonly unknown[] = value.slice(from, to);
  search.budget.left -= items.length;
  for (let at = 0; at < items.length; at += by) found.push(items[at]);
}

function collectFiltered(filter: Filter, value: unknown, collecting: Collecting): void {
  const { search, found } = collecting;
  visitChildren(value, collecting, (child) => {
    search.budget.left -= filter.cost;
    if (search.budget.left >= 0 && filter.holds(child, search)) found.push(child);
  });
}

/** `value` and everything below it, without recursion: documents may be nested as deep as they are long. */
function collectAll(value: unknown, collecting: Collecting): void {
  const stack: unknown[] = [value];
  while (stack.length > 0 && collecting.search.budget.left >= 0) {
    const next = stack.pop();
    collecting.found.push(next);
    const children: unknown[] = [];
    visitChildren(next, collecting, (child) => children.push(child));
    for (let at = children.length - 1; at >= 0; at--) stack.push(children[at]);
  }
}

function visitChildren(
  value: unknown,
  { search }: Collecting,
  visit: (child: unknown) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  search.budget.left -= children.length;
  if (search.budget.left < 0) return;
  for (const child of children) visit(child);
}
