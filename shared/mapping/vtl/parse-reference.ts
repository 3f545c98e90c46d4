// Parses references: `$x`, `${x}`, `$!x`, `$!{x}`, with properties, methods and indexes behind them.
import type { TemplateCursor } from './cursor.ts';
import { parseArguments } from './parse-expression.ts';
import type { Accessor, Expression, Reference } from './syntax.ts';

const OPEN = /\$(!?)(\{?)(?=[A-Za-z_])/y;
const PROPERTY = /\.([A-Za-z_][\w-]*)/y;
const LITERAL_INDEX = /\[\s*(?:(-?\d{1,9})|'([^'\n]*)'|"([^"\n$]*)")\s*\]/y;
const VARIABLE_INDEX = /\[\s*(?=\$)/y;

/** The reference that begins here; `undefined`, with nothing consumed, when the dollar sign is mere text. */
export function parseReference(cursor: TemplateCursor): Reference | undefined {
  const start = cursor.at;
  const open = cursor.match(OPEN);
  if (open === undefined) return undefined;
  const name = cursor.identifier() ?? '';
  const path = cursor.nested(() => parsePath(cursor));
  if (open[2] === '{' && !cursor.take('}')) cursor.fail('"}" expected');
  return { source: cursor.text.slice(start, cursor.at), quiet: open[1] === '!', name, path };
}

function parsePath(cursor: TemplateCursor): Accessor[] {
  const path: Accessor[] = [];
  for (;;) {
    const accessor = cursor.sees('[') ? parseIndex(cursor) : parseMember(cursor);
    if (accessor === undefined) return path;
    path.push(accessor);
  }
}

function parseMember(cursor: TemplateCursor): Accessor | undefined {
  const name = cursor.match(PROPERTY)?.[1];
  if (name === undefined) return undefined;
  if (!cursor.take('(')) return { kind: 'property', name };
  return { kind: 'method', name, args: parseArguments(cursor, ')') };
}

/** A bracket that holds no index belongs to the text behind the reference: `$x[abc]`. */
function parseIndex(cursor: TemplateCursor): Accessor | undefined {
  const start = cursor.at;
  const index = parseLiteralIndex(cursor) ?? parseVariableIndex(cursor);
  if (index !== undefined) return { kind: 'index', index };
  cursor.at = start;
  return undefined;
}

function parseLiteralIndex(cursor: TemplateCursor): Expression | undefined {
  const found = cursor.match(LITERAL_INDEX);
  if (found === undefined) return undefined;
  const [, number, single, double] = found;
  const value = number === undefined ? (single ?? double ?? '') : Number(number);
  return { kind: 'literal', value };
}

function parseVariableIndex(cursor: TemplateCursor): Expression | undefined {
  if (cursor.match(VARIABLE_INDEX) === undefined) return undefined;
  const reference = parseReference(cursor);
  cursor.space();
  return reference && cursor.take(']') ? { kind: 'reference', reference } : undefined;
}
