// VPC links: connections go to the link's address, the URI says path and Host.
import { expect, onTestFinished, test } from 'vitest';
import type { IntegrationRecord, StringMap } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { Logger, silentLogger } from '#shared/runtime/logger.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { startBackend } from '../../support/http-backend.ts';
import { testIntegration, testStageDeps } from '../../support/snapshot.ts';

const twoWay = testMessage('{"n":1}', { route: testRoute({ routeKey: 'ask', twoWay: true }) });

interface Given {
  readonly vpcLinks?: StringMap;
  readonly variables?: StringMap;
  readonly logger?: Logger;
}

function create(record: Partial<IntegrationRecord>, given: Given = {}) {
  const { vpcLinks = {}, variables = {}, logger = silentLogger } = given;
  const response = {
    IntegrationId: 'int1',
    IntegrationResponseId: 'ir1',
    IntegrationResponseKey: '$default',
  };
  const integration = createIntegration(
    {
      record: testIntegration({
        IntegrationType: 'HTTP_PROXY',
        IntegrationUri: 'http://orders.internal:8080/v1?a=1',
        ConnectionType: 'VPC_LINK',
        ConnectionId: 'link1',
        ...record,
      }),
      responses: [response],
    },
    { ...testStageDeps({ vpcLinks, logger }), stage: testStage({ variables }), events: {} },
  );
  onTestFinished(async () => integration.close?.());
  return integration;
}

test.each(['HTTP_PROXY', 'HTTP'] as const)('%s: through the link', async (IntegrationType) => {
  const backend = await startBackend((response) => response.end('hello'));
  const integration = create({ IntegrationType }, { vpcLinks: { link1: backend.url } });
  const { body } = await integration.invoke(twoWay);
  expect(Buffer.from(body ?? []).toString()).toBe('hello');
  const [seen] = backend.requests;
  expect(seen).toMatchObject({ url: '/v1?a=1', body: '{"n":1}' });
  expect(seen?.headers.host).toBe('orders.internal:8080');
});

test('a stage variable names the link', async () => {
  const backend = await startBackend((response) => response.end('hello'));
  const record = { ConnectionId: '${stageVariables.link}' };
  const vpcLinks = { blue: backend.url };
  await create(record, { vpcLinks, variables: { link: 'blue' } }).invoke(twoWay);
  expect(backend.requests).toHaveLength(1);
  await expect(create(record, { vpcLinks }).invoke(twoWay)).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
    detail: 'stage variable link is not set',
  });
});

test('a link without an address fails when called, and the log names the setting', async () => {
  const warnings: string[] = [];
  const logger = new Logger(({ message }) => void warnings.push(message), 'test');
  const integration = create({ ConnectionId: 'toString' }, { logger });
  const reason = 'the VPC link toString has no address in the setting vpcLinks';
  expect(warnings).toEqual([reason]);
  await expect(integration.invoke(twoWay)).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
    detail: reason,
  });
});

test('a link needs its id', () => {
  const record = testIntegration({
    IntegrationType: 'HTTP',
    IntegrationUri: 'http://a',
    ConnectionType: 'VPC_LINK',
  });
  const deps = { ...testStageDeps(), stage: testStage(), events: {} };
  expect(() => createIntegration({ record, responses: [] }, deps)).toThrow(DefinitionError);
});
