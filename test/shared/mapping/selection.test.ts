// Selection expressions: what is refused, what each place may use, the other variables, and a bounded fuzz.
import { expect, test } from 'vitest';
import { BufferBody, EMPTY_BODY } from '#shared/exchange/body.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import {
  compileRouteSelection,
  compileSelection,
  SELECTION_CHARACTERS,
  type SelectionPlace,
} from '#shared/mapping/selection.ts';
import { testConnection, testMessage, testRequest, testStage } from '../../support/exchange.ts';
import { fuzz } from '../../support/fuzz.ts';

const body = (text: string): BufferBody => new BufferBody(Buffer.from(text));

test.each([
  ['$', 0, 'no name'],
  ['a$', 1, 'no name'],
  ['$ {x}', 0, 'no name'],
  ['${}', 0, 'no name'],
  ['x${request.body.a', 1, 'brace is not closed'],
  ['$request.body.a[0', 15, 'bracket or quote is not closed'],
  ["${request.body['a}", 14, 'bracket or quote is not closed'],
  ['$foo.bar', 0, '$foo.bar is not allowed here'],
  ['$request.bodyx.a', 0, 'not allowed here'],
  ['$request.header.x', 0, 'only $request.body'],
  ['$context.connectionId', 0, 'not allowed here'],
  ['${request.body.}', 0, 'a name is missing'],
  ['ab${request.body.a[?(@.x)]}', 2, 'scripts and filters are not allowed'],
  ['$request.body[(@.length-1)]', 0, 'scripts and filters are not allowed'],
  ['${request.body.a^}', 0, 'unexpected "^"'],
  ['${request.body.a b}', 0, 'unexpected " "'],
  [`$request.body.${'a'.repeat(1100)}`, 0, 'longer than 1024'],
])('%j is refused at position %i: %s', (text, position, reason) => {
  expect(() => compileSelection(text, 'route')).toThrow(DefinitionError);
  expect(() => compileSelection(text, 'route')).toThrow(`at position ${position}: `);
  expect(() => compileSelection(text, 'route')).toThrow(reason);
});

test('the longest expression compiles, one longer does not', () => {
  expect(compileSelection('a'.repeat(SELECTION_CHARACTERS), 'route').constant).toHaveLength(
    SELECTION_CHARACTERS,
  );
  expect(() => compileSelection('a'.repeat(SELECTION_CHARACTERS + 1), 'route')).toThrow('longer');
});

const exchange = testMessage('{"a":"from body"}', {
  request: testRequest({
    rawHeaders: ['X-Api-Key', 'k1', 'x-api-key', 'k2'],
    query: 'q=1&q=2%20',
    body: '{"a":"from body"}',
  }),
  stage: testStage({ variables: { v: 'from stage' } }),
  connection: testConnection({ authorizer: { usageIdentifierKey: 'plan key' } }),
});
const answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain', 'X-List': 'a, b' },
  body: body('{"errorMessage":"broken","n":{"m":[1,2]}}'),
};
const scope = { body: exchange.request.body, exchange, answer };

test.each<[SelectionPlace, string, string]>([
  ['apiKey', '$request.header.x-api-key', 'k2'],
  ['apiKey', '$request.header.X-API-KEY', 'k2'],
  ['apiKey', '$request.header.absent', ''],
  ['apiKey', '$context.authorizer.usageIdentifierKey', 'plan key'],
  ['apiKey', '$context.authorizer.constructor', ''],
  ['apiKey', '$context.identity.sourceIp', '198.51.100.23'],
  ['requestTemplate', '${request.body.a}', 'from body'],
  ['requestTemplate', '\\$default', '$default'],
  ['integrationResponse', '${integration.response.statuscode}', '404'],
  ['integrationResponse', '${response.statuscode}', '404'],
  ['integrationResponse', '${integration.response.body.errorMessage}', 'broken'],
  ['responseTemplate', '${integration.response.header.content-type}', 'text/plain'],
  ['responseTemplate', '${integration.response.header.none}', ''],
  ['responseTemplate', '${integration.response.multivalueheader.X-List}', '[a, b]'],
  ['responseTemplate', '$integration.response.body.n.m[1]', '2'],
  ['responseTemplate', '$request.body.a/$integration.response.statuscode', 'from body/404'],
])('%s: %j is %j', (place, text, expected) => {
  expect(compileSelection(text, place).evaluate(scope)).toBe(expected);
});

test.each<[SelectionPlace, string]>([
  ['apiKey', '$context.noSuchVariable'],
  ['apiKey', '$request.header'],
  ['integrationResponse', '$integration.response.wrong'],
  ['integrationResponse', '$integration.response.statuscode.x'],
  ['responseTemplate', '$integration.response.header.'],
])('%s: %j is refused', (place, text) => {
  expect(() => compileSelection(text, place)).toThrow(DefinitionError);
});

test('a template selection over a body that is not JSON has no value, so that $default is taken', () => {
  const expression = compileSelection('$request.body.a', 'requestTemplate');
  expect(expression.evaluate({ ...scope, body: body('no json') })).toBeUndefined();
  expect(expression.evaluate({ body: EMPTY_BODY })).toBeUndefined();
});

test('deep documents print bounded and never overflow the stack', () => {
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const value = compileRouteSelection('$request.body.a')(body(deep));
  expect(value).toContain('...');
  expect(compileRouteSelection('$request.body..zz')(body(deep))).toBe('[]');
});

test('fuzz: an expression is refused as a DefinitionError or gives a string, whatever the message', async () => {
  const pieces = '$ { } [ ] . .. \\ \' " * ? @ ( ) : , 0 -1 a request.body action ~ ^ é'.split(' ');
  const messages = ['{"a":{"action":[1]}}', '[[{"a":0}]]', 'null', 'x', '{"__proto__":{"a":1}}'];
  let compiled = 0;
  await fuzz(4000, (next, seed) => {
    let text = seed % 2 === 0 ? '$request.body' : '';
    for (let count = next(8); count >= 0; count--) text += pieces[next(pieces.length)] ?? '';
    const select = compiledOrRefused(text);
    if (select === undefined) return;
    compiled++;
    for (const message of messages) {
      const value = select(body(message));
      expect(value === undefined || typeof value === 'string').toBe(true);
    }
  });
  if (process.env['FUZZ_ROUNDS'] === undefined) expect(compiled).toBeGreaterThan(100);
});

function compiledOrRefused(text: string): ReturnType<typeof compileRouteSelection> | undefined {
  try {
    return compileRouteSelection(text);
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return undefined;
  }
}
