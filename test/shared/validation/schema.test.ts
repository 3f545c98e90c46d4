// Draft 4, keyword by keyword: what fits, what does not, which schemas are refused, and that nothing costs too much.
import { describe, expect, test } from 'vitest';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { Models } from '#shared/validation/models.ts';
import { SCHEMA_CASES } from '../../support/schema-cases.ts';

const model = (Name: string, schema: unknown) => ({
  ModelId: Name,
  Name,
  Schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
});

/** Faults of `value`, as it came over the wire. */
function faultsOf(schema: unknown, value: unknown): string | undefined {
  const text = JSON.stringify(value);
  const validate = new Models('api1', [model('M', schema)]).validator('M');
  return validate(JSON.parse(text) as unknown, Buffer.byteLength(text));
}

describe.each(SCHEMA_CASES)('$name', ({ schema, fits, fails }) => {
  test('what fits', () => {
    expect(fits.filter((value) => faultsOf(schema, value) !== undefined)).toEqual([]);
  });
  test('what does not', () => {
    expect(fails.filter((value) => faultsOf(schema, value) === undefined)).toEqual([]);
  });
});

test.each([
  [
    { type: 'integer' },
    'x',
    'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
  ],
  [{ required: ['b', 'a'] }, {}, 'object has missing required properties (["a","b"])'],
  [{ enum: ['a'] }, 'b', 'instance value ("b") not found in enum (possible values: ["a"])'],
  [{ minimum: 3 }, 1, 'numeric instance is lower than the required minimum (minimum: 3, found: 1)'],
  [{ maxLength: 2 }, 'abc', 'string "abc" is too long (length: 3, maximum allowed: 2)'],
  [{ pattern: '^a$' }, 'b', 'ECMA 262 regex "^a$" does not match input string "b"'],
  [
    { additionalProperties: false },
    { x: 1 },
    'object instance has properties which are not allowed by the schema: ["x"]',
  ],
  [
    { minItems: 1 },
    [],
    'array is too short: must have at least 1 elements but instance has 0 elements',
  ],
  [{ oneOf: [{}, {}] }, 1, 'instance failed to match exactly one schema (matched 2 out of 2)'],
])('the fault of %j and %j', (schema, value, fault) => {
  expect(faultsOf(schema, value)).toBe(`[${fault}]`);
});

test('all faults are told, not only the first', () => {
  const schema = { required: ['a', 'b'], properties: { c: { type: 'string' }, d: { minimum: 2 } } };
  expect(faultsOf(schema, { c: 1, d: 1 })).toBe(
    '[object has missing required properties (["a","b"]), ' +
      'instance type (integer) does not match any allowed primitive type (allowed: ["string"]), ' +
      'numeric instance is lower than the required minimum (minimum: 2, found: 1)]',
  );
});

test.each<[unknown, string]>([
  ['{', 'not JSON'],
  ['[]', 'must be a JSON object'],
  [{ type: 'strnig' }, 'type: "strnig" is no type'],
  [{ type: [] }, 'type'],
  [{ type: ['string', 'string'] }, 'type'],
  [{ enum: [] }, 'enum'],
  [
    {
      enum: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    },
    'same value twice',
  ],
  [{ minimum: '3' }, 'minimum: must be a number'],
  [{ exclusiveMinimum: true }, 'needs minimum'],
  [{ maximum: 3, exclusiveMaximum: 3 }, 'must be a boolean'],
  [{ multipleOf: 0 }, 'above 0'],
  [{ minLength: -1 }, 'minLength'],
  [{ maxItems: 1.5 }, 'maxItems'],
  [{ required: true }, 'required'],
  [{ required: [] }, 'required'],
  [{ properties: [] }, 'properties: must be an object'],
  [{ properties: { a: 1 } }, 'a schema must be a JSON object'],
  [{ items: 3 }, 'items'],
  [{ additionalItems: 3 }, 'additionalItems'],
  [{ additionalProperties: 'no' }, 'additionalProperties'],
  [{ dependencies: { a: [] } }, 'dependencies'],
  [{ allOf: [] }, 'allOf'],
  [{ anyOf: {} }, 'anyOf'],
  [{ not: true }, 'not'],
  [{ definitions: { a: { type: 1 } } }, 'definitions: type'],
  [{ pattern: '(' }, 'pattern: invalid pattern'],
  [{ pattern: '(?=a)b' }, 'pattern: invalid pattern'],
  [{ patternProperties: { '[': {} } }, 'patternProperties'],
  [{ $ref: '#/definitions/none' }, '$ref: #/definitions/none leads nowhere'],
  [{ $ref: '#' }, 'leads to itself'],
  [{ $ref: 'http://elsewhere.test/schema' }, 'names no schema of this api'],
  [{ $ref: 'https://apigateway.amazonaws.com/restapis/other/models/M' }, 'no model of this api'],
  [{ $ref: 'https://apigateway.amazonaws.com/restapis/api1/models/None' }, 'no model of this api'],
  [{ $ref: 'https://apigateway.amazonaws.com/restapis/api1/models/M#/none' }, 'leads nowhere'],
  [`${'{"not":'.repeat(4000)}{}${'}'.repeat(4000)}`, 'nested over 64 levels'],
])('the schema %# is refused', (schema, text) => {
  const compile = () => new Models('api1', [model('M', schema)]).prove();
  expect(compile).toThrow(DefinitionError);
  expect(compile).toThrow('Model M: ');
  expect(compile).toThrow(text);
});

test('models refer to each other, also in a circle', () => {
  const address = (name: string) => `https://apigateway.amazonaws.com/restapis/api1/models/${name}`;
  const models = new Models('api1', [
    model('Chain', { properties: { next: { $ref: address('Link') } } }),
    model('Link', {
      required: ['id'],
      properties: {
        id: { $ref: `${address('Ids')}#/definitions/id` },
        next: { $ref: address('Chain') },
      },
    }),
    model('Ids', { definitions: { id: { type: 'integer' } } }),
  ]);
  models.prove();
  const validate = models.validator('Chain');
  expect(validate({ next: { id: 1, next: { next: { id: 2 } } } }, 100)).toBeUndefined();
  expect(validate({ next: { id: 1, next: { next: { id: 'x' } } } }, 100)).toContain('string');
  expect(validate({ next: {} }, 100)).toContain('missing required');
});

test.each([
  ['nesting', { items: { $ref: '#' } }, `${'['.repeat(5000)}${']'.repeat(5000)}`, 'nested deeper'],
  ['a schema that comes back to itself', { allOf: [{ $ref: '#' }] }, '1', 'nested deeper'],
  [
    'branches that come back',
    { anyOf: [{ $ref: '#', x: 1 }, { items: { $ref: '#' } }], not: {} },
    '[[[[]]]]',
    'nested deeper',
  ],
  [
    'branching',
    {
      definitions: Object.fromEntries<unknown>(
        Array.from({ length: 30 }, (_, at) => [
          `d${at}`,
          at === 29
            ? {}
            : {
                allOf: [{ $ref: `#/definitions/d${at + 1}` }, { $ref: `#/definitions/d${at + 1}` }],
              },
        ]),
      ),
      $ref: '#/definitions/d0',
    },
    '1',
    'too many steps',
  ],
  [
    'long lists of names',
    {
      items: {
        required: Array.from({ length: 2000 }, (_, at) => `n${at}`).concat(['x']),
        maxProperties: 1,
      },
      maxItems: 60_000,
    },
    `[${'{},'.repeat(9999)}{}]`,
    'missing required',
  ],
  [
    'equal values, deep',
    { uniqueItems: true },
    `[${'['.repeat(5000)}${']'.repeat(5000)}]`,
    'nested deeper',
  ],
])('%s cannot hold up the node', (_name, schema, text, fault) => {
  const validate = new Models('api1', [model('M', schema)]).validator('M');
  expect(validate(JSON.parse(text) as unknown, text.length)?.slice(0, 200)).toContain(fault);
});
