// JSONPath, compiled once: plain paths become own-property reads, the rest selectors of ours that count what they visit.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { ownProperty } from './own-property.ts';
import { PathCursor } from './cursor.ts';
import { parsePath, readKeys, type Reader, type VisitBudget } from './reader.ts';

export { ownProperty } from './own-property.ts';
export type { VisitBudget } from './reader.ts';

/** Bounds of one path; they keep one expression from costing more than its message. */
export const JSON_PATH_LIMITS = {
  /** Length of the path's text. */
  characters: 1024,
  /** Values visited by one read; beyond it nothing is found. */
  visits: 500_000,
} as const;

/** A compiled path. */
export interface JsonPath {
  readonly text: string;
  /** Whether it names one place; others (`*`, `..`, slices, unions but of names at the end, filters) always give a list. */
  readonly definite: boolean;
  /** Whether a number it finds is a double in Java, which prints 2 as `2.0`: that of `max()` and its like. */
  readonly isDouble: boolean;
  /**
   * The value found, `undefined` when there is none. Never throws, never reads what JSON did not bring. Takes what it
   * visits from `budget`; one that ends below zero has found nothing.
   */
  read(document: unknown, budget?: VisitBudget): unknown;
}

/** How a path may be written. */
export interface JsonPathOptions {
  /** Allow filters (`[?(@.price < 10)]`) and functions beside `length()`. Default: refused. */
  readonly filters?: boolean;
}

/** Compiles `text`, which begins with `$`. Throws `DefinitionError` with the position of what cannot be read. */
export function compileJsonPath(text: string, options: JsonPathOptions = {}): JsonPath {
  if (text.length > JSON_PATH_LIMITS.characters) {
    throw new DefinitionError(`JSONPath longer than ${JSON_PATH_LIMITS.characters} characters`);
  }
  const cursor = new PathCursor(text, options.filters === true);
  if (!cursor.take('$')) cursor.fail('must begin with $');
  const { keys, definite, isDouble, read } = parsePath(cursor);
  if (!cursor.done) cursor.fail(`unexpected ${JSON.stringify(text[cursor.at])}`);
  return { text, definite, isDouble, read: keys ? plainReader(keys) : counting(read) };
}

function plainReader(keys: readonly (string | number)[]): (document: unknown) => unknown {
  const [only] = keys;
  if (only === undefined) return (document) => document;
  if (keys.length === 1) return (document) => ownProperty(document, only);
  return (document) => readKeys(keys, document);
}

function counting(read: Reader): JsonPath['read'] {
  return (document, budget = { left: JSON_PATH_LIMITS.visits }) =>
    read(document, { root: document, budget });
}
