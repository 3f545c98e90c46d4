// Filters of paths, `[?(@.price < 10 && @.kind == 'x')]`, as conditions of ours: compared, never evaluated as code.
import { compilePattern } from '../pattern.ts';
import type { PathCursor } from './cursor.ts';
import { ownProperty } from './own-property.ts';
import { parseSelectors } from './selectors.ts';

/** A compiled condition. */
export interface Filter {
  /** Visits that one test counts for. */
  readonly cost: number;
  /** Whether the child `current` of a document `root` is wanted. Never throws. */
  holds(current: unknown, root: unknown): boolean;
}

/** A condition counts as one visit more for each of these many characters. */
const CHARACTERS_PER_VISIT = 16;

type Condition = (current: unknown, root: unknown) => boolean;
type Operand = (current: unknown, root: unknown) => unknown;

/** How two values compare: below, at or above zero; `undefined` when they have no order. */
type Order = number | undefined;

const COMPARISONS: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => (order(left, right) ?? 0) < 0,
  '<=': (left, right) => (order(left, right) ?? 1) <= 0,
  '>': (left, right) => (order(left, right) ?? 0) > 0,
  '>=': (left, right) => (order(left, right) ?? -1) >= 0,
};

const OPERATOR = /==|!=|<=|>=|<|>/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const PATTERN = /\/((?:[^/\\]|\\.)+)\/(i?)/y;
const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

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
  return (current, root) => parts.some((part) => part(current, root));
}

function parseAll(cursor: PathCursor): Condition {
  const parts = [parseOne(cursor)];
  for (cursor.space(); cursor.take('&&'); cursor.space()) parts.push(parseOne(cursor));
  return (current, root) => parts.every((part) => part(current, root));
}

function parseOne(cursor: PathCursor): Condition {
  cursor.space();
  if (cursor.take('!')) {
    const condition = cursor.nested(() => parseOne(cursor));
    return (current, root) => !condition(current, root);
  }
  return cursor.sees('(') ? parseGroup(cursor) : parseComparison(cursor);
}

/** An operand alone asks whether it is there. */
function parseComparison(cursor: PathCursor): Condition {
  const left = parseOperand(cursor);
  cursor.space();
  if (cursor.take('=~')) return parseMatch(cursor, left);
  const compare = COMPARISONS[cursor.match(OPERATOR)?.[0] ?? ''];
  if (compare === undefined) return (current, root) => left(current, root) !== undefined;
  cursor.space();
  const right = parseOperand(cursor);
  return (current, root) => compare(left(current, root), right(current, root));
}

function parseMatch(cursor: PathCursor, operand: Operand): Condition {
  cursor.space();
  const [, source = '', flags = ''] = cursor.match(PATTERN) ?? cursor.fail('a pattern expected');
  const pattern = compilePattern(flags === 'i' ? `(?i)${source}` : source);
  return (current, root) => {
    const value = operand(current, root);
    return typeof value === 'string' && pattern.matches(value);
  };
}

function parseOperand(cursor: PathCursor): Operand {
  if (cursor.take('@')) return parsePath(cursor, 'current');
  if (cursor.take('$')) return parsePath(cursor, 'root');
  const number = cursor.match(NUMBER);
  if (number !== undefined) return constant(Number(number[0]));
  const word = cursor.match(WORD);
  if (word !== undefined) return constant(WORDS[word[0]]);
  const quoted = cursor.match(QUOTED) ?? cursor.fail('a value expected');
  return constant((quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1'));
}

function constant(value: unknown): Operand {
  return () => value;
}

/** Only plain paths: a condition must cost the same for every child. */
function parsePath(cursor: PathCursor, from: 'current' | 'root'): Operand {
  const keys = parseSelectors(cursor).map((selector) =>
    selector.kind === 'child' ? selector.key : cursor.fail('only names and indexes here'),
  );
  return (current, root) => {
    let value = from === 'current' ? current : root;
    for (const key of keys) value = ownProperty(value, key);
    return value;
  };
}

/** Numbers and texts have an order, each among themselves. */
function order(left: unknown, right: unknown): Order {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  return left < right ? -1 : left > right ? 1 : 0;
}
