// Models: create, get, list, update, delete, sample templates; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

const SCHEMA = JSON.stringify({
  type: 'object',
  properties: {
    name: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    room: { type: 'object', properties: { size: { type: 'number' } } },
  },
});

async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { ModelId } = await desk.call('CreateModel', {
    ApiId: apiId,
    Name: 'message',
    ContentType: 'application/json',
    Schema: SCHEMA,
  });
  const { ApiId: httpId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  const modelId = given(ModelId);
  return { desk, apiId, httpId: given(httpId), model: { ApiId: apiId, ModelId: modelId } };
}

type Place = Awaited<ReturnType<typeof place>>;

test('a model is kept as given', async () => {
  const { desk, model, apiId } = await place();
  const expected = {
    ModelId: model.ModelId,
    Name: 'message',
    ContentType: 'application/json',
    Schema: SCHEMA,
  };
  expect(await desk.call('GetModel', model)).toEqual(expected);
  expect((await desk.call('GetModels', { ApiId: apiId })).Items).toEqual([expected]);
  await desk.call('UpdateModel', { ...model, Description: 'd', ContentType: '' });
  expect(await desk.call('GetModel', model)).toEqual({
    ModelId: model.ModelId,
    Name: 'message',
    Schema: SCHEMA,
    Description: 'd',
  });
});

test('the sample template copies every property', async () => {
  const { desk, model } = await place();
  expect((await desk.call('GetModelTemplate', model)).Value).toBe(
    [
      "#set($inputRoot = $input.path('$'))",
      '{',
      '  "name" : "$inputRoot.name",',
      '  "tags" : [',
      '#foreach($elem in $inputRoot.tags)',
      '    "$elem"#if($foreach.hasNext),#end',
      '#end',
      '  ],',
      '  "room" : {',
      '    "size" : $inputRoot.room.size',
      '  }',
      '}',
    ].join('\n'),
  );
});

test.each([
  ['{"properties":null}', '$inputRoot'],
  ['{"properties":{"a":null,"b":[]}}', '{\n  "a" : $inputRoot.a,\n  "b" : $inputRoot.b\n}'],
  [
    '{"type":"array","items":7}',
    '[\n#foreach($elem in $inputRoot)\n  $elem#if($foreach.hasNext),#end\n#end\n]',
  ],
])('a sample for the odd schema %s', async (Schema, sample) => {
  const desk = new ControlDesk();
  const apiId = await desk.api({ DisableSchemaValidation: true });
  const { ModelId } = await desk.call('CreateModel', { ApiId: apiId, Name: 'odd', Schema });
  const { Value } = await desk.call('GetModelTemplate', { ApiId: apiId, ModelId: given(ModelId) });
  expect(Value).toBe(`#set($inputRoot = $input.path('$'))\n${sample}`);
});

test('a model in use stays; out of use it goes', async () => {
  const { desk, apiId, model } = await place();
  const { RouteId } = await desk.call('CreateRoute', {
    ApiId: apiId,
    RouteKey: 'a',
    RequestModels: { $default: 'message' },
  });
  await expect(desk.call('DeleteModel', model)).rejects.toMatchObject({
    type: 'ConflictException',
    message: `Cannot delete Model because it is referenced by the following Routes with Ids: [${RouteId}]`,
  });
  await desk.call('DeleteRoute', { ApiId: apiId, RouteId: given(RouteId) });
  await desk.call('DeleteModel', model);
  expect((await desk.call('GetModels', { ApiId: apiId })).Items).toEqual([]);
});

test('models may refer to each other, whichever comes first', async () => {
  const { desk, apiId } = await place();
  const refer = (name: string): string =>
    JSON.stringify({
      $schema: 'http://json-schema.org/draft-04/schema#',
      properties: {
        next: { $ref: `https://apigateway.amazonaws.com/restapis/${apiId}/models/${name}` },
      },
    });
  await desk.call('CreateModel', { ApiId: apiId, Name: 'one', Schema: refer('two') });
  const two = { ApiId: apiId, Name: 'two', Schema: refer('one') };
  expect(await desk.call('CreateModel', two)).toMatchObject({ Schema: refer('one') });
});

test('an api may say that schemas are not looked at', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api({ DisableSchemaValidation: true });
  await desk.call('CreateModel', { ApiId: apiId, Name: 'm', Schema: 'not json' });
});

const create =
  (more: object) =>
  ({ desk, apiId }: Place) =>
    desk.call('CreateModel', { ApiId: apiId, Name: 'new', Schema: '{}', ...more });

const invalid = (error: string): string =>
  `Invalid model specified: Validation Result: warnings : [], errors : [${error}]`;

const INVALID_SCHEMA = invalid('Invalid model schema specified');

const refusals: Refusal<Place>[] = [
  [
    'a name with other characters',
    create({ Name: 'my-model' }),
    'BadRequestException',
    'Model name must be alphanumeric: my-model',
  ],
  [
    'a name that is there',
    create({ Name: 'message' }),
    'ConflictException',
    'Model name already exists for this API: message',
  ],
  ['a schema that is no JSON', create({ Schema: '{' }), 'BadRequestException', INVALID_SCHEMA],
  ['a schema that is no object', create({ Schema: '[]' }), 'BadRequestException', INVALID_SCHEMA],
  ...Object.entries({
    'a type that is none': '{"type":"String"}',
    'an empty list of required properties': '{"required":[]}',
    'an enum with a value twice': '{"properties":{"a":{"enum":["A","A"]}}}',
    'a bound that is no number': '{"maxLength":"35"}',
    'a pattern that is none': '{"pattern":"("}',
    'a pointer that leads nowhere': '{"$ref":"#/definitions/nope"}',
  }).map(([what, Schema]): Refusal<Place> => [
    what,
    create({ Schema }),
    'BadRequestException',
    INVALID_SCHEMA,
  ]),
  [
    'members that draft 4 has not, in any depth',
    create({
      Schema:
        '{"nullable":true,"properties":{"example":{"type":"string","example":"x"}},"definitions":{"d":{"const":1}}}',
    }),
    'BadRequestException',
    invalid(
      'Invalid model schema specified. Unsupported keyword(s): ["const","example","nullable"]',
    ),
  ],
  [
    'a reference by another address than a model has',
    create({ Schema: '{"properties":{"a":{"$ref":"message"}}}' }),
    'BadRequestException',
    invalid('Model reference must be in canonical form'),
  ],
  [
    'a broken schema in a patch',
    ({ desk, model }) => desk.call('UpdateModel', { ...model, Schema: '' }),
    'BadRequestException',
    INVALID_SCHEMA,
  ],
  [
    'a model of an HTTP api',
    (at) => create({ ApiId: at.httpId })(at),
    'BadRequestException',
    'Currently, Models are not permitted for APIs with a protocol type of HTTP',
  ],
  [
    'an unknown model',
    ({ desk, model }) => desk.call('GetModel', { ...model, ModelId: 'nope' }),
    'NotFoundException',
    'Invalid Model identifier specified nope',
  ],
  [
    'the template of an unknown model',
    ({ desk, model }) => desk.call('GetModelTemplate', { ...model, ModelId: 'nope' }),
    'NotFoundException',
    'Invalid Model identifier specified nope',
  ],
  [
    'updating an unknown model',
    ({ desk, model }) => desk.call('UpdateModel', { ...model, ModelId: 'nope' }),
    'NotFoundException',
    'Invalid Model identifier specified nope',
  ],
  [
    'deleting an unknown model',
    ({ desk, model }) => desk.call('DeleteModel', { ...model, ModelId: 'nope' }),
    'NotFoundException',
    'Invalid Model identifier specified nope',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
