// Formats of access logs: variables, texts between them, absent values, and nothing that breaks a line.
import { expect, test } from 'vitest';
import { compileAccessLog } from '#shared/exchange/access-log.ts';
import { CONTEXT_VARIABLES, type Outcome } from '#shared/exchange/context.ts';
import { testConnection, testMessage, testRoute } from '../../support/exchange.ts';

const exchange = testMessage('{}', {
  connection: testConnection({ authorizer: { tier: 'gold', bad: 'a\r\nb', empty: '' } }),
  route: testRoute({ routeKey: 'move' }),
  phases: { integration: { latency: 12, status: 200, integrationStatus: 200, requestId: 'rid' } },
});
const outcome: Outcome = { status: 200 };

test.each([
  ['$context.requestId', 'AhT5kH1hliAFnUQ='],
  ['plain', 'plain'],
  ['[$context.requestTime] "$context.eventType"', '[23/Oct/2024:12:49:17 +0000] "MESSAGE"'],
  ['$context.routeKey/$context.stage/$context.apiId', 'move/live/k3v9wq01ab'],
  ['$context.status $context.integrationLatency', '200 12'],
  ['$context.integration.status.', '200.'],
  ['$context.integration.requestId', 'rid'],
  ['$context.identity.user $context.error.message', '- -'],
  ['$context.authorizer.tier $context.authorizer.other', 'gold -'],
  ['$context.authorizer.bad|$context.authorizer.empty', 'a b|-'],
  ['$context.httpMethod $context.nothing', '- -'],
  [
    '{"id":"$context.requestId","n":$context.requestTimeEpoch}',
    '{"id":"AhT5kH1hliAFnUQ=","n":1729687757441}',
  ],
  ['$ $context $context. $$context.stage', '$ $context $context. $live'],
])('%s', (format, line) => {
  expect(compileAccessLog(format)(exchange, outcome)).toBe(line);
});

test('every variable of the table can stand in a format, known or not', () => {
  const names = [...CONTEXT_VARIABLES.keys()];
  const write = compileAccessLog(names.map((name) => `$context.${name}`).join('|'));
  const { id, event, stage, request, receivedAt } = exchange;
  expect(write(exchange, outcome).split('|')).toHaveLength(names.length);
  const bare = write({ id, event, stage, request, receivedAt }, {}).split('|');
  expect(bare).toHaveLength(names.length);
  expect(bare[names.indexOf('connectionId')]).toBe('-');
  expect(bare[names.indexOf('apiId')]).toBe('k3v9wq01ab');
});
