// What goes out to HTTP back ends and AWS services, byte for byte: request line, headers in order, body; from test/golden/requests.
import { expect, onTestFinished, test } from 'vitest';
import type { Integration } from '#shared/model/integration.ts';
import type { IntegrationRecord } from '#shared/model/records.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { testConnection, testMessage, testRequest, testRoute, testStage } from '../support/exchange.ts';
import { goldenCases } from '../support/golden.ts';
import { startBackend } from '../support/http-backend.ts';
import { servicesAt, testIntegration, testStageDeps } from '../support/snapshot.ts';

interface Given {
  /** `{backend}` stands for the back end's address. */
  readonly integration: Partial<IntegrationRecord>;
  readonly message?: string;
  /** A handshake instead of a message. */
  readonly connect?: { readonly query?: string; readonly rawHeaders?: readonly string[] };
  readonly variables?: Readonly<Record<string, string>>;
}

const cases = goldenCases('requests');

/** An integration of the record, which reaches HTTP back ends and AWS services alike at `url`. */
function create({ integration: record, variables = {} }: Given, url: string): Integration {
  const integration = createIntegration(
    {
      record: testIntegration(
        JSON.parse(JSON.stringify(record).replaceAll('{backend}', url)) as typeof record,
      ),
      responses: [
        { IntegrationId: 'int1', IntegrationResponseId: 'ir1', IntegrationResponseKey: '$default' },
      ],
    },
    {
      ...testStageDeps({ services: servicesAt(() => url) }),
      stage: testStage({ variables }),
      events: {},
    },
  );
  onTestFinished(async () => integration.close?.());
  return integration;
}

function exchangeOf({ message, connect, variables = {} }: Given) {
  const common = {
    stage: testStage({ variables }),
    connection: testConnection({ userAgent: 'duel-client/2.4' }),
  };
  if (connect === undefined) {
    return testMessage(message ?? '', { ...common, route: testRoute({ routeKey: 'move' }) });
  }
  const route = testRoute({ routeKey: '$connect' });
  return testMessage('', { ...common, event: 'CONNECT', route, request: testRequest(connect) });
}

test.each(cases)('$name', async ({ sections: [given = '', expected] }) => {
  const backend = await startBackend((response) => response.end('{}'));
  const read = JSON.parse(given) as Given;
  await create(read, backend.url).invoke(exchangeOf(read));
  expect(backend.requests).toHaveLength(1);
  const [{ method = '', url = '', rawHeaders = [], body = '' } = {}] = backend.requests;
  const lines = [`${method} ${url}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  const sent = `${lines.join('\n')}\n\n${body}`
    .replaceAll(new URL(backend.url).host, '<host>')
    .replace(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/, '<trace>')
    .replace(/\d{8}T\d{6}Z/, '<date>')
    .replace(/AKIDNODE\/\d{8}/, 'AKIDNODE/<day>')
    .replace(/Signature=[0-9a-f]{64}/, 'Signature=<signature>');
  expect(sent).toBe(expected);
});

test('there are cases', () => {
  expect(cases.length).toBeGreaterThan(12);
});
