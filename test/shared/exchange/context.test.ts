// The $context table: every variable of the sheet with its value, and where it may be used.
import { expect, test } from 'vitest';
import { CONTEXT_VARIABLES, contextVariable, type Outcome } from '#shared/exchange/context.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { clfTime } from '#shared/exchange/clf-time.ts';
import { testConnection, testMessage, testRoute } from '../../support/exchange.ts';

const exchange = testMessage('{}', {
  route: testRoute({ routeKey: 'move' }),
  connection: testConnection({
    userAgent: 'duel/1',
    authorizer: { principalId: 'u-481', tier: 'gold' },
    clientCert: {
      clientCertPem: 'PEM',
      subjectDN: 'CN=client',
      issuerDN: 'CN=ca',
      serialNumber: '0a:f1',
      validity: { notBefore: 'May 28 12:30:02 2019 GMT', notAfter: 'Aug  5 09:36:04 2031 GMT' },
    },
  }),
});
const outcome: Outcome = {
  status: 500,
  error: new GatewayError('INTEGRATION_FAILURE', 'secret'),
  validationError: 'no x',
  identity: { accountId: '1', apiKeyId: 'kid' },
  phases: {
    authorizer: { latency: 7, status: 200, requestId: 'ar' },
    integration: { latency: 12, integrationStatus: 200, error: 'boom' },
  },
};

test.each([
  ['apiId', 'k3v9wq01ab', true],
  ['connectedAt', 1729687745102, true],
  ['connectionId', 'AhT3mfC0liACJ9g=', true],
  ['domainName', 'k3v9wq01ab.execute-api.eu-central-1.amazonaws.com', true],
  ['eventType', 'MESSAGE', true],
  ['extendedRequestId', 'AhT5kH1hliAFnUQ=', true],
  ['requestId', 'AhT5kH1hliAFnUQ=', true],
  ['messageId', 'AhT5kcQ-FiACJ9g=', true],
  ['requestTime', '23/Oct/2024:12:49:17 +0000', true],
  ['requestTimeEpoch', 1729687757441, true],
  ['routeKey', 'move', true],
  ['stage', 'live', true],
  ['status', 500, true],
  ['identity.sourceIp', '198.51.100.23', true],
  ['identity.userAgent', 'duel/1', true],
  ['identity.accountId', '1', true],
  ['identity.apiKey', undefined, true],
  ['identity.apiKeyId', 'kid', true],
  ['identity.principalOrgId', undefined, false],
  ['identity.clientCert.clientCertPem', 'PEM', true],
  ['identity.clientCert.subjectDN', 'CN=client', true],
  ['identity.clientCert.issuerDN', 'CN=ca', true],
  ['identity.clientCert.serialNumber', '0a:f1', true],
  ['identity.clientCert.validity.notBefore', 'May 28 12:30:02 2019 GMT', true],
  ['identity.clientCert.validity.notAfter', 'Aug  5 09:36:04 2031 GMT', true],
  ['authorizer.principalId', 'u-481', true],
  ['authorizer.tier', 'gold', true],
  ['authorizer.toString', undefined, true],
  ['authorizer.latency', 7, false],
  ['authorizer.integrationLatency', 7, false],
  ['authorizer.requestId', 'ar', false],
  ['authorize.status', undefined, false],
  ['integration.error', 'boom', false],
  ['integration.integrationStatus', 200, false],
  ['integrationLatency', 12, false],
  ['waf.latency', undefined, false],
  ['error.message', 'Internal server error', false],
  ['error.messageString', '"Internal server error"', true],
  ['error.responseType', 'INTEGRATION_FAILURE', false],
  ['error.validationErrorString', 'no x', true],
])('$context.%s is %j', (name, value, templates) => {
  const variable = contextVariable(name);
  expect(variable?.read(exchange, outcome)).toBe(value);
  expect(variable?.templates).toBe(templates);
});

test.each(['nothing', 'identity', 'authorizer', 'authorizer.a.b', 'identity.secret', '__proto__'])(
  '$context.%s is unknown',
  (name) => {
    expect(contextVariable(name)).toBeUndefined();
  },
);

test('every variable can be read before anything is known', () => {
  const { id, event, stage, request, receivedAt } = testMessage('');
  const bare = { id, event, stage, request, receivedAt };
  for (const { read } of CONTEXT_VARIABLES.values()) expect(() => read(bare)).not.toThrow();
});

test.each([
  [0, '01/Jan/1970:00:00:00 +0000'],
  [999, '01/Jan/1970:00:00:00 +0000'],
  [1735689599999, '31/Dec/2024:23:59:59 +0000'],
  [1709164800000, '29/Feb/2024:00:00:00 +0000'],
])('%i is %s in the Common Log Format', (epochMs, text) => {
  expect(clfTime(epochMs)).toBe(text);
});

test('identity and phases stand on the connection and the exchange when the pipeline has not told its end', () => {
  const connection = testConnection({ identity: { user: 'alice', accountId: '111122223333' } });
  const phases = { authorizer: { latency: 21, status: 200 }, authenticate: { status: 403 } };
  const exchange = testMessage('', { connection, phases });
  const read = (name: string) => contextVariable(name)?.read(exchange);
  expect(read('identity.user')).toBe('alice');
  expect(read('identity.accountId')).toBe('111122223333');
  expect(read('identity.caller')).toBeUndefined();
  expect(read('authorizer.latency')).toBe(21);
  expect(read('authorizer.integrationLatency')).toBe(21);
  expect(read('authenticate.status')).toBe(403);
});
