// JSON Schema draft 4 by keyword: values that fit and values that do not. Cases restate those of json-schema-org/JSON-Schema-Test-Suite.

/** One schema with JSON texts that fit it and that do not. */
export interface SchemaCase {
  readonly name: string;
  readonly schema: unknown;
  readonly fits: readonly unknown[];
  readonly fails: readonly unknown[];
}

const row = (
  name: string,
  schema: unknown,
  { fits, fails }: { readonly fits: readonly unknown[]; readonly fails: readonly unknown[] },
): SchemaCase => ({ name, schema, fits, fails });

const TREE = {
  type: 'object',
  properties: { nodes: { type: 'array', items: { $ref: '#/definitions/node' } } },
  required: ['nodes'],
  definitions: {
    node: {
      type: 'object',
      properties: { value: { type: 'number' }, subtree: { $ref: '#' } },
      required: ['value'],
    },
  },
};

const branch = (value: unknown, ...inner: unknown[]): unknown =>
  inner.length === 0 ? { value } : { value, subtree: { nodes: inner } };

const A_AND_B = {
  allOf: [
    { properties: { bar: { type: 'integer' } }, required: ['bar'] },
    { properties: { foo: { type: 'string' } }, required: ['foo'] },
  ],
};

export const SCHEMA_CASES: readonly SchemaCase[] = [
  row('empty schema', {}, { fits: [1, 'a', null, [], {}, true], fails: [] }),
  row('unknown keyword', { colour: 7, title: 'x', default: [] }, { fits: [1, 'a'], fails: [] }),
  row(
    'type integer',
    { type: 'integer' },
    { fits: [1, 1.0, -3], fails: [1.1, '1', [], {}, true, null] },
  ),
  row('type number', { type: 'number' }, { fits: [1, 1.1], fails: ['1', [], {}, true, null] }),
  row('type string', { type: 'string' }, { fits: ['', '1'], fails: [1, 1.1, [], {}, true, null] }),
  row('type object', { type: 'object' }, { fits: [{}], fails: [1, 'a', [], true, null] }),
  row('type array', { type: 'array' }, { fits: [[]], fails: [1, 'a', {}, true, null] }),
  row(
    'type boolean',
    { type: 'boolean' },
    { fits: [true, false], fails: [0, 1, '', 'a', [], {}, null] },
  ),
  row('type null', { type: 'null' }, { fits: [null], fails: [0, '', false, [], {}] }),
  row(
    'types',
    { type: ['integer', 'string'] },
    { fits: [1, 'a'], fails: [1.1, {}, [], true, null] },
  ),
  row(
    'type array of objects',
    { type: ['array', 'object'] },
    { fits: [[1], { foo: 1 }], fails: [1, 'a', null] },
  ),
  row('enum', { enum: [1, 2, 3] }, { fits: [1, 2, 3], fails: [4, '1', null] }),
  row(
    'enum of kinds',
    { enum: [6, 'foo', [], true, { foo: 12 }] },
    { fits: [[], { foo: 12 }, 'foo'], fails: [null, { foo: false }, { foo: 12, boo: 42 }] },
  ),
  row(
    'enum in any order of members',
    { enum: [{ a: 1, b: [2] }] },
    { fits: [{ b: [2], a: 1 }], fails: [{ b: [2] }] },
  ),
  row('enum false is not 0', { enum: [false] }, { fits: [false], fails: [0, 0.0, ''] }),
  row('enum [1] is not [true]', { enum: [[1]] }, { fits: [[1]], fails: [[true], 1] }),
  row(
    'enum with escapes',
    { enum: ['foo\nbar', 'foo\rbar'] },
    { fits: ['foo\nbar', 'foo\rbar'], fails: ['abc'] },
  ),
  row('enum of texts like keys', { enum: ['[]', '1'] }, { fits: ['[]', '1'], fails: [[], 1] }),
  row('minimum', { minimum: 1.1 }, { fits: [2.6, 1.1, 'x'], fails: [0.6] }),
  row('minimum negative', { minimum: -2 }, { fits: [-1, -2, -2.0], fails: [-3, -2.0001] }),
  row(
    'exclusiveMinimum',
    { minimum: 1.1, exclusiveMinimum: true },
    { fits: [1.2, 'x'], fails: [1.1, 0.6] },
  ),
  row(
    'exclusiveMinimum false',
    { minimum: 1.1, exclusiveMinimum: false },
    { fits: [1.1], fails: [0.6] },
  ),
  row('maximum', { maximum: 3.0 }, { fits: [2.6, 3.0, 'x'], fails: [3.5] }),
  row(
    'exclusiveMaximum',
    { maximum: 3.0, exclusiveMaximum: true },
    { fits: [2.2], fails: [3.0, 3.5] },
  ),
  row(
    'exclusiveMaximum false',
    { maximum: 3.0, exclusiveMaximum: false },
    { fits: [3.0], fails: [3.5] },
  ),
  row('multipleOf integer', { multipleOf: 2 }, { fits: [10, 0, 'foo', -4], fails: [7] }),
  row('multipleOf number', { multipleOf: 1.5 }, { fits: [0, 4.5], fails: [35] }),
  row('multipleOf small', { multipleOf: 0.0001 }, { fits: [0.0075], fails: [0.00751] }),
  row(
    'multipleOf of a large number',
    { type: 'integer', multipleOf: 0.123456789 },
    { fits: [], fails: [1e308] },
  ),
  row('multipleOf 1e-8', { type: 'integer', multipleOf: 1e-8 }, { fits: [12391239123], fails: [] }),
  row('minLength', { minLength: 2 }, { fits: ['foo', 'fo', 100], fails: ['f', '💩', ''] }),
  row('maxLength', { maxLength: 2 }, { fits: ['f', 'fo', 100, '💩💩'], fails: ['foo', '💩💩💩'] }),
  row(
    'pattern',
    { pattern: '^a*$' },
    { fits: ['aaa', '', true, 1, null, {}, []], fails: ['abc', 'aaa\n'] },
  ),
  row('pattern is not anchored', { pattern: 'a+' }, { fits: ['xxaayy'], fails: ['xx'] }),
  row(
    'pattern with escapes of ECMA 262',
    { pattern: '^\\u0041\\/\\d$' },
    { fits: ['A/7'], fails: ['A7', 'A/٣'] },
  ),
  row(
    'pattern that back-tracking engines choke on',
    { pattern: '^(a+)+$' },
    { fits: ['a'.repeat(2000)], fails: [`${'a'.repeat(2000)}b`] },
  ),
  row(
    'items',
    { items: { type: 'integer' } },
    { fits: [[1, 2, 3], { foo: 'bar' }, { 0: 'invalid', length: 1 }, []], fails: [[1, 'x']] },
  ),
  row(
    'items list',
    { items: [{ type: 'integer' }, { type: 'string' }] },
    { fits: [[1, 'foo'], [1], [1, 'foo', true], [], { 0: 'x' }], fails: [['foo', 1]] },
  ),
  row(
    'items nested',
    { items: { items: { items: { type: 'number' } } } },
    { fits: [[[[1], [2, 3]], []]], fails: [[[['1']]], [[[1], ['x']]]] },
  ),
  row(
    'additionalItems schema',
    { items: [{}], additionalItems: { type: 'integer' } },
    { fits: [[null, 2, 3]], fails: [[null, 2, 'foo']] },
  ),
  row(
    'additionalItems beside one schema',
    { items: {}, additionalItems: false },
    { fits: [[1, 2, 3]], fails: [] },
  ),
  row(
    'additionalItems false',
    { items: [{}, {}, {}], additionalItems: false },
    { fits: [[], [1], [1, 2, 3]], fails: [[1, 2, 3, 4]] },
  ),
  row(
    'additionalItems without items',
    { additionalItems: false },
    { fits: [[1, 2], { foo: 1 }], fails: [] },
  ),
  row('minItems', { minItems: 1 }, { fits: [[1, 2], [1], ''], fails: [[]] }),
  row('maxItems', { maxItems: 2 }, { fits: [[1], [1, 2], 'foobar'], fails: [[1, 2, 3]] }),
  row(
    'uniqueItems',
    { uniqueItems: true },
    {
      fits: [
        [1, 2],
        [1, true],
        [0, false],
        [{ foo: 'bar' }, { foo: 'baz' }],
        [['foo'], ['bar']],
        [{}, [1], true, null, 1, '{}'],
        [{ a: 1 }, { a: true }],
        'aa',
      ],
      fails: [
        [1, 1],
        [1.0, 1.0, 1],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        [['foo'], ['foo']],
        [{}, [1], true, null, {}, 1],
        ['foo', 'bar', 'foo'],
      ],
    },
  ),
  row('uniqueItems false', { uniqueItems: false }, { fits: [[1, 1]], fails: [] }),
  row(
    'properties',
    { properties: { foo: { type: 'integer' }, bar: { type: 'string' } } },
    {
      fits: [{ foo: 1, bar: 'baz' }, { quux: [] }, [], 12],
      fails: [
        { foo: 1, bar: {} },
        { foo: [], bar: {} },
      ],
    },
  ),
  row(
    'properties with odd names',
    JSON.parse(
      '{"properties":{"__proto__":{"type":"number"},"toString":{"properties":{"length":{"type":"string"}}},"constructor":{"type":"number"}}}',
    ),
    {
      fits: [
        {},
        [],
        12,
        JSON.parse('{"__proto__":12,"toString":{"length":"foo"},"constructor":37}'),
      ],
      fails: [
        JSON.parse('{"__proto__":"foo"}'),
        { toString: { length: 37 } },
        JSON.parse('{"constructor":{"length":37}}'),
      ],
    },
  ),
  row(
    'properties, patternProperties and additionalProperties',
    {
      properties: { foo: { type: 'array', maxItems: 3 }, bar: { type: 'array' } },
      patternProperties: { 'f.o': { minItems: 2 } },
      additionalProperties: { type: 'integer' },
    },
    {
      fits: [{ foo: [1, 2] }, { fxo: [1, 2] }, { bar: [] }, { quux: 3 }],
      fails: [{ foo: [1, 2, 3, 4] }, { foo: [] }, { fxo: [] }, { quux: 'foo' }],
    },
  ),
  row(
    'patternProperties',
    { patternProperties: { 'f.*o': { type: 'integer' } } },
    {
      fits: [{ foo: 1 }, { foo: 1, foooooo: 2 }, ['foo'], 'foo', 12],
      fails: [
        { foo: 'bar', fooooo: 2 },
        { foo: 'bar', foooooo: 'baz' },
      ],
    },
  ),
  row(
    'patternProperties is not anchored',
    { patternProperties: { '[0-9]{2,}': { type: 'boolean' }, X_: { type: 'string' } } },
    {
      fits: [{ 'answer 1': '42' }, { a31b: null === null }],
      fails: [{ a31b: null }, { a_X_3: 3 }],
    },
  ),
  row(
    'additionalProperties false',
    {
      properties: { foo: {}, bar: {} },
      patternProperties: { '^v': {} },
      additionalProperties: false,
    },
    {
      fits: [{ foo: 1 }, [1, 2, 3], 'foobarbaz', { foo: 1, vroom: 2 }],
      fails: [{ foo: 1, bar: 2, quux: 'boom' }],
    },
  ),
  row(
    'additionalProperties schema alone',
    { additionalProperties: { type: 'boolean' } },
    { fits: [{ foo: true }, {}], fails: [{ foo: 1 }] },
  ),
  row(
    'additionalProperties sees only its own schema',
    { allOf: [{ properties: { foo: {} } }], additionalProperties: { type: 'boolean' } },
    { fits: [{ bar: true }], fails: [{ foo: 1, bar: true }] },
  ),
  row(
    'required',
    { properties: { foo: {}, bar: {} }, required: ['foo'] },
    { fits: [{ foo: 1 }, [], '', 12], fails: [{ bar: 1 }, {}] },
  ),
  row(
    'required inherited names',
    { required: ['toString', 'constructor'] },
    { fits: [{ toString: 1, constructor: 2 }], fails: [{}, { toString: 1 }] },
  ),
  row(
    'minProperties',
    { minProperties: 1 },
    { fits: [{ foo: 1, bar: 2 }, { foo: 1 }, [], '', 12], fails: [{}] },
  ),
  row(
    'maxProperties',
    { maxProperties: 2 },
    { fits: [{ foo: 1 }, { foo: 1, bar: 2 }, [1, 2, 3]], fails: [{ foo: 1, bar: 2, baz: 3 }] },
  ),
  row(
    'dependencies on names',
    { dependencies: { quux: ['foo', 'bar'] } },
    {
      fits: [{}, { foo: 1, bar: 2 }, { foo: 1, bar: 2, quux: 3 }, ['quux']],
      fails: [{ foo: 1, quux: 2 }, { quux: 1 }],
    },
  ),
  row(
    'dependencies on a schema',
    { dependencies: { bar: { properties: { foo: { type: 'integer' } } } } },
    { fits: [{ foo: 1, bar: 2 }, { foo: 'quux' }], fails: [{ foo: 'quux', bar: 2 }] },
  ),
  row('allOf', A_AND_B, {
    fits: [{ foo: 'baz', bar: 2 }],
    fails: [{ foo: 'baz' }, { bar: 2 }, { foo: 'baz', bar: 'quux' }],
  }),
  row(
    'anyOf',
    { anyOf: [{ type: 'integer' }, { minimum: 2 }] },
    { fits: [1, 2.5, 3], fails: [1.5] },
  ),
  row(
    'oneOf',
    { oneOf: [{ type: 'integer' }, { minimum: 2 }] },
    { fits: [1, 2.5], fails: [3, 1.5] },
  ),
  row(
    'oneOf of required names',
    { type: 'object', oneOf: [{ required: ['foo', 'bar'] }, { required: ['foo', 'baz'] }] },
    {
      fits: [
        { foo: 1, bar: 2 },
        { foo: 1, baz: 3 },
      ],
      fails: [{ bar: 2 }, { foo: 1, bar: 2, baz: 3 }],
    },
  ),
  row(
    'allOf, anyOf and oneOf together',
    { allOf: [{ multipleOf: 2 }], anyOf: [{ multipleOf: 3 }], oneOf: [{ multipleOf: 5 }] },
    { fits: [30], fails: [1, 5, 3, 15, 2, 10, 6] },
  ),
  row('not', { not: { type: 'integer' } }, { fits: ['foo', 1.1], fails: [1] }),
  row(
    'not of types',
    { not: { type: ['integer', 'boolean'] } },
    { fits: ['foo'], fails: [1, true] },
  ),
  row(
    'not of a member',
    { properties: { foo: { not: {} } } },
    { fits: [{ bar: 1 }, {}], fails: [{ foo: 1 }] },
  ),
  row('not not', { not: { not: {} } }, { fits: ['anything'], fails: [] }),
  row(
    '$ref to the root',
    { properties: { foo: { $ref: '#' } }, additionalProperties: false },
    {
      fits: [{ foo: false }, { foo: { foo: false } }],
      fails: [{ bar: false }, { foo: { bar: false } }],
    },
  ),
  row(
    '$ref to a neighbour',
    { properties: { foo: { type: 'integer' }, bar: { $ref: '#/properties/foo' } } },
    { fits: [{ bar: 3 }], fails: [{ bar: true }] },
  ),
  row(
    '$ref into an array',
    { items: [{ type: 'integer' }, { $ref: '#/items/0' }] },
    { fits: [[1, 2]], fails: [[1, 'foo']] },
  ),
  row(
    '$ref with escapes',
    {
      definitions: {
        'tilde~field': { type: 'integer' },
        'slash/field': { type: 'integer' },
        'percent%field': { type: 'integer' },
      },
      properties: {
        tilde: { $ref: '#/definitions/tilde~0field' },
        slash: { $ref: '#/definitions/slash~1field' },
        percent: { $ref: '#/definitions/percent%25field' },
      },
    },
    {
      fits: [{ tilde: 123, slash: 123, percent: 123 }],
      fails: [{ slash: 'aoeu' }, { tilde: 'aoeu' }, { percent: 'aoeu' }],
    },
  ),
  row(
    '$ref to a $ref',
    {
      definitions: { a: { type: 'integer' }, b: { $ref: '#/definitions/a' } },
      allOf: [{ $ref: '#/definitions/b' }],
    },
    { fits: [5], fails: ['a'] },
  ),
  row(
    '$ref hides its neighbours',
    {
      definitions: { list: { type: 'array' } },
      properties: { foo: { $ref: '#/definitions/list', maxItems: 2 } },
    },
    { fits: [{ foo: [] }, { foo: [1, 2, 3] }], fails: [{ foo: 'string' }] },
  ),
  row(
    'a property named $ref',
    { properties: { $ref: { type: 'string' } } },
    { fits: [{ $ref: 'a' }], fails: [{ $ref: 2 }] },
  ),
  row(
    'a property named $ref that is one',
    {
      properties: { $ref: { $ref: '#/definitions/text' } },
      definitions: { text: { type: 'string' } },
    },
    { fits: [{ $ref: 'a' }], fails: [{ $ref: 2 }] },
  ),
  row(
    '$ref to an id',
    { allOf: [{ $ref: '#foo' }], definitions: { A: { id: '#foo', type: 'integer' } } },
    { fits: [1], fails: ['a'] },
  ),
  row('a recursive tree', TREE, {
    fits: [{ nodes: [branch(1, branch(1.1), branch(1.2)), branch(2, branch(2.1))] }],
    fails: [{ nodes: [branch(1, branch('string is invalid'))] }, { nodes: [{}] }],
  }),
  row(
    'format date-time',
    { format: 'date-time' },
    {
      fits: [
        '1963-06-19T08:30:06.283185Z',
        '1963-06-19T08:30:06Z',
        '1937-01-01T12:00:27.87+00:20',
        12,
      ],
      fails: [
        '1990-02-31T15:59:59.123-08:00',
        '1990-12-31T15:59:59-24:00',
        '06/19/1963 08:30:06 PST',
        '2013-350T01:01:01',
        '1963-06-1৪T00:00:00Z',
      ],
    },
  ),
  row(
    'format email',
    { format: 'email' },
    { fits: ['joe.bloggs@example.com', null], fails: ['2962', '@', 'a b@c'] },
  ),
  row(
    'format hostname',
    { format: 'hostname' },
    {
      fits: ['www.example.com', 'xn--4gbwdl.xn--wgbh1c', 'a'],
      fails: [
        '-a-host-name-that-starts-with--',
        'not_a_valid_host_name',
        `${'a'.repeat(64)}.com`,
        '',
      ],
    },
  ),
  row(
    'format ipv4',
    { format: 'ipv4' },
    { fits: ['192.168.0.1'], fails: ['127.0.0.0.1', '256.256.256.256', '127.0', '0x7f000001'] },
  ),
  row(
    'format ipv6',
    { format: 'ipv6' },
    {
      fits: ['::1', '::abef', '1:2:3:4:5:6:7:8'],
      fails: ['12345::', '1:1:1:1:1:1:1:1:1', '::laptop', 'fe80::a%eth1'],
    },
  ),
  row(
    'format uri',
    { format: 'uri' },
    {
      fits: ['http://foo.bar/?baz=qux#quux', 'urn:oasis:names', '/abc'],
      fails: ['\\\\WINDOWS\\fileshare', ':// should fail', 'bar,\\\\/', 'http://example.com/%zz'],
    },
  ),
  row('format regex', { format: 'regex' }, { fits: ['([abc])+\\s+$'], fails: ['^(abc]'] }),
  row('format unknown', { format: 'colour' }, { fits: ['any'], fails: [] }),
];
