// Parses a template's text and directives to a syntax tree (Velocity 1.x as API Gateway's templates use it).
import { DefinitionError } from '#shared/exchange/errors.ts';
import { macroNames, TemplateCursor } from './cursor.ts';
import type { TemplateLimits } from './limits.ts';
import { parseArguments, parseExpression } from './parse-expression.ts';
import { parseReference } from './parse-reference.ts';
import type { Branch, Node } from './syntax.ts';

const PLAIN = /[^$#\\]+/y;
const BACKSLASHES = /\\+/y;
const DIRECTIVE_NAME = /#(?:\{([A-Za-z_][\w-]*)\}|([A-Za-z_][\w-]*))/y;
/** A call with a block, `#@name(`. */
const BLOCK_CALL = /#(?:@\{([A-Za-z_][\w-]*)\}|\{@([A-Za-z_][\w-]*)\}|@([A-Za-z_][\w-]*))[ \t]*\(/y;
const BREAK_SCOPE = /[ \t]*\([ \t]*(?=\$)/y;
const LINE_COMMENT = /##[^\n]*\n?/y;
const BLOCK_COMMENT = /#\*[\s\S]*?\*#/y;
const RAW = /#\[\[([\s\S]*?)\]\]#/y;
const LINE_END = /[ \t]*\r?\n/y;
const NAME_IN_LOOP = /\$!?(?:\{([A-Za-z_][\w-]*)\}|([A-Za-z_][\w-]*))/y;

/** Directives that end the block they stand in. */
const ENDS: ReadonlySet<string> = new Set(['end', 'else', 'elseif']);
/** They read files, and templates have none. */
const REFUSED: ReadonlySet<string> = new Set(['include', 'parse']);
const KNOWN: ReadonlySet<string> = new Set([
  ...ENDS,
  ...REFUSED,
  ...['set', 'if', 'foreach', 'macro', 'break', 'stop', 'define', 'evaluate', 'literal'],
]);

/** Parses `text`, which may call `macros` beside its own. Throws `DefinitionError` with line and column. */
export function parseTemplate(
  text: string,
  limits: TemplateLimits,
  macros: Iterable<string> = [],
): Node[] {
  if (text.length > limits.characters) {
    throw new DefinitionError(`template longer than ${limits.characters} characters`);
  }
  return parseNodes(new TemplateCursor(text, limits, new Set([...macros, ...macroNames(text)])));
}

/** Parses all that is left. */
export function parseNodes(cursor: TemplateCursor): Node[] {
  const nodes = parseBlock(cursor);
  if (!cursor.done) cursor.fail('a directive that closes or continues no block');
  return nodes;
}

/** Parses up to `#end`, `#else` or `#elseif`, which are left to the caller, or the end of the text. */
function parseBlock(cursor: TemplateCursor): Node[] {
  const nodes: Node[] = [];
  while (!cursor.done) {
    if (ENDS.has(peekDirective(cursor) ?? '')) break;
    const node = parseNode(cursor);
    if (node === undefined) continue;
    const last = nodes.at(-1);
    if (node.kind === 'text' && last?.kind === 'text') {
      nodes[nodes.length - 1] = { kind: 'text', text: last.text + node.text };
    } else {
      nodes.push(node);
    }
  }
  return nodes;
}

function parseNode(cursor: TemplateCursor): Node | undefined {
  const plain = cursor.match(PLAIN);
  if (plain !== undefined) return { kind: 'text', text: plain[0] };
  if (cursor.sees('\\')) return parseEscape(cursor);
  if (cursor.sees('$')) return parsePrint(cursor, 0);
  if (cursor.match(LINE_COMMENT) ?? cursor.match(BLOCK_COMMENT)) return undefined;
  const raw = cursor.match(RAW);
  if (raw !== undefined) return { kind: 'text', text: raw[1] ?? '' };
  if (cursor.sees('#*')) cursor.fail('#* without *#');
  if (cursor.sees('#[[')) cursor.fail('#[[ without ]]#');
  return parseBlockCall(cursor) ?? parseDirective(cursor);
}

function parseBlockCall(cursor: TemplateCursor): Node | undefined {
  const start = cursor.at;
  const found = cursor.match(BLOCK_CALL);
  if (found === undefined) return undefined;
  const name = found[1] ?? found[2] ?? found[3] ?? '';
  return cursor.nested(() => {
    const args = parseArguments(cursor, ')', { spaced: true });
    cursor.match(LINE_END);
    const nodes = parseBlock(cursor);
    closeBlock(cursor, `@${name}`);
    return {
      kind: 'call',
      name,
      args,
      block: { nodes, source: cursor.text.slice(start, cursor.at) },
    };
  });
}

function parsePrint(cursor: TemplateCursor, backslashes: number): Node {
  const reference = parseReference(cursor);
  if (reference !== undefined) return { kind: 'print', reference, backslashes };
  cursor.take('$');
  return { kind: 'text', text: `${'\\'.repeat(backslashes)}$` };
}

/** Backslashes before a reference are the compiler's business; before a directive every second one escapes. */
function parseEscape(cursor: TemplateCursor): Node | undefined {
  const count = cursor.match(BACKSLASHES)?.[0].length ?? 0;
  if (cursor.sees('$')) return parsePrint(cursor, count);
  const name = peekDirective(cursor);
  if (name === undefined || !isDirective(cursor, name)) {
    return { kind: 'text', text: '\\'.repeat(count) };
  }
  const shown = '\\'.repeat(Math.floor(count / 2));
  const escaped = count % 2 === 1 ? (cursor.match(DIRECTIVE_NAME)?.[0] ?? '') : '';
  return { kind: 'text', text: shown + escaped };
}

function isDirective(cursor: TemplateCursor, name: string): boolean {
  return KNOWN.has(name) || cursor.macros.has(name);
}

function peekDirective(cursor: TemplateCursor): string | undefined {
  const start = cursor.at;
  const found = cursor.match(DIRECTIVE_NAME);
  cursor.at = start;
  return found?.[1] ?? found?.[2];
}

function parseDirective(cursor: TemplateCursor): Node {
  const name = peekDirective(cursor);
  if (name === undefined || !isDirective(cursor, name)) {
    cursor.take('#');
    return { kind: 'text', text: '#' };
  }
  if (REFUSED.has(name)) cursor.fail(`#${name} is not supported: templates have no files`);
  cursor.match(DIRECTIVE_NAME);
  return cursor.nested(() => parseNamed(cursor, name));
}

function parseNamed(cursor: TemplateCursor, name: string): Node {
  switch (name) {
    case 'set':
      return parseSet(cursor);
    case 'if':
      return parseIf(cursor);
    case 'foreach':
      return parseForeach(cursor);
    case 'macro':
      return parseMacro(cursor);
    case 'define':
      return parseDefine(cursor);
    case 'evaluate':
      return parseEvaluate(cursor);
    case 'literal':
      return parseLiteralText(cursor);
    case 'break':
      return parseBreak(cursor);
    case 'stop':
      return { kind: 'stop' };
    default:
      cursor.expect('(');
      return { kind: 'call', name, args: parseArguments(cursor, ')', { spaced: true }) };
  }
}

function parseSet(cursor: TemplateCursor): Node {
  cursor.expect('(');
  cursor.space();
  const target = parseReference(cursor) ?? cursor.fail('a variable expected');
  if (target.path.at(-1)?.kind === 'method') cursor.fail('a method cannot be set');
  cursor.expect('=');
  const value = parseExpression(cursor);
  cursor.expect(')');
  cursor.match(LINE_END);
  return { kind: 'set', target, value };
}

function parseIf(cursor: TemplateCursor): Node {
  const branches: Branch[] = [parseBranch(cursor)];
  for (;;) {
    const next = peekDirective(cursor);
    cursor.match(DIRECTIVE_NAME);
    if (next === 'elseif') {
      branches.push(parseBranch(cursor));
    } else if (next === 'else') {
      cursor.match(LINE_END);
      branches.push({ body: parseBlock(cursor) });
      closeBlock(cursor, 'if');
      return { kind: 'if', branches };
    } else {
      if (next !== 'end') cursor.fail('#if without #end');
      cursor.match(LINE_END);
      return { kind: 'if', branches };
    }
  }
}

function parseBranch(cursor: TemplateCursor): Branch {
  cursor.expect('(');
  const condition = parseExpression(cursor);
  cursor.expect(')');
  cursor.match(LINE_END);
  return { condition, body: parseBlock(cursor) };
}

function parseForeach(cursor: TemplateCursor): Node {
  cursor.expect('(');
  cursor.space();
  const variable = cursor.match(NAME_IN_LOOP) ?? cursor.fail('a variable expected');
  cursor.expect('in');
  const source = parseExpression(cursor);
  cursor.expect(')');
  cursor.match(LINE_END);
  const body = parseBlock(cursor);
  closeBlock(cursor, 'foreach');
  return { kind: 'foreach', variable: variable[1] ?? variable[2] ?? '', source, body };
}

function parseMacro(cursor: TemplateCursor): Node {
  cursor.expect('(');
  cursor.space();
  const name = cursor.identifier() ?? cursor.fail('a name expected');
  const parameters: string[] = [];
  for (;;) {
    cursor.space();
    cursor.take(',');
    cursor.space();
    if (cursor.take(')')) break;
    const found = cursor.match(NAME_IN_LOOP) ?? cursor.fail('a parameter or ")" expected');
    parameters.push(found[1] ?? found[2] ?? '');
  }
  cursor.match(LINE_END);
  const body = parseBlock(cursor);
  closeBlock(cursor, 'macro');
  return { kind: 'macro', name, parameters, body };
}

function parseDefine(cursor: TemplateCursor): Node {
  cursor.expect('(');
  cursor.space();
  const variable = cursor.match(NAME_IN_LOOP) ?? cursor.fail('a variable expected');
  cursor.expect(')');
  cursor.match(LINE_END);
  const body = parseBlock(cursor);
  closeBlock(cursor, 'define');
  return { kind: 'define', name: variable[1] ?? variable[2] ?? '', body };
}

function parseEvaluate(cursor: TemplateCursor): Node {
  cursor.expect('(');
  const source = parseExpression(cursor);
  cursor.expect(')');
  cursor.match(LINE_END);
  return { kind: 'evaluate', source };
}

/** What it encloses must be a template too, which says where its `#end` is, but prints as written. */
function parseLiteralText(cursor: TemplateCursor): Node {
  cursor.expect('(');
  cursor.expect(')');
  const start = cursor.at;
  parseBlock(cursor);
  const text = cursor.text.slice(start, cursor.at);
  closeBlock(cursor, 'literal');
  return { kind: 'text', text };
}

function parseBreak(cursor: TemplateCursor): Node {
  if (cursor.match(BREAK_SCOPE) === undefined) return { kind: 'break' };
  const scope = parseExpression(cursor);
  cursor.expect(')');
  return { kind: 'break', scope };
}

function closeBlock(cursor: TemplateCursor, name: string): void {
  if (peekDirective(cursor) !== 'end') cursor.fail(`#${name} without #end`);
  cursor.match(DIRECTIVE_NAME);
  cursor.match(LINE_END);
}
