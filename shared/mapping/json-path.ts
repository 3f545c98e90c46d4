// JSONPath, compiled once: plain paths become own-property reads, the rest goes to jsonpath-plus without any evaluation.
import { JSONPath } from 'jsonpath-plus';
import { DefinitionError } from '#shared/exchange/errors.ts';

/** Bounds of a path's text; each keeps one expression from costing more than its message. */
export const JSON_PATH_LIMITS = { characters: 1024, descents: 2 } as const;

/** A compiled path. */
export interface JsonPath {
  readonly text: string;
  /** Whether it names one place; others (`*`, `..`, slices, unions, filters) always give a list. */
  readonly definite: boolean;
  /** The value found, `undefined` when there is none. Never throws, never reads what JSON did not bring. */
  read(document: unknown): unknown;
}

/** How a path may be written. */
export interface JsonPathOptions {
  /** Allow filters (`[?(@.price < 10)]`), run by jsonpath-plus's own interpreter, never as code. Default: refused. */
  readonly filters?: boolean;
}

type Segment = string | number;

const NAME = /\.([^.[\]()'"*?@,:\s~^`]+)/y;
const QUOTED = /\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/y;
const INDEX = /\[\s*(-?\d{1,9})\s*\]/y;
const LENGTH = '.length()';

/** Compiles `text`, which begins with `$`. Throws `DefinitionError` with the position of what cannot be read. */
export function compileJsonPath(text: string, options: JsonPathOptions = {}): JsonPath {
  if (text.length > JSON_PATH_LIMITS.characters) {
    throw new DefinitionError(`JSONPath longer than ${JSON_PATH_LIMITS.characters} characters`);
  }
  if (!text.startsWith('$')) fail(text, 0, 'must begin with $');
  if (text.endsWith(LENGTH)) return lengthOf(text, options);
  const segments = plainSegments(text);
  if (segments !== undefined) return { text, definite: true, read: plainReader(segments) };
  checkGeneral(text, options);
  return { text, definite: false, read: (document) => search(text, document, options) };
}

/** Reads an own property or an index; nothing that a prototype brings. */
export function ownProperty(holder: unknown, key: Segment): unknown {
  if (typeof holder !== 'object' || holder === null) return undefined;
  if (!Array.isArray(holder)) {
    return Object.hasOwn(holder, key) ? (holder as Record<Segment, unknown>)[key] : undefined;
  }
  if (typeof key !== 'number') return undefined;
  return (holder as readonly unknown[]).at(key);
}

function plainSegments(text: string): Segment[] | undefined {
  const segments: Segment[] = [];
  let at = 1;
  while (at < text.length) {
    const found = segmentAt(text, at);
    if (found === undefined) return undefined;
    segments.push(found.segment);
    at = found.end;
  }
  return segments;
}

function segmentAt(text: string, at: number): { segment: Segment; end: number } | undefined {
  const name = matchAt(NAME, text, at);
  if (name !== undefined) return { segment: name[1] ?? '', end: at + name[0].length };
  const index = matchAt(INDEX, text, at);
  if (index !== undefined) return { segment: Number(index[1]), end: at + index[0].length };
  const quoted = matchAt(QUOTED, text, at);
  if (quoted === undefined) return undefined;
  const raw = quoted[1] ?? quoted[2] ?? '';
  return { segment: raw.replace(/\\(.)/g, '$1'), end: at + quoted[0].length };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function plainReader(segments: readonly Segment[]): (document: unknown) => unknown {
  const [only] = segments;
  if (only === undefined) return (document) => document;
  if (segments.length === 1) return (document) => ownProperty(document, only);
  return (document) => {
    let value = document;
    for (const segment of segments) value = ownProperty(value, segment);
    return value;
  };
}

/** Jayway's `.length()`: items of a list, members of a map, characters of a text. */
function lengthOf(text: string, options: JsonPathOptions): JsonPath {
  const inner = compileJsonPath(text.slice(0, -LENGTH.length), options);
  return { text, definite: true, read: (document) => sizeOf(inner.read(document)) };
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

/** What jsonpath-plus may get: no parent or name operators, no code, brackets closed, few recursive descents. */
function checkGeneral(text: string, options: JsonPathOptions): void {
  const filters = options.filters === true;
  const plain = text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, (quoted) =>
    '_'.repeat(quoted.length),
  );
  const wrong = /[\^~`'"\s$]/.exec(
    filters ? plain.slice(1).replace(/[\s$]/g, '_') : plain.slice(1),
  );
  if (wrong !== null) fail(text, wrong.index + 1, `unexpected ${JSON.stringify(wrong[0])}`);
  const code = plain.search(filters ? /\[\s*\(|[\w\]]\s*\(/ : /[()?@]/);
  if (code >= 0) fail(text, code, 'scripts and filters are not allowed here');
  if (/\.$|\.\[(?!\?)(?<!\.\.\[)/.test(plain)) fail(text, plain.length - 1, 'a name is missing');
  if ((plain.match(/\.\./g)?.length ?? 0) > JSON_PATH_LIMITS.descents) {
    fail(
      text,
      plain.lastIndexOf('..'),
      `more than ${JSON_PATH_LIMITS.descents} recursive descents`,
    );
  }
  checkBrackets(text, plain);
}

function checkBrackets(text: string, plain: string): void {
  let open = 0;
  for (let at = 0; at < plain.length; at++) {
    if (plain[at] === '[') open++;
    if (plain[at] === ']' && --open < 0) fail(text, at, 'unexpected "]"');
  }
  if (open > 0) fail(text, plain.length, 'a bracket is not closed');
  const empty = plain.search(/\[\s*\]/);
  if (empty >= 0) fail(text, empty, 'empty brackets');
  const glued = /\](?![.[]|$|\s|\)|[^\w])/.exec(plain);
  if (glued !== null) fail(text, glued.index + 1, 'a dot is missing');
}

function search(path: string, json: unknown, options: JsonPathOptions): unknown {
  if (typeof json !== 'object' || json === null) return [];
  try {
    const evaluation = options.filters === true ? 'safe' : false;
    return JSONPath({ path, json, eval: evaluation, wrap: true, resultType: 'value' });
  } catch {
    // Too deep for the walk, or a filter that cannot be computed: nothing was found.
    return [];
  }
}

function fail(text: string, at: number, what: string): never {
  throw new DefinitionError(`Invalid JSONPath ${JSON.stringify(text)} at position ${at}: ${what}`);
}
