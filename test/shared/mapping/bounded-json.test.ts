// JSON of what paths find: as JSON.stringify writes it, or nothing when it is too long or too deep.
import { expect, test } from 'vitest';
import { boundedJson } from '#shared/mapping/bounded-json.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import { compileParameters } from '#shared/mapping/parameters.ts';
import { compileTemplate, TemplateError } from '#shared/mapping/vtl/template.ts';
import { testMessage, testRequest } from '../../support/exchange.ts';

test.each([null, true, 5, 'é "x"', [], [[], {}, null], { a: [1, { b: 'c' }] }])('%j', (value) => {
  const text = JSON.stringify(value);
  expect(boundedJson(value, text.length + 1)).toBe(text);
  expect(boundedJson(value, text.length - 1)).toBeUndefined();
});

test('a list of one big value, many times over, stops at its bound', () => {
  let written = 0;
  const big = { toJSON: () => (written++, 'x'.repeat(1000)) };
  expect(boundedJson(Array<unknown>(500_000).fill(big), 10_000)).toBeUndefined();
  expect(written).toBe(10);
});

/** A message that names a big value at each of `depth` levels. */
const chain = (depth: number): string =>
  `{"a":${'['.repeat(depth)}"${'x'.repeat(100_000)}"${']'.repeat(depth)}}`;

const exchangeOf = (body: string) => testMessage(body, { request: testRequest({ body }) });

function parameter(source: string, body: string): string | undefined {
  const [target] = compileParameters({ 'integration.request.header.X': source }, 'request');
  return target?.read({ exchange: exchangeOf(body) });
}

test('a parameter that would be too long, or is nested too deep, is not there', () => {
  expect(parameter('route.request.body..*', chain(1))).toHaveLength(200_009);
  expect(parameter('route.request.body..*', chain(200))).toBeUndefined();
  expect(parameter('route.request.body.a', chain(50_000))).toBeUndefined();
});

test('a template that asks for too much fails as one', () => {
  const render = (template: string, body: string): string =>
    compileTemplate(template).render({
      exchange: exchangeOf(body),
      body: new BufferBody(Buffer.from(body)),
    });
  expect(render('$input.json("$..*")', chain(1))).toHaveLength(200_009);
  for (const [template, body] of [
    ['$input.json("$..*")', chain(200)],
    ['$input.json("$.a")', chain(50_000)],
  ] as const) {
    expect(() => render(template, body)).toThrow(TemplateError);
    expect(() => render(template, body)).toThrow('too long or nested too deep');
  }
});
