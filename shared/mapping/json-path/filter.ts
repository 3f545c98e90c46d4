// Filters of paths, `[?(@.price < 10 && @.kind == 'x')]`, as conditions of ours: compared, never evaluated as code.
import { compilePattern } from '../pattern.ts';
import { COMPARISONS } from './comparisons.ts';
import type { PathCursor } from './cursor.ts';
import { parseOperand, type Operand } from './operand.ts';
import type { Search } from './reader.ts';

/** A compiled condition. */
export interface Filter {
  /** Visits that one test counts for, beside those it takes from the budget. */
  readonly cost: number;
  /** Whether the child `current` is wanted. Never throws. */
  holds(current: unknown, search: Search): boolean;
}

/** A condition counts as one visit more for each of these many characters. */
const CHARACTERS_PER_VISIT = 16;

type Condition = (current: unknown, search: Search) => boolean;

const SIGNS = /===|!==|==|!=|<=|>=|<|>/y;
const WORDS = /(?:in|nin|subsetof|anyof|noneof|contains|all|size|empty)(?![\w-])/y;
const PATTERN = /\/((?:[^/\\]|\\.)+)\/([ims]*)/y;

/** Parses what stands behind `?`. Throws `DefinitionError` with the position. */
export function parseFilter(cursor: PathCursor): Filter {
  const start = cursor.at;
  cursor.space();
  const holds = parseGroup(cursor);
  return { cost: Math.ceil((cursor.at - start) / CHARACTERS_PER_VISIT), holds };
}

function parseGroup(cursor: PathCursor): Condition {
  cursor.expect('(');
  const condition = cursor.nested(() => parseAny(cursor));
  cursor.expect(')');
  return condition;
}

function parseAny(cursor: PathCursor): Condition {
  const parts = [parseAll(cursor)];
  for (cursor.space(); cursor.take('||'); cursor.space()) parts.push(parseAll(cursor));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (current, search) => parts.some((part) => part(current, search));
}

function parseAll(cursor: PathCursor): Condition {
  const parts = [parseOne(cursor)];
  for (cursor.space(); cursor.take('&&'); cursor.space()) parts.push(parseOne(cursor));
  return (current, search) => parts.every((part) => part(current, search));
}

function parseOne(cursor: PathCursor): Condition {
  cursor.space();
  if (cursor.take('!')) {
    const condition = cursor.nested(() => parseOne(cursor));
    return (current, search) => !condition(current, search);
  }
  return cursor.sees('(') ? parseGroup(cursor) : parseComparison(cursor);
}

/** An operand alone asks whether it is there; a path that may find many, whether it finds any. */
function parseComparison(cursor: PathCursor): Condition {
  const left = parseOperand(cursor);
  cursor.space();
  if (cursor.take('=~')) return parseMatch(cursor, left);
  const sign = cursor.match(SIGNS) ?? cursor.match(WORDS);
  const compare = COMPARISONS[sign?.[0] ?? ''];
  if (compare === undefined) return (current, search) => isThere(left, current, search);
  cursor.space();
  const right = parseOperand(cursor);
  return (current, search) =>
    compare(left.read(current, search), right.read(current, search), search.budget);
}

function isThere({ read, isSearch }: Operand, current: unknown, search: Search): boolean {
  const value = read(current, search);
  return isSearch ? Array.isArray(value) && value.length > 0 : value !== undefined;
}

/** Matches whole texts, numbers and booleans, or any item of a list. */
function parseMatch(cursor: PathCursor, operand: Operand): Condition {
  cursor.space();
  const [, source = '', flags = ''] = cursor.match(PATTERN) ?? cursor.fail('a pattern expected');
  const pattern = compilePattern(flags === '' ? source : `(?${flags})${source}`);
  const isMatch = (value: unknown, { budget }: Search): boolean => {
    const text = textOf(value);
    if (text === undefined || --budget.left < 0) return false;
    budget.left -= Math.floor(text.length / CHARACTERS_PER_VISIT);
    return pattern.matches(text);
  };
  return (current, search) => {
    const value = operand.read(current, search);
    if (!Array.isArray(value)) return isMatch(value, search);
    return value.some((item) => isMatch(item, search));
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
