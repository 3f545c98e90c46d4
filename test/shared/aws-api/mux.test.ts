// Requests find their operations: literal queries, encoded ids, greedy labels, slashes too many.
import * as v1 from '@aws-sdk/client-api-gateway';
import * as v2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { buildMux, splitPath } from '#shared/aws-api/mux.ts';
import { type Operation, readModel } from '#shared/aws-api/operations.ts';
import { parseQuery, splitUrl } from '#shared/aws-api/wire.ts';

const muxes = {
  v1: buildMux(readModel(v1).operations.values()),
  v2: buildMux(readModel(v2).operations.values()),
  lambda: buildMux(readModel(lambda).operations.values()),
};

function find(service: keyof typeof muxes, line: string) {
  const [method = '', url = ''] = line.split(' ');
  const { path, query } = splitUrl(url);
  const match = muxes[service].match(method, path, parseQuery(query));
  return match && { name: match.operation.name, labels: Object.fromEntries(match.labels) };
}

const ARN = 'arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fa1';

test.each([
  ['v1', 'POST /apikeys', 'CreateApiKey', {}],
  ['v1', 'POST /apikeys?mode=import&format=csv', 'ImportApiKeys', {}],
  ['v1', 'POST /apikeys?mode=other', 'CreateApiKey', {}],
  ['v1', 'POST /restapis?a=b&mode=import', 'ImportRestApi', {}],
  ['v1', 'PUT /restapis/r1/documentation/parts', 'ImportDocumentationParts', { restApiId: 'r1' }],
  ['v1', `PUT /tags/${ARN}`, 'TagResource', { resourceArn: ARN }],
  ['v2', 'GET /v2/apis', 'GetApis', {}],
  ['v2', 'GET /v2/apis/', 'GetApis', {}],
  ['v2', 'GET //v2/apis', 'GetApis', {}],
  ['v2', 'PUT /v2/apis', 'ImportApi', {}],
  ['v2', 'PATCH /v2/apis/a1', 'UpdateApi', { ApiId: 'a1' }],
  ['v2', `DELETE /v2/tags/${ARN}?tagKeys=a`, 'UntagResource', { ResourceArn: ARN }],
  [
    'v2',
    'DELETE /v2/apis/a1/stages/%24default/routesettings/GET%20%2Fx',
    'DeleteRouteSettings',
    { ApiId: 'a1', StageName: '%24default', RouteKey: 'GET%20%2Fx' },
  ],
  ['lambda', 'POST /2015-03-31/functions', 'CreateFunction', {}],
  ['lambda', 'GET /2015-03-31/functions/', 'ListFunctions', {}],
  ['lambda', 'GET /2018-10-31/layers?find=LayerVersion&Arn=x', 'GetLayerVersionByArn', {}],
  ['lambda', 'GET /2018-10-31/layers', 'ListLayers', {}],
  ['lambda', 'POST /2015-03-31/functions/f/invocations', 'Invoke', { FunctionName: 'f' }],
] as const)('%s: %s is %s', (service, line, name, labels) => {
  expect(find(service, line)).toEqual({ name, labels });
});

test.each([
  ['v2', 'POST /v2/apis/a1'],
  ['v2', 'GET /v2'],
  ['v2', 'GET /v2/apis//routes'],
  ['v2', 'GET /v2/apis/a1/routes/r1/nothing'],
  ['v2', 'GET /V2/apis'],
  ['v1', 'GET /'],
  ['lambda', 'GET /2015-03-31'],
] as const)('%s: %s is no operation', (service, line) => {
  expect(find(service, line)).toBeUndefined();
});

function operation(name: string, path: string): Operation {
  const segments = path.split('/').map((part) => {
    if (!part.startsWith('{')) return { literal: part };
    return { label: part.replaceAll(/[{}+]/g, ''), greedy: part.endsWith('+}') };
  });
  const layout = { labels: new Map(), query: [], headers: [], body: [] };
  const output = { headers: [], body: [], empty: true };
  return { name, method: 'GET', segments, literals: [], status: 200, input: layout, output };
}

test('literals win, but a branch that leads nowhere is given up; greedy labels take the rest', () => {
  const mux = buildMux([
    operation('Fixed', 'things/special'),
    operation('Part', 'things/{id}/part'),
    operation('Rest', 'things/{rest+}'),
  ]);
  const name = (path: string) => mux.match('GET', path, [])?.operation.name;
  expect(name('/things/special')).toBe('Fixed');
  expect(name('/things/special/part')).toBe('Part');
  expect(name('/things/special/other')).toBe('Rest');
  expect(mux.match('GET', '/things/a/b%2Fc', [])?.labels.get('rest')).toBe('a/b%2Fc');
});

test('two operations with one address are a fault of the table', () => {
  const twins = [operation('A', 'x/{a}'), operation('B', 'x/{b}')];
  expect(() => buildMux(twins)).toThrow('A and B have the same address');
});

test.each([
  ['/', []],
  ['', []],
  ['//a//b/', ['a', '', 'b']],
])('segments of %j', (path, segments) => {
  expect(splitPath(path)).toEqual(segments);
});
