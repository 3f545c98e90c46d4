// Parameter mappings: every source of the sheet, missing ones, and what is refused.
import { expect, test } from 'vitest';
import { BufferBody } from '#shared/exchange/body.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compileParameters, type MappingSide } from '#shared/mapping/parameters.ts';
import { testMessage, testRequest, testStage } from '../../support/exchange.ts';

const exchange = testMessage('', {
  stage: testStage({ variables: { v: 'from stage' } }),
  request: testRequest({
    rawHeaders: ['X-A', '1', 'x-a', '2'],
    query: 'q=a%20b&q=c',
    body: '{"s":"text","n":5,"o":{"a":[1]},"z":null,"k e y":"spaced"}',
  }),
});
const answer = {
  status: 200,
  headers: { 'X-Back': 'end' },
  body: new BufferBody(Buffer.from('{"room":"r1"}')),
};

function read(side: MappingSide, source: string): string | undefined {
  const target = side === 'request' ? 'integration.request.header.X' : 'method.response.header.X';
  return compileParameters({ [target]: source }, side)[0]?.read({ exchange, answer });
}

test.each<[MappingSide, string, string | undefined]>([
  ['request', "'fixed text'", 'fixed text'],
  ['request', "''", ''],
  ['request', 'route.request.header.X-A', '2'],
  ['request', 'route.request.multivalueheader.x-a', '1,2'],
  ['request', 'route.request.querystring.q', 'c'],
  ['request', 'route.request.multivaluequerystring.q', 'a b,c'],
  ['request', 'method.request.header.X-A', '2'],
  ['request', 'route.request.header.none', undefined],
  ['request', 'route.request.multivalueheader.none', undefined],
  ['request', 'route.request.querystring.none', undefined],
  ['request', 'route.request.body.s', 'text'],
  ['request', 'route.request.body.n', '5'],
  ['request', 'route.request.body.o', '{"a":[1]}'],
  ['request', 'route.request.body.o.a[0]', '1'],
  ['request', "route.request.body['k e y']", 'spaced'],
  ['request', 'route.request.body.z', undefined],
  ['request', 'route.request.body.none', undefined],
  ['request', 'route.request.body', exchange.request.body.text],
  ['request', 'stageVariables.v', 'from stage'],
  ['request', 'stageVariables.none', undefined],
  ['request', 'context.connectionId', 'AhT3mfC0liACJ9g='],
  ['request', 'context.requestTimeEpoch', '1729687757441'],
  ['request', 'context.identity.userAgent', undefined],
  ['response', 'integration.response.header.x-back', 'end'],
  ['response', 'integration.response.header.none', undefined],
  ['response', 'integration.response.body.room', 'r1'],
  ['response', 'integration.response.body', '{"room":"r1"}'],
])('%s: %s is %j', (side, source, expected) => {
  expect(read(side, source)).toBe(expected);
});

test.each([
  'text',
  "'open",
  'route.request.header',
  'route.request.cookie.x',
  'context.noSuch',
  'context.waf.latency',
  'stageVariables.a-b',
  'route.request.body.a[',
])('%s is refused', (source) => {
  expect(() => read('request', source)).toThrow(DefinitionError);
});

test.each<[MappingSide, string]>([
  ['request', 'integration.request.body.x'],
  ['request', 'method.response.header.x'],
  ['request', 'integration.request.header.a b'],
  ['response', 'integration.request.header.x'],
])('%s: target %s is refused', (side, target) => {
  expect(() => compileParameters({ [target]: "'x'" }, side)).toThrow(
    `invalid mapping target "${target}"`,
  );
});

test('targets keep their place and name', () => {
  const map = {
    'integration.request.header.X-Id': "'1'",
    'integration.request.querystring.q.r': "'2'",
    'integration.request.path.$p': "'3'",
  };
  const places = compileParameters(map, 'request').map(({ location, name }) => [location, name]);
  expect(places).toEqual([
    ['header', 'X-Id'],
    ['querystring', 'q.r'],
    ['path', '$p'],
  ]);
});
