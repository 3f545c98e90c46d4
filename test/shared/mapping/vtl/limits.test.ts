// The bounds of templates, each at its limit and over it.
import { expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import {
  compileTemplate,
  TEMPLATE_LIMITS,
  TemplateError,
  type TemplateLimits,
} from '#shared/mapping/vtl/template.ts';
import { testMessage } from '../../../support/exchange.ts';

function render(template: string, limits: Partial<TemplateLimits> = {}, body = '{}'): string {
  const exchange = testMessage(body);
  const compiled = compileTemplate(template, { ...TEMPLATE_LIMITS, ...limits });
  return compiled.render({ exchange, body: exchange.request.body });
}

test('AWS’s numbers are the defaults', () => {
  expect(TEMPLATE_LIMITS.characters).toBe(300 * 1024);
  expect(TEMPLATE_LIMITS.iterations).toBe(1000);
});

test('length of the template', () => {
  expect(render('abcd', { characters: 4 })).toBe('abcd');
  expect(() => render('abcde', { characters: 4 })).toThrow(DefinitionError);
});

test('turns of a loop', () => {
  expect(render('#foreach($i in [1..3])$i#end', { iterations: 3 })).toBe('123');
  expect(() => render('#foreach($i in [1..4])$i#end', { iterations: 3 })).toThrow(
    '#foreach over more than 3 items',
  );
});

test('length of the output', () => {
  expect(render('$input.body$input.body', { output: 4 })).toBe('{}{}');
  expect(() => render('$input.body$input.body!', { output: 4 })).toThrow('longer than 4');
});

test('length of a text on the way', () => {
  const double = (times: number): string => `#set($x = "ab")${'#set($x = $x + $x)'.repeat(times)}.`;
  expect(render(double(2), { output: 8 })).toBe('.');
  expect(() => render(double(3), { output: 8 })).toThrow('longer than 8');
});

test('steps', () => {
  const template = '#foreach($i in [1..10])#foreach($j in [1..10])x#end#end';
  expect(render(template, { steps: 400 })).toBe('x'.repeat(100));
  expect(() => render(template, { steps: 200 })).toThrow('more than 200 steps');
});

test('nesting of blocks, brackets and macros', () => {
  const lists = (depth: number): string => `#set($x = ${'['.repeat(depth)}${']'.repeat(depth)})`;
  expect(render(lists(50))).toBe('');
  expect(() => render(lists(70))).toThrow(DefinitionError);
  const blocks = (depth: number): string => `${'#if(true)'.repeat(depth)}x${'#end'.repeat(depth)}`;
  expect(render(blocks(30))).toBe('x');
  expect(() => render(blocks(70))).toThrow('nested deeper than 64 levels');
  expect(() => render('#macro(m)#m()#end#m()')).toThrow('macros and blocks are nested deeper');
});

test('operands in a row', () => {
  const sum = (operands: number): string => `#set($x = ${'1+'.repeat(operands - 1)}1)$x`;
  expect(render(sum(256))).toBe('256');
  expect(() => render(sum(257))).toThrow('more than 256 operands');
});

test.each(['#*', '#[[', '$x[', "$x['", '$x[$', '${', '#if(', '"', '\\\\', '$!', '#set($x = "'])(
  'a template of %j over and over is parsed or refused at once',
  (piece) => {
    const text = piece.repeat(Math.floor(TEMPLATE_LIMITS.characters / piece.length));
    expect(['refused', 'failed', 'rendered']).toContain(outcomeOf(() => render(text)));
  },
);

test('nesting of printed values', () => {
  const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
  for (const template of ['$input.path("$")', '$input.json("$")#set($m = {})#set($m.a = 1)']) {
    expect(() => render(template, {}, deep)).toThrow('nested too deep to print');
    expect(render(template, { depth: 200 }, deep)).toBe(deep);
  }
  expect(render('$input.json("$")', {}, deep)).toBe(deep);
  const deeper = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
  expect(outcomeOf(() => render('$input.json("$")', {}, deeper))).not.toBe('refused');
});

test.each([
  ['a loop over a huge range', '#foreach($i in [1..999999999])x#end'],
  ['a huge range', '#set($r = [1..999999999])'],
  ['texts that double', '#set($x = "ab")#foreach($i in [1..1000])#set($x = "$x$x")#end'],
  ['lists that double', '#set($l = [1])#foreach($i in [1..1000])#set($r = $l.addAll($l))#end'],
  ['a list in itself', '#set($l = [1])#set($r = $l.add($l))$l'],
  ['a map in itself', '#set($m = {})#set($m.m = $m)$m'],
  [
    'replacements that grow',
    '#set($x = "aaaa")#foreach($i in [1..1000])#set($x = $x.replace("a", "aaaa"))#end',
  ],
  [
    'pattern replacements that grow',
    '#set($x = "aaaa")#foreach($i in [1..1000])#set($x = $x.replaceAll("a", "aaaa"))#end',
  ],
  ['a define in itself', '#define($d)$d#end$d'],
  ['defines that double', '#define($d)$e$e#end#define($e)$d$d#end$d'],
  ['an evaluate in itself', "#set($x = '#evaluate($x)')#evaluate($x)"],
  [
    'an evaluate of texts that double',
    '#set($x = "ab")#foreach($i in [1..1000])#set($x = "$x$x")#evaluate($x)#end',
  ],
  [
    'an evaluate of a long source over and over',
    `#set($x = '${'$x.y[0] '.repeat(10_000)}')#foreach($i in [1..1000])#evaluate($x)#end`,
  ],
  [
    'an evaluate that nests',
    "#set($x = '#if(true)')#foreach($i in [1..8])#set($x = $x.concat($x))#end#evaluate($x)",
  ],
  ['a block call in itself', '#macro(m)$bodyContent#end#define($b)#@m()$b#end#end$b'],
  ['formats that are wide', '#set($s = "")#set($s = $s.format("%9999999d", 1))$s$s'],
  ['a hash of a list in itself', '#set($l = [1])#set($r = $l.add($l))$l.hashCode()'],
  [
    'iterators over and over',
    '#set($l = [1..1000])#foreach($i in $l)#foreach($j in $l.iterator())$l.iterator()#end#end',
  ],
  ['macros that call each other twice', '#macro(m)#m()#m()#end#m()'],
  [
    'loops in loops',
    '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end',
  ],
  [
    'encodings that grow',
    '#set($x = "a")#foreach($i in [1..1000])#set($x = $util.base64Encode($x))#end',
  ],
])('%s ends in a template error', (_what, template) => {
  expect(() => render(template)).toThrow(TemplateError);
});

test('a pattern made to backtrack is linear', () => {
  const text = 'a'.repeat(20_000);
  expect(render(`#set($s = "${text}!")$s.matches("(a+)+b")`)).toBe('false');
});

test('a document does not change for the next template', () => {
  const exchange = testMessage('{"a":[1]}');
  const scope = { exchange, body: exchange.request.body };
  compileTemplate('#set($d = $input.path("$.a"))#set($r = $d.add(2))').render(scope);
  expect(compileTemplate('$input.json("$")').render(scope)).toBe('{"a":[1]}');
});

test.each([
  '#set($d = $input.path("$.a"))#set($r = $d.add(2))',
  '#set($d = $input.path("$"))#set($r = $d.replace("a", 2))',
  '#set($d = $input.path("$"))#set($d.a = 2)',
  '#set($d = $input.path("$.a"))#set($d[0] = 2)',
  '#set($i = $input.path("$.a").iterator())#set($r = $i.next())#set($r = $i.remove())',
  '#foreach($e in $input.path("$").entrySet())#set($r = $e.setValue(2))#end',
  '#evaluate(\'#set($r = $input.path("$").clear())\')',
])('%s changes a document of its own, in every rendering', (template) => {
  const exchange = testMessage('{"a":[1]}');
  const scope = { exchange, body: exchange.request.body };
  const changing = compileTemplate(`${template}$input.json("$")`);
  const first = changing.render(scope);
  expect(first).not.toBe('{"a":[1]}');
  expect(changing.render(scope)).toBe(first);
  expect(compileTemplate('$input.json("$")').render(scope)).toBe('{"a":[1]}');
});

test('stage variables do not change for the next template', () => {
  const exchange = testMessage('{}');
  const scope = { exchange, body: exchange.request.body };
  compileTemplate('#set($stageVariables.x = "y")').render(scope);
  expect(exchange.stage.variables).toEqual({});
});

function outcomeOf(body: () => string): 'refused' | 'failed' | 'rendered' {
  try {
    expect(typeof body()).toBe('string');
    return 'rendered';
  } catch (error) {
    if (error instanceof DefinitionError) return 'refused';
    if (error instanceof TemplateError) return 'failed';
    throw error;
  }
}
