// Fuzz of templates against documents: tokens at random, and well-formed statements at random.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compileTemplate, TEMPLATE_LIMITS, TemplateError } from '#shared/mapping/vtl/template.ts';
import { testMessage } from '../../../support/exchange.ts';
import { fuzz, type Next } from '../../../support/fuzz.ts';

const TOKENS = [
  ...['$', '$!', '${', '}', '#set(', '#if(', '#elseif(', '#else', '#end', '#foreach($i in '],
  ...['#macro(m', '#m(', '#stop', '#break', '##', '#*', '*#', ')', '[', ']', '{', ':', ',', '..'],
  ...['#define($d)', '#evaluate(', '#@m(', '#literal()', '#break(', '$d', '$bodyContent'],
  ...['"', "'", '\\', '$x', '$x = ', '$input.path("$.a")', '$input.json("$..*")', '[1..3]'],
  ...['$util.parseJson($input.body)', '.get(0)', '.put("a", $x)', '.split("",', '.substring('],
  ...[' 1 ', ' + ', ' == ', ' && ', 'not ', '-', ' ', '\n', 'text', '$context.identity'],
];
const LEAVES = [
  ...['1', '0', '2.5', '-3', '"t"', "'a,b'", 'true', '$x', '$y', '$none', '[]', '{}', '[1..4]'],
  ...['$input.body', '$input.path("$.a")', '$input.path("$..b")', '$context.stage', '"$x-$y"'],
];
const OPERATORS = ['+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||'];
const METHODS = [
  ...['size()', 'get(0)', 'get("a")', 'put("a", $y)', 'add($y)', 'addAll($y)', 'remove(0)'],
  ...['keySet()', 'entrySet()', 'values()', 'isEmpty()', 'contains($y)', 'split(",")', 'length()'],
  ...['substring(1)', 'substring(0, 2)', 'replaceAll("[a-z]", "$1")', 'replace("a", $y)', 'trim()'],
  ...['toUpperCase()', 'matches("(")', 'indexOf("b")', 'subList(0, 1)', 'set(0, $x)', 'toString()'],
  ...[
    'iterator()',
    'hashCode()',
    'format("%5.1f|%s|%x", $y, $x, 3)',
    'join(",", $y)',
    'sort($none)',
  ],
  ...[
    'retainAll($y)',
    'replace("a", $y)',
    'putIfAbsent("b", $x)',
    'codePointAt(0)',
    'toCharArray()',
  ],
  ...['equals($y)', 'parseInt("7")', 'nothing($x)', 'charAt(0)', 'compareTo("b")', 'clear()'],
];
const LIMITS = { ...TEMPLATE_LIMITS, steps: 20_000, output: 10_000 };
const BODY = '{"a":[1,{"b":null}],"b":"text"}';

const pick = (next: Next, from: readonly string[]): string => from[next(from.length)] ?? '';

function tokens(next: Next): string {
  let template = '';
  for (let count = next(14); count >= 0; count--) template += pick(next, TOKENS);
  return template;
}

function expression(next: Next, depth: number): string {
  if (depth === 0 || next(3) === 0) return pick(next, LEAVES);
  const inner = (): string => expression(next, depth - 1);
  switch (next(5)) {
    case 0:
      return `(${inner()} ${pick(next, OPERATORS)} ${inner()})`;
    case 1:
      return `[${inner()}, ${inner()}]`;
    case 2:
      return `{"k": ${inner()}, "l": ${inner()}}`;
    case 3:
      return `!${inner()}`;
    default:
      return `$${pick(next, ['x', 'y', 'x[0]', 'y.k'])}.${pick(next, METHODS)}`;
  }
}

function statements(next: Next, depth: number): string {
  let text = '';
  for (let count = next(4); count >= 0; count--) text += statement(next, depth);
  return text;
}

function statement(next: Next, depth: number): string {
  const value = (): string => expression(next, 2);
  const name = pick(next, ['x', 'y', 'x.k', 'y[0]']);
  if (depth === 0 || next(2) === 0) return `#set($${name} = ${value()})`;
  const body = (): string => statements(next, depth - 1);
  switch (next(7)) {
    case 4:
      return `#define($y)${body()}#end$y`;
    case 5:
      return `#evaluate(${value()})`;
    case 6:
      return `#macro(m $x)$x$!bodyContent#end#@m(${value()})${body()}#end`;
    case 0:
      return `#if(${value()})${body()}#else ${body()}#end`;
    case 1:
      return `#foreach($y in ${value()})${body()}$foreach.count #end`;
    case 2:
      return `$x ${pick(next, ['$!y', '$y.k', '$x[0]', '$none', '$input.json("$.a")'])}`;
    default:
      return `#set($y = ${value()})$y`;
  }
}

test.each<[string, (next: Next) => string, (keyof ReturnType<typeof outcomes>)[]]>([
  ['tokens', tokens, ['rendered', 'refused']],
  ['statements', (next) => statements(next, 3), ['rendered', 'failed']],
])(
  '%s at random are refused, fail as a TemplateError, or render; nothing else',
  async (_, make, seen) => {
    const counts = outcomes();
    await fuzz(3000, (next) => void counts[outcomeOf(make(next))]++);
    if (process.env['FUZZ_ROUNDS'] !== undefined) return;
    for (const outcome of seen) expect(counts[outcome]).toBeGreaterThan(100);
  },
);

const outcomes = () => ({ refused: 0, failed: 0, rendered: 0 });

function outcomeOf(template: string): keyof ReturnType<typeof outcomes> {
  const exchange = testMessage(BODY);
  try {
    const text = compileTemplate(template, LIMITS).render({
      exchange,
      body: exchange.request.body,
    });
    expect(text.length).toBeLessThanOrEqual(LIMITS.output);
    return 'rendered';
  } catch (error) {
    if (error instanceof DefinitionError) return 'refused';
    if (error instanceof TemplateError) return 'failed';
    throw new Error(`template ${JSON.stringify(template)}`, { cause: error });
  }
}
