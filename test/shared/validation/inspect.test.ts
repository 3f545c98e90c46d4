// Flaws of schemas that are told when a model is set, and what is none.
import { expect, test } from 'vitest';
import { schemaFlaw } from '#shared/validation/inspect.ts';

const ADDRESS = 'https://apigateway.amazonaws.com/restapis/abc/models/Other';

test.each([
  '{}',
  '{"$schema":"http://json-schema.org/draft-04/schema#","id":"x","title":"t","description":"d","default":1}',
  '{"properties":{"example":{},"const":{"type":["string","null"]}}}',
  `{"items":{"$ref":"${ADDRESS}"}}`,
  `{"items":{"$ref":"${ADDRESS}#/definitions/x"}}`,
  '{"$ref":"#/definitions/a","example":"what stands beside a reference is ignored","definitions":{"a":{}}}',
  '{"default":{"example":1},"enum":[{"example":1}]}',
])('%s has no flaw', (text) => {
  expect(schemaFlaw(text)).toBeUndefined();
});

test.each([
  ['{', 'invalid', [], /JSON/],
  ['[]', 'invalid', [], /must be a JSON object/],
  ['{"type":"String"}', 'invalid', [], /^type: "String" is no type$/],
  ['{"properties":{"a":{"$ref":"#/nowhere"}}}', 'invalid', [], /leads nowhere/],
  ['{"anyOf":[{"$ref":"Other"}]}', 'reference', [], /Other/],
  ['{"$ref":"https://example.com/schema"}', 'reference', [], /example/],
  ['{"items":{"examples":[],"if":{}}}', 'unsupported', ['examples', 'if'], /examples, if/],
] as const)('%s: %s %j', (text, kind, keywords, detail) => {
  expect(schemaFlaw(text)).toEqual({
    ...{ kind, keywords },
    detail: expect.stringMatching(detail) as string,
  });
});
