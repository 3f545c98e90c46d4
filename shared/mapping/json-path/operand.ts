// Values in filters and in arguments of functions: paths, and constants in JSON's spelling, quotes single or double.
import type { PathCursor } from './cursor.ts';
import { parsePath, type Reader } from './reader.ts';

/** A value that is computed for each child of a search. */
export interface Operand {
  readonly read: Reader;
  /** Whether it is a path that gives a list of what it finds. */
  readonly isSearch: boolean;
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false|null)(?![\w-])/y;
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

/** Parses one value. Throws `DefinitionError` with the position. */
export function parseOperand(cursor: PathCursor): Operand {
  if (cursor.take('@')) return pathOperand(cursor);
  if (cursor.take('$')) {
    const { read, isSearch } = pathOperand(cursor);
    return { read: (_current, search) => read(search.root, search), isSearch };
  }
  const value = parseConstant(cursor);
  return { read: () => value, isSearch: false };
}

function pathOperand(cursor: PathCursor): Operand {
  const { read, definite } = cursor.inCondition(() => parsePath(cursor));
  return { read, isSearch: !definite };
}

function parseConstant(cursor: PathCursor): unknown {
  const number = cursor.match(NUMBER);
  if (number !== undefined) return Number(number[0]);
  const word = cursor.match(WORD);
  if (word !== undefined) return WORDS[word[0]];
  if (cursor.take('[')) return cursor.nested(() => parseList(cursor));
  if (cursor.take('{')) return cursor.nested(() => parseMap(cursor));
  return parseText(cursor) ?? cursor.fail('a value expected');
}

function parseText(cursor: PathCursor): string | undefined {
  const quoted = cursor.match(QUOTED);
  return quoted && (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
}

function parseList(cursor: PathCursor): unknown[] {
  const items: unknown[] = [];
  for (cursor.space(); !cursor.take(']'); cursor.space()) {
    if (items.length > 0) cursor.expect(',');
    cursor.space();
    items.push(parseConstant(cursor));
  }
  return items;
}

function parseMap(cursor: PathCursor): unknown {
  const entries: [string, unknown][] = [];
  for (cursor.space(); !cursor.take('}'); cursor.space()) {
    if (entries.length > 0) cursor.expect(',');
    cursor.space();
    const key = parseText(cursor) ?? cursor.fail('a name expected');
    cursor.expect(':');
    cursor.space();
    entries.push([key, parseConstant(cursor)]);
  }
  return Object.fromEntries(entries);
}
