// Outputs on the wire: names, dates, statuses, headers and raw bodies as each service writes them.
import * as v1 from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as management from '@aws-sdk/client-apigatewaymanagementapi';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { API_GATEWAY_DIALECT, type Dialect, LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { CONTEXT, recorder, wire } from '../../support/wire-request.ts';

const MANAGEMENT_DIALECT: Dialect = { ...API_GATEWAY_DIALECT, milliseconds: true };
const DATE = new Date(1_586_290_919_987);
const JSON_TYPE = { 'Content-Type': 'application/json' };

const cases: readonly [
  string,
  readonly [sdk: object, dialect: Dialect],
  string,
  unknown,
  { readonly status: number; readonly headers: object; readonly body: unknown },
][] = [
  [
    'v2 writes whole seconds and jsonNames, and leaves out what is undefined',
    [v2, API_GATEWAY_DIALECT],
    'GET /v2/apis',
    { Items: [{ ApiId: 'a', CreatedDate: DATE, Description: undefined }], NextToken: undefined },
    {
      status: 200,
      headers: JSON_TYPE,
      body: '{"items":[{"apiId":"a","createdDate":"2020-04-07T20:21:59Z"}]}',
    },
  ],
  [
    'v1 lists are `item`, its dates epoch seconds, `position` stays in the body',
    [v1, API_GATEWAY_DIALECT],
    'GET /restapis',
    { items: [{ id: 'a', createdDate: DATE }], position: 'p' },
    {
      status: 200,
      headers: JSON_TYPE,
      body: '{"item":[{"id":"a","createdDate":1586290919}],"position":"p"}',
    },
  ],
  [
    '@connections has milliseconds',
    [management, MANAGEMENT_DIALECT],
    'GET /@connections/x',
    { ConnectedAt: new Date(1_586_290_919_000), LastActiveAt: DATE },
    {
      status: 200,
      headers: JSON_TYPE,
      body: '{"connectedAt":"2020-04-07T20:21:59.000Z","lastActiveAt":"2020-04-07T20:21:59.987Z"}',
    },
  ],
  [
    'v1 answers deletes with 202 and nothing',
    [v1, API_GATEWAY_DIALECT],
    'DELETE /restapis/r',
    undefined,
    { status: 202, headers: {}, body: '' },
  ],
  [
    'v2 answers deletes with 204 and nothing',
    [v2, API_GATEWAY_DIALECT],
    'DELETE /v2/apis/a',
    undefined,
    { status: 204, headers: {}, body: '' },
  ],
  [
    'an output without members is an empty object',
    [v2, API_GATEWAY_DIALECT],
    'POST /v2/tags/x',
    {},
    { status: 201, headers: JSON_TYPE, body: '{}' },
  ],
  [
    'v1 exports are raw, with their headers',
    [v1, API_GATEWAY_DIALECT],
    'GET /restapis/r/stages/s/exports/oas30',
    {
      body: Buffer.from('openapi: 3'),
      contentType: 'application/yaml',
      contentDisposition: 'attachment; filename="x"',
    },
    {
      status: 200,
      headers: {
        'Content-Type': 'application/yaml',
        'Content-Disposition': 'attachment; filename="x"',
      },
      body: Buffer.from('openapi: 3'),
    },
  ],
  [
    'v2 exports are raw bytes',
    [v2, API_GATEWAY_DIALECT],
    'GET /v2/apis/a/exports/OAS30?outputType=JSON',
    { body: Buffer.from('{}') },
    {
      status: 200,
      headers: { 'Content-Type': 'application/octet-stream' },
      body: Buffer.from('{}'),
    },
  ],
  [
    'Invoke: raw payload, status from the output, headers',
    [lambda, LAMBDA_DIALECT],
    'POST /2015-03-31/functions/f/invocations',
    {
      StatusCode: 200,
      FunctionError: 'Unhandled',
      ExecutedVersion: '$LATEST',
      Payload: Buffer.from('null'),
    },
    {
      status: 200,
      headers: {
        ...JSON_TYPE,
        'X-Amz-Function-Error': 'Unhandled',
        'X-Amz-Executed-Version': '$LATEST',
      },
      body: Buffer.from('null'),
    },
  ],
  [
    'Invoke of an event: 202 with nothing',
    [lambda, LAMBDA_DIALECT],
    'POST /2015-03-31/functions/f/invocations',
    { StatusCode: 202 },
    { status: 202, headers: JSON_TYPE, body: '' },
  ],
  [
    'maps keep every key',
    [v2, API_GATEWAY_DIALECT],
    'GET /v2/tags/x',
    { Tags: JSON.parse('{"__proto__":"x","Name":"n"}') as object },
    { status: 200, headers: JSON_TYPE, body: '{"tags":{"__proto__":"x","Name":"n"}}' },
  ],
];

test.each(cases)('%s', async (_what, [sdk, dialect], line, output, expected) => {
  const { service } = recorder(sdk, dialect, output);
  expect(await service.handle(wire(line), CONTEXT)).toEqual(expected);
});

test('a handler that gives another kind is a bug, not an answer', async () => {
  const { service } = recorder(v2, API_GATEWAY_DIALECT, { ApiId: 7 });
  await expect(service.handle(wire('GET /v2/apis/a'), CONTEXT)).rejects.toThrow(TypeError);
});
