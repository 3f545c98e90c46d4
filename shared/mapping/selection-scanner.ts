// Splits a selection expression into literal text and variable names, following braces, brackets, quotes and `\$`.
import { DefinitionError } from '#shared/exchange/errors.ts';

/** A stretch of an expression: a variable's name without `$` and braces, or literal text. */
export type Token =
  | { readonly at: number; readonly variable: string; readonly literal?: never }
  | { readonly at: number; readonly literal: string; readonly variable?: never };

const BARE_NAME = /[A-Za-z_][\w-]*/y;
/** What may follow in an unbraced variable: `.name`, `..name`, `.*` or a bracket. A dot before anything else is text. */
const BARE_NEXT = /\.{1,2}(?:[\w-]+|\*)/y;

/** A bare `$default`, which people write where AWS's own samples have `\\$default`; no variable has that name. */
const BARE_DEFAULT = '$default';

/** Tokens of `text`, neighbours of literal text joined. Throws `DefinitionError` with the position of an open brace or quote. */
export function scan(text: string): Token[] {
  if (text === BARE_DEFAULT) return [{ at: 0, literal: text }];
  const tokens: Token[] = [];
  let literal = '';
  let literalAt = 0;
  let at = 0;
  const flush = (): void => {
    if (literal !== '') tokens.push({ at: literalAt, literal });
    literal = '';
  };
  while (at < text.length) {
    if (text[at] === '$') {
      flush();
      const { variable, end } = variableAt(text, at);
      tokens.push({ at, variable });
      at = end;
      continue;
    }
    if (literal === '') literalAt = at;
    const escaped = text[at] === '\\' && isEscapable(text[at + 1]);
    literal += text[escaped ? at + 1 : at] ?? '';
    at += escaped ? 2 : 1;
  }
  flush();
  return tokens;
}

function isEscapable(character: string | undefined): boolean {
  return character === '$' || character === '\\';
}

function variableAt(text: string, at: number): { variable: string; end: number } {
  return text[at + 1] === '{' ? braced(text, at) : bare(text, at);
}

function braced(text: string, at: number): { variable: string; end: number } {
  const start = at + 2;
  for (let end = start; end < text.length; end++) {
    const character = text[end];
    if (character === '[') end = bracketEnd(text, end) - 1;
    if (character === '}') {
      const variable = text.slice(start, end).trim();
      if (variable === '') fail(text, at, 'a variable has no name');
      return { variable, end: end + 1 };
    }
  }
  return fail(text, at, 'a brace is not closed');
}

function bare(text: string, at: number): { variable: string; end: number } {
  let end = endOf(BARE_NAME, text, at + 1);
  if (end === undefined)
    return fail(text, at, 'a variable has no name; write \\$ for a dollar sign');
  for (;;) {
    const next: number | undefined =
      text[end] === '[' ? bracketEnd(text, end) : endOf(BARE_NEXT, text, end);
    if (next === undefined) return { variable: text.slice(at + 1, end), end };
    end = next;
  }
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Position after the bracket that closes the one at `at`; brackets in quotes do not count. */
function bracketEnd(text: string, at: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let end = at; end < text.length; end++) {
    const character = text[end];
    if (quote !== undefined) {
      if (character === '\\') end++;
      else if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '[') {
      depth++;
    } else if (character === ']' && --depth === 0) {
      return end + 1;
    }
  }
  return fail(text, at, 'a bracket or quote is not closed');
}

function fail(text: string, at: number, what: string): never {
  throw new DefinitionError(
    `Invalid selection expression ${JSON.stringify(text)} at position ${at}: ${what}`,
  );
}
