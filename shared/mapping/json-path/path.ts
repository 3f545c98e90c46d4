// JSONPath, compiled once: plain paths become own-property reads, the rest selectors of ours that count what they visit.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { ownProperty } from './own-property.ts';
import { PathCursor } from './cursor.ts';
import { parseSelectors, select, type Selector } from './selectors.ts';

export { ownProperty } from './own-property.ts';

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
  /** Whether it names one place; others (`*`, `..`, slices, unions, filters) always give a list. */
  readonly definite: boolean;
  /**
   * The value found, `undefined` when there is none. Never throws, never reads what JSON did not bring. Takes what it
   * visits from `budget`; one that ends below zero has found nothing.
   */
  read(document: unknown, budget?: VisitBudget): unknown;
}

/** Values that reads may still visit; plain paths take nothing. */
export interface VisitBudget {
  left: number;
}

/** How a path may be written. */
export interface JsonPathOptions {
  /** Allow filters (`[?(@.price < 10)]`). Default: refused. */
  readonly filters?: boolean;
}

const LENGTH = '.length()';

/** Compiles `text`, which begins with `$`. Throws `DefinitionError` with the position of what cannot be read. */
export function compileJsonPath(text: string, options: JsonPathOptions = {}): JsonPath {
  if (text.length > JSON_PATH_LIMITS.characters) {
    throw new DefinitionError(`JSONPath longer than ${JSON_PATH_LIMITS.characters} characters`);
  }
  if (text.endsWith(LENGTH)) return lengthOf(text, options);
  const cursor = new PathCursor(text, options.filters === true);
  if (!cursor.take('$')) cursor.fail('must begin with $');
  const selectors = parseSelectors(cursor);
  if (!cursor.done) cursor.fail(`unexpected ${JSON.stringify(text[cursor.at])}`);
  const keys = selectors.flatMap((selector) => (selector.kind === 'child' ? [selector.key] : []));
  if (keys.length === selectors.length) return { text, definite: true, read: plainReader(keys) };
  return { text, definite: false, read: (document, budget) => search(selectors, document, budget) };
}

function plainReader(keys: readonly (string | number)[]): (document: unknown) => unknown {
  const [only] = keys;
  if (only === undefined) return (document) => document;
  if (keys.length === 1) return (document) => ownProperty(document, only);
  return (document) => {
    let value = document;
    for (const key of keys) value = ownProperty(value, key);
    return value;
  };
}

function search(
  selectors: readonly Selector[],
  document: unknown,
  budget: VisitBudget = { left: JSON_PATH_LIMITS.visits },
): unknown[] {
  let found: unknown[] = [document];
  for (const selector of selectors) {
    found = select(selector, found, { root: document, budget });
    if (budget.left < 0) return [];
  }
  return found;
}

/** Jayway's `.length()`: items of a list, members of a map, characters of a text. */
function lengthOf(text: string, options: JsonPathOptions): JsonPath {
  const inner = compileJsonPath(text.slice(0, -LENGTH.length), options);
  return { text, definite: true, read: (document, budget) => sizeOf(inner.read(document, budget)) };
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}
