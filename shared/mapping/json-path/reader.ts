// Parses a path behind its `$` or `@`, steps and then functions, to a read of ours that counts what it visits.
import type { PathCursor } from './cursor.ts';
import { FUNCTIONS, type PathFunction } from './functions.ts';
import { parseOperand, type Operand } from './operand.ts';
import { ownProperty } from './own-property.ts';
import { parseSelectors, select, type Selector } from './selectors.ts';

/** Values that reads may still visit; plain paths take nothing. */
export interface VisitBudget {
  left: number;
}

/** What surrounds a read within a search. */
export interface Search {
  readonly root: unknown;
  /** Values it may still visit; negative when it has visited too many, which finds nothing. */
  readonly budget: VisitBudget;
}

/** Reads a value from `current`. Never throws. */
export type Reader = (current: unknown, search: Search) => unknown;

/** A parsed path. */
export interface ParsedPath {
  /** The names and indexes of a path that has nothing else. */
  readonly keys?: readonly (string | number)[];
  readonly read: Reader;
  readonly definite: boolean;
  readonly isDouble: boolean;
}

/** A function with its arguments. */
const CALL = /\.([A-Za-z]+)\(/y;

/** Parses all steps and functions that follow; what stands behind them is the caller's. */
export function parsePath(cursor: PathCursor): ParsedPath {
  const selectors = parseSelectors(cursor);
  const steps = stepsOf(selectors);
  let { read } = steps;
  let last: PathFunction | undefined;
  for (;;) {
    const name = cursor.match(CALL)?.[1];
    if (name === undefined) break;
    const called = parseCall(cursor, name, read);
    ({ read, called: last } = called);
  }
  if (last === undefined) return { ...steps, isDouble: false };
  return { read, definite: true, isDouble: last.isDouble === true };
}

function stepsOf(selectors: readonly Selector[]): Omit<ParsedPath, 'isDouble'> {
  const keys = selectors.flatMap((selector) => (selector.kind === 'child' ? [selector.key] : []));
  const picks = selectors.at(-1)?.kind === 'pick';
  if (picks && keys.length === selectors.length - 1) {
    return { definite: true, read: (current, search) => searched(selectors, current, search)[0] };
  }
  if (keys.length < selectors.length) {
    return { definite: false, read: (current, search) => searched(selectors, current, search) };
  }
  return { definite: true, keys, read: (current) => readKeys(keys, current) };
}

/** The value that `keys` name one after the other. */
export function readKeys(keys: readonly (string | number)[], document: unknown): unknown {
  let value = document;
  for (const key of keys) value = ownProperty(value, key);
  return value;
}

function searched(selectors: readonly Selector[], current: unknown, search: Search): unknown[] {
  let found: unknown[] = [current];
  for (const selector of selectors) {
    found = select(selector, found, search);
    if (search.budget.left < 0) return [];
  }
  return found;
}

function parseCall(
  cursor: PathCursor,
  name: string,
  input: Reader,
): { readonly read: Reader; readonly called: PathFunction } {
  const called = FUNCTIONS.get(name) ?? cursor.fail(`no function ${JSON.stringify(name)}`);
  if (!cursor.allowsFilters && name !== 'length') cursor.fail('functions are not allowed here');
  const args = cursor.nested(() => parseOperands(cursor));
  if (args.length < called.least || args.length > called.most) {
    cursor.fail(`wrong number of arguments for ${name}()`);
  }
  const read: Reader = (current, search) => {
    search.budget.left--;
    const value = input(current, search);
    const given = args.map((arg) => arg.read(current, search));
    return search.budget.left < 0 ? undefined : called.apply(value, given, search.budget);
  };
  return { read, called };
}

function parseOperands(cursor: PathCursor): Operand[] {
  const operands: Operand[] = [];
  for (cursor.space(); !cursor.take(')'); cursor.space()) {
    if (operands.length > 0) cursor.expect(',');
    cursor.space();
    operands.push(parseOperand(cursor));
  }
  return operands;
}
