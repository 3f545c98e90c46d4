// Parses what stands in parentheses of directives and methods: literals, references and operators.
import type { TemplateCursor } from './cursor.ts';
import { parseReference } from './parse-reference.ts';
import { parseNodes } from './parse.ts';
import type { BinaryOperator, Expression } from './syntax.ts';

/** Operators by precedence, weakest first; words are Velocity's alternatives. */
const LEVELS: readonly (readonly [RegExp, Readonly<Record<string, BinaryOperator>>])[] = [
  [/\|\||or\b/y, { '||': '||', or: '||' }],
  [/&&|and\b/y, { '&&': '&&', and: '&&' }],
  [/==|!=|eq\b|ne\b/y, { '==': '==', '!=': '!=', eq: '==', ne: '!=' }],
  [
    /<=|>=|<|>|le\b|ge\b|lt\b|gt\b/y,
    { '<=': '<=', '>=': '>=', '<': '<', '>': '>', le: '<=', ge: '>=', lt: '<', gt: '>' },
  ],
  [/[+-]/y, { '+': '+', '-': '-' }],
  [/[*/%]/y, { '*': '*', '/': '/', '%': '%' }],
];

/** Operands in a row, as `1 + 1 + 1`: each is one level of the tree. */
const OPERANDS = 256;

const NUMBER = /\d+(\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false)\b/y;
const NOT = /!|not\b/y;
const SINGLE = /'((?:[^']|'')*)'/y;
const DOUBLE = /"((?:[^"]|"")*)"/y;

/** Parses one expression. Throws `DefinitionError` with the position. */
export function parseExpression(cursor: TemplateCursor): Expression {
  return cursor.nested(() => parseLevel(cursor, 0));
}

/** Parses expressions up to `close`, which is consumed; commas between them may be left out only if `spaced`. */
export function parseArguments(
  cursor: TemplateCursor,
  close: string,
  options: { readonly spaced?: boolean } = {},
): Expression[] {
  const args: Expression[] = [];
  for (;;) {
    cursor.space();
    if (cursor.take(close)) return args;
    if (args.length > 0 && !cursor.take(',') && options.spaced !== true) {
      cursor.fail(`"," or ${JSON.stringify(close)} expected`);
    }
    cursor.space();
    args.push(parseExpression(cursor));
  }
}

function parseLevel(cursor: TemplateCursor, level: number): Expression {
  const row = LEVELS[level];
  if (row === undefined) return parseUnary(cursor);
  const [pattern, names] = row;
  let left = parseLevel(cursor, level + 1);
  for (let operands = 1; ; operands++) {
    if (operands > OPERANDS) cursor.fail(`more than ${OPERANDS} operands in a row`);
    cursor.space();
    const operator = names[cursor.match(pattern)?.[0] ?? ''];
    if (operator === undefined) return left;
    const right = parseLevel(cursor, level + 1);
    left = { kind: 'binary', operator, left, right };
  }
}

function parseUnary(cursor: TemplateCursor): Expression {
  cursor.space();
  if (cursor.match(NOT) !== undefined) {
    return { kind: 'not', operand: cursor.nested(() => parseUnary(cursor)) };
  }
  if (cursor.take('-')) {
    return { kind: 'negative', operand: cursor.nested(() => parseUnary(cursor)) };
  }
  return parsePrimary(cursor);
}

function parsePrimary(cursor: TemplateCursor): Expression {
  if (cursor.take('(')) {
    const inner = parseExpression(cursor);
    cursor.expect(')');
    return inner;
  }
  if (cursor.take('[')) return parseList(cursor);
  if (cursor.take('{')) return parseMap(cursor);
  const literal = parseLiteral(cursor);
  if (literal !== undefined) return literal;
  const reference = parseReference(cursor);
  return reference ? { kind: 'reference', reference } : cursor.fail('a value expected');
}

function parseLiteral(cursor: TemplateCursor): Expression | undefined {
  const number = cursor.match(NUMBER);
  if (number !== undefined) {
    const value = Number(number[0]);
    return /^\d+$/.test(number[0]) ? { kind: 'literal', value } : { kind: 'decimal', value };
  }
  const word = cursor.match(WORD);
  if (word !== undefined) return { kind: 'literal', value: word[0] === 'true' };
  const single = cursor.match(SINGLE);
  if (single !== undefined) {
    return { kind: 'literal', value: (single[1] ?? '').replaceAll("''", "'") };
  }
  const double = cursor.match(DOUBLE);
  return double && parseInterpolated(cursor, (double[1] ?? '').replaceAll('""', '"'));
}

/** Double-quoted text is a template of its own. */
function parseInterpolated(cursor: TemplateCursor, text: string): Expression {
  if (!/[$#\\]/.test(text)) return { kind: 'literal', value: text };
  const nodes = cursor.nested(() => parseNodes(cursor.within(text)));
  const [only] = nodes;
  if (nodes.length === 1 && only?.kind === 'text') return { kind: 'literal', value: only.text };
  return { kind: 'text', nodes };
}

function parseList(cursor: TemplateCursor): Expression {
  cursor.space();
  if (cursor.take(']')) return { kind: 'list', items: [] };
  const first = parseExpression(cursor);
  cursor.space();
  if (cursor.take('..')) {
    const to = parseExpression(cursor);
    cursor.expect(']');
    return { kind: 'range', from: first, to };
  }
  if (cursor.take(']')) return { kind: 'list', items: [first] };
  if (!cursor.take(',')) cursor.fail('"," or "]" expected');
  return { kind: 'list', items: [first, ...parseArguments(cursor, ']')] };
}

function parseMap(cursor: TemplateCursor): Expression {
  const entries: [Expression, Expression][] = [];
  for (;;) {
    cursor.space();
    if (cursor.take('}')) return { kind: 'map', entries };
    if (entries.length > 0 && !cursor.take(',')) cursor.fail('"," or "}" expected');
    const key = parseExpression(cursor);
    cursor.expect(':');
    entries.push([key, parseExpression(cursor)]);
  }
}
