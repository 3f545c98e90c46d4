// HTTP integrations that show a client certificate: to an HTTPS back end that asks for it, never without it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { newClientIdentity } from '#services/edge/client-identity.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import type { TlsIdentity } from '#shared/model/certificates.ts';
import type { Integration } from '#shared/model/integration.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { testMessage, testRoute, testStage } from '../../support/exchange.ts';
import { rootAuthority } from '../../support/pki.ts';
import { testIntegration, testStageDeps } from '../../support/snapshot.ts';

const trusted = getCACertificates('default');
let identity: TlsIdentity;
let server: Server;
let url: string;
/** Subjects of who has called. */
const shown: string[] = [];

beforeAll(async () => {
  const day = 86_400_000;
  identity = await newClientIdentity(Date.now() - day, Date.now() + day);
  const own = await rootAuthority('CN=localhost');
  server = createServer(
    {
      key: own.key,
      cert: own.cert,
      ca: [identity.cert],
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      shown.push((request.socket as TLSSocket).getPeerX509Certificate()?.subject ?? '');
      response.end('hello');
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  setDefaultCACertificates([own.cert]);
});

afterAll(() => {
  setDefaultCACertificates(trusted);
  server.closeAllConnections();
  server.close();
});

function integration(
  type: 'HTTP' | 'HTTP_PROXY',
  find?: () => Promise<TlsIdentity>,
  clock = new TestClock(0),
): Integration {
  const record = testIntegration({
    IntegrationType: type,
    IntegrationUri: url,
    IntegrationMethod: 'POST',
  });
  const made = createIntegration(
    {
      record,
      responses: [
        { IntegrationId: 'int1', IntegrationResponseId: 'r', IntegrationResponseKey: '$default' },
      ],
    },
    {
      ...testStageDeps({ clock }),
      stage: testStage(),
      events: WEBSOCKET_EVENTS,
      ...(find && { identity: find }),
    },
  );
  onTestFinished(async () => made.close?.());
  return made;
}

const call = (made: Integration) =>
  made.invoke(testMessage('{}', { route: testRoute({ routeKey: 'ask', twoWay: true }) }));

test.each(['HTTP', 'HTTP_PROXY'] as const)(
  '%s: the back end sees the certificate',
  async (type) => {
    let asked = 0;
    const made = integration(type, async () => {
      asked++;
      return Promise.resolve(identity);
    });
    shown.length = 0;
    const results = await Promise.all([call(made), call(made)]);
    await call(made);
    expect(results.map(({ status }) => status)).toEqual([200, 200]);
    expect(shown).toEqual(Array<string>(3).fill('C=US\nL=Seattle\nCN=ApiGateway'));
    expect(asked).toBe(1);
  },
);

test('without one, and with a foreign one, the back end lets nobody in', async () => {
  await expect(call(integration('HTTP_PROXY'))).rejects.toMatchObject({
    type: 'INTEGRATION_FAILURE',
  });
  const foreign = await newClientIdentity(Date.now(), Date.now() + 86_400_000);
  const made = integration('HTTP_PROXY', () => Promise.resolve(foreign));
  await expect(call(made)).rejects.toMatchObject({ type: 'INTEGRATION_FAILURE' });
});

test('an identity that cannot be had fails the call, and the next call tries again', async () => {
  let away = true;
  const made = integration('HTTP_PROXY', () =>
    away ? Promise.reject(new Error('sealed for another')) : Promise.resolve(identity),
  );
  const failed = call(made);
  await expect(failed).rejects.toBeInstanceOf(GatewayError);
  await expect(failed).rejects.toMatchObject({
    type: 'API_CONFIGURATION_ERROR',
    detail: 'sealed for another',
  });
  away = false;
  expect((await call(made)).status).toBe(200);
});

test('waiting for it counts as waiting for the back end', async () => {
  const clock = new TestClock(0);
  const made = integration('HTTP_PROXY', () => new Promise(() => undefined), clock);
  const failed = call(made);
  clock.advance(30_000);
  await expect(failed).rejects.toMatchObject({ type: 'INTEGRATION_TIMEOUT' });
});

test('after it is closed a call still shows it', async () => {
  const made = integration('HTTP_PROXY', () => Promise.resolve(identity));
  await call(made);
  await made.close?.();
  expect((await call(made)).status).toBe(200);
});
