// Requests become checked inputs, and every malformed one has its status, type and text.
import * as v1 from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { API_GATEWAY_DIALECT, LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { CONTEXT, recorder, refusalOf, wire } from '../../support/wire-request.ts';

const services = {
  v1: () => recorder(v1, API_GATEWAY_DIALECT),
  v2: () => recorder(v2, API_GATEWAY_DIALECT),
  lambda: () => recorder(lambda, LAMBDA_DIALECT),
};
type Name = keyof typeof services;
type Request = ReturnType<typeof wire>;

const good: readonly [Name, string, Request, unknown][] = [
  [
    'v2',
    'labels are decoded after matching',
    wire('GET /v2/tags/arn%3Aaws%3A%3A%2Fapis%2Fa%20b'),
    { ResourceArn: 'arn:aws::/apis/a b' },
  ],
  [
    'v2',
    'unknown members are ignored, null is absent, maps stay free',
    wire('POST /v2/apis', {
      name: 'n',
      protocolType: 'HTTP',
      Name: 'wrong case',
      extra: { deep: [1] },
      __proto: 1,
      description: null,
      tags: { a: '1', b: null },
      corsConfiguration: { maxAge: 1, allowOrigins: ['x'] },
    }),
    {
      Name: 'n',
      ProtocolType: 'HTTP',
      Tags: { a: '1' },
      CorsConfiguration: { MaxAge: 1, AllowOrigins: ['x'] },
    },
  ],
  ['v2', 'no body is an empty one', wire('POST /v2/apis/a1/deployments'), { ApiId: 'a1' }],
  [
    'v2',
    'a list in the query',
    wire('DELETE /v2/tags/x?tagKeys=a&tagKeys=b+c%2B&other=1'),
    { ResourceArn: 'x', TagKeys: ['a', 'b c+'] },
  ],
  [
    'v1',
    "PutIntegration calls the back end's verb httpMethod in the body",
    wire('PUT /restapis/r/resources/x/methods/GET/integration', {
      type: 'MOCK',
      httpMethod: 'POST',
    }),
    {
      restApiId: 'r',
      resourceId: 'x',
      httpMethod: 'GET',
      type: 'MOCK',
      integrationHttpMethod: 'POST',
    },
  ],
  [
    'v1',
    'numbers, booleans and renamed parameters in the query',
    wire('GET /apikeys?limit=25&includeValues=true&name=n'),
    { limit: 25, includeValues: true, nameQuery: 'n' },
  ],
  [
    'v1',
    'a header and free parameters',
    wire('GET /restapis/r/stages/s/exports/oas30?extensions=apigateway&x=1', '', [
      'aCCept',
      'application/yaml',
    ]),
    {
      restApiId: 'r',
      stageName: 's',
      exportType: 'oas30',
      accepts: 'application/yaml',
      parameters: { extensions: 'apigateway', x: '1' },
    },
  ],
  [
    'v1',
    'a raw body, which is not looked into',
    wire('POST /restapis?mode=import&failonwarnings=true&basepath=split', '{not json'),
    {
      failOnWarnings: true,
      parameters: { basepath: 'split' },
      body: Buffer.from('{not json'),
    },
  ],
  [
    'lambda',
    'a raw payload with headers',
    wire('POST /2015-03-31/functions/f/invocations?Qualifier=%24LATEST', '{"a":1}', [
      'X-Amz-Invocation-Type',
      'Event',
    ]),
    {
      FunctionName: 'f',
      Qualifier: '$LATEST',
      InvocationType: 'Event',
      Payload: Buffer.from('{"a":1}'),
    },
  ],
  ['lambda', 'no payload', wire('POST /2015-03-31/functions/f/invocations'), { FunctionName: 'f' }],
  [
    'lambda',
    'a blob in the body is base64',
    wire('PUT /2015-03-31/functions/f/code', { ZipFile: 'AAEC', Publish: false }),
    { FunctionName: 'f', ZipFile: Buffer.from([0, 1, 2]), Publish: false },
  ],
  [
    'lambda',
    'an epoch timestamp in the body',
    wire('POST /2015-03-31/event-source-mappings', {
      FunctionName: 'f',
      StartingPositionTimestamp: 1.5,
    }),
    { FunctionName: 'f', StartingPositionTimestamp: new Date(1500) },
  ],
];

test.each(good)('%s: %s', async (name, _what, request, input) => {
  const { service, reached } = services[name]();
  await service.handle(request, CONTEXT);
  expect(reached.map((call) => call.input)).toEqual([input]);
});

const SERIALIZATION = 'SerializationException';
const VALIDATION = 'ValidationException';
const NULL = 'failed to satisfy constraint: Member must not be null';
const api = (members: object): Request =>
  wire('POST /v2/apis', { name: 'n', protocolType: 'HTTP', ...members });

const bad: readonly [string, Name, Request, string, string][] = [
  [
    'broken JSON',
    'v2',
    wire('POST /v2/apis', '{"name":'),
    SERIALIZATION,
    'Could not parse request body into json',
  ],
  [
    'not JSON',
    'v2',
    wire('POST /v2/apis', 'name=n'),
    SERIALIZATION,
    'Could not parse request body into json',
  ],
  [
    'broken UTF-8',
    'v2',
    wire('POST /v2/apis', Buffer.from('{"name":"\xff"}', 'latin1')),
    SERIALIZATION,
    'Could not parse request body into json',
  ],
  [
    'an array',
    'v2',
    wire('POST /v2/apis', '[1]'),
    SERIALIZATION,
    'Start of list found where not expected',
  ],
  ['a string', 'v2', wire('POST /v2/apis', '"x"'), SERIALIZATION, 'Unexpected field type'],
  ['null', 'v2', wire('POST /v2/apis', 'null'), SERIALIZATION, 'Unexpected field type'],
  [
    'a megabyte of lists',
    'v2',
    api({ name: JSON.parse('['.repeat(900) + ']'.repeat(900)) as object }),
    SERIALIZATION,
    'Start of list found where not expected',
  ],
  [
    'a megabyte of nesting',
    'v2',
    wire('POST /v2/apis', '{"a":'.repeat(200_000)),
    SERIALIZATION,
    'JSON is nested deeper than 1000 levels',
  ],
  [
    'a megabyte of nesting that is JSON',
    'v2',
    wire('POST /v2/apis', `{"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`),
    SERIALIZATION,
    'JSON is nested deeper than 1000 levels',
  ],
  [
    'a boolean for a string',
    'v2',
    api({ name: true }),
    SERIALIZATION,
    'class java.lang.Boolean can not be converted to an String',
  ],
  [
    'a number for a string',
    'v2',
    api({ name: 1 }),
    SERIALIZATION,
    'class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String',
  ],
  [
    'a structure for a string',
    'v2',
    api({ name: {} }),
    SERIALIZATION,
    'Start of structure or map found where not expected',
  ],
  [
    'a string for a boolean',
    'v2',
    api({ disableExecuteApiEndpoint: 'yes' }),
    SERIALIZATION,
    'class java.lang.String can not be converted to an Boolean',
  ],
  [
    'a string for a number',
    'v2',
    api({ corsConfiguration: { maxAge: '5' } }),
    SERIALIZATION,
    'class java.lang.String can not be converted to an Integer',
  ],
  [
    'a string for a structure',
    'v2',
    api({ corsConfiguration: 'x' }),
    SERIALIZATION,
    'Unexpected field type',
  ],
  [
    'a list for a structure',
    'v2',
    api({ corsConfiguration: [] }),
    SERIALIZATION,
    'Start of list found where not expected',
  ],
  [
    'a list for a map',
    'v2',
    api({ tags: ['a'] }),
    SERIALIZATION,
    'Start of list found where not expected',
  ],
  [
    'a map for a list',
    'v2',
    api({ corsConfiguration: { allowOrigins: {} } }),
    SERIALIZATION,
    'Start of structure or map found where not expected',
  ],
  [
    'a number in a list of strings',
    'v2',
    api({ corsConfiguration: { allowOrigins: ['a', 1] } }),
    SERIALIZATION,
    'class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String',
  ],
  [
    'a number in a map of strings',
    'v2',
    api({ tags: { a: 1 } }),
    SERIALIZATION,
    'class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String',
  ],
  [
    'null in a list',
    'v2',
    api({ corsConfiguration: { allowOrigins: ['a', null] } }),
    VALIDATION,
    `1 validation error detected: Value null at 'createApiInput.corsConfiguration.allowOrigins.2.member' ${NULL}`,
  ],
  [
    '__proto__ in a map',
    'v2',
    wire('POST /v2/apis', '{"name":"n","protocolType":"HTTP","tags":{"__proto__":"x"}}'),
    SERIALIZATION,
    "'__proto__' is not allowed as a key",
  ],
  [
    'one member missing',
    'v2',
    wire('POST /v2/apis', { name: 'n' }),
    VALIDATION,
    `1 validation error detected: Value null at 'createApiInput.protocolType' ${NULL}`,
  ],
  [
    'two members missing',
    'v2',
    wire('POST /v2/apis', {}),
    VALIDATION,
    `2 validation errors detected: Value null at 'createApiInput.name' ${NULL}; Value null at 'createApiInput.protocolType' ${NULL}`,
  ],
  [
    'a member of a list missing',
    'v1',
    wire('POST /usageplans', { name: 'n', apiStages: [{}], quota: 1 }),
    SERIALIZATION,
    'Unexpected field type',
  ],
  [
    'a query parameter missing',
    'v2',
    wire('DELETE /v2/tags/x'),
    VALIDATION,
    `1 validation error detected: Value null at 'tagKeys' ${NULL}`,
  ],
  [
    'a number that is none',
    'v1',
    wire('GET /apikeys?limit=many'),
    SERIALIZATION,
    'class java.lang.String can not be converted to an Integer',
  ],
  [
    'a broken label',
    'v2',
    wire('GET /v2/apis/%zz'),
    SERIALIZATION,
    'The path has a broken percent-encoding',
  ],
  [
    'a broken query',
    'v2',
    wire('GET /v2/apis?nextToken=%e0'),
    SERIALIZATION,
    'The query has a broken percent-encoding',
  ],
  [
    '__proto__ as a free parameter',
    'v1',
    wire('POST /restapis?mode=import&__proto__=1', '{}'),
    SERIALIZATION,
    "'__proto__' is not allowed as a key",
  ],
  [
    'Lambda: a member missing',
    'lambda',
    wire('POST /2015-03-31/functions', { FunctionName: 'f', Code: {} }),
    VALIDATION,
    `1 validation error detected: Value null at 'role' ${NULL}`,
  ],
  [
    'Lambda: broken base64',
    'lambda',
    wire('PUT /2015-03-31/functions/f/code', { ZipFile: 'A' }),
    SERIALIZATION,
    'Invalid Base64 encoding of a blob',
  ],
];

test.each(bad)('%s', async (_what, name, request, type, message) => {
  const { service, reached } = services[name]();
  const error = await refusalOf(service.handle(request, CONTEXT));
  expect({ status: error.status, type: error.type, message: error.message }).toEqual({
    status: 400,
    type,
    message,
  });
  expect(reached).toEqual([]);
});

test('__proto__ among the members is unknown and changes no prototype', async () => {
  const { service, reached } = services.v2();
  const body = '{"__proto__":{"name":"p","polluted":1},"name":"n","protocolType":"HTTP"}';
  await service.handle(wire('POST /v2/apis', body), CONTEXT);
  const input = reached[0]?.input as object;
  expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
  expect(input).toEqual({ Name: 'n', ProtocolType: 'HTTP' });
  expect('polluted' in {}).toBe(false);
});

test('a required member that only a prototype has is missing', async () => {
  const { service } = services.v2();
  const body = '{"__proto__":{"name":"p"},"protocolType":"HTTP"}';
  const error = await refusalOf(service.handle(wire('POST /v2/apis', body), CONTEXT));
  expect(error.type).toBe(VALIDATION);
});

test('what is no operation', async () => {
  const { service } = services.v2();
  const error = await refusalOf(service.handle(wire('GET /v2/nothing'), CONTEXT));
  expect(error).toMatchObject({ status: 403, type: 'AccessDeniedException' });
  expect(error.message).toBe('Unable to determine service/operation name to be authorized');
});
