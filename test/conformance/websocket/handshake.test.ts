// Handshakes against a whole node with real functions and back ends: when the 101 comes, with what, and every refusal.
import { request } from 'node:https';
import {
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateStageCommand,
  type CreateIntegrationCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, Refused } from '../../support/chatter.ts';
import { adminClients } from '../../support/clients.ts';
import { loggedEvent, type LoggedEvent } from '../../support/function-log.ts';
import { startBackend } from '../../support/http-backend.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { createFunction, invocationUri } from '../../support/websocket-api.ts';
import { zipOf } from '../../support/zip.ts';

/** Does to the handshake what its query says; on a message says which route it took. */
const GATE = `
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
const DEEDS = {
  throw: () => { throw new Error('as asked'); },
  nothing: () => undefined,
  text: () => 'welcome',
  list: () => [200],
  empty: () => ({}),
  words: () => ({ statusCode: 'fine' }),
  slow: () => new Promise((resolve) => setTimeout(resolve, 1500, { statusCode: 200 })),
  chatty: () => ({ statusCode: 200, headers: { 'X-Secret': 's', Date: 'today' }, body: 'secret' }),
  push: async ({ domainName, stage, connectionId: ConnectionId }) => {
    const client = new ApiGatewayManagementApiClient({ endpoint: 'https://' + domainName + '/' + stage });
    const error = await client.send(new PostToConnectionCommand({ ConnectionId, Data: 'early' }))
      .catch((reason) => reason);
    console.log('PUSHED ' + ConnectionId + ' ' + error.name + ' ' + error.$metadata?.httpStatusCode);
    return { statusCode: 200 };
  },
};
export const handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  const { do: deed = '200', protocol, as = 'Sec-WebSocket-Protocol' } = event.queryStringParameters ?? {};
  if (DEEDS[deed]) return DEEDS[deed](event.requestContext);
  return { statusCode: Number(deed), headers: protocol ? { [as]: protocol } : {}, body: 'not for the client' };
};
`;

let node: TestNode;
/** Addresses of apis by what stands behind their `$connect`. */
let gate: string;

beforeAll(async () => {
  node = await startNode();
  await createFunction(adminClients(node), 'gate', GATE);
  gate = await api({
    $connect: { ...lambda('gate'), TimeoutInMillis: 1000 },
    $disconnect: lambda('gate'),
  });
});
afterAll(() => node.close());

type Integration = Omit<CreateIntegrationCommandInput, 'ApiId'>;

const lambda = (name: string): Integration => ({
  IntegrationType: 'AWS_PROXY',
  IntegrationUri: invocationUri(name),
});

/** An api with these routes, deployed as the stage `live`; gives its address. */
async function api(routes: Readonly<Record<string, Integration>>): Promise<string> {
  const { gateway } = adminClients(node);
  const { ApiId } = await gateway.send(
    new CreateApiCommand({
      Name: 'handshakes',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  for (const [RouteKey, integration] of Object.entries(routes)) {
    const { IntegrationId } = await gateway.send(
      new CreateIntegrationCommand({ ApiId, ...integration }),
    );
    if (integration.IntegrationType === 'HTTP') {
      const key = { ApiId, IntegrationId, IntegrationResponseKey: '$default' };
      await gateway.send(new CreateIntegrationResponseCommand(key));
    }
    const Target = `integrations/${IntegrationId}`;
    await gateway.send(new CreateRouteCommand({ ApiId, RouteKey, Target }));
  }
  await gateway.send(new CreateStageCommand({ ApiId, StageName: 'live', AutoDeploy: true }));
  return `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${ApiId}/live`;
}

const open = (url: string, protocols: readonly string[] = []) =>
  openChatter(url, { agent: node.agent, protocols, handshakeTimeout: 20_000 });

/** The refusal of a handshake with `url`. */
async function refusalOf(url: string): Promise<Refused> {
  const outcome: unknown = await open(url).catch((error: unknown) => error);
  if (outcome instanceof Refused) return outcome;
  throw new Error('not refused', { cause: outcome });
}

test.each([200, 201, 204, 299])('a function that answers %i opens', async (status) => {
  const client = await open(`${gate}?do=${status}`);
  await client.close(1000);
});

const ITSELF = undefined;
const BROKEN = 'InternalServerErrorException';

test.each<[string, number, string, string | undefined]>([
  ['301', 301, 'Moved Permanently', ITSELF],
  ['400', 400, 'Bad Request', ITSELF],
  ['401', 401, 'Unauthorized', ITSELF],
  ['403', 403, 'Forbidden', ITSELF],
  ['429', 429, 'Too Many Requests', ITSELF],
  ['500', 500, 'Internal Server Error', ITSELF],
  ['501', 501, 'Not Implemented', ITSELF],
  ['throw', 502, 'Internal server error', BROKEN],
  ['nothing', 502, 'Internal server error', BROKEN],
  ['text', 502, 'Internal server error', BROKEN],
  ['list', 502, 'Internal server error', BROKEN],
  ['empty', 502, 'Internal server error', BROKEN],
  ['words', 502, 'Internal server error', BROKEN],
  ['slow', 504, 'Endpoint request timed out', BROKEN],
])('a function that answers %s refuses with %i', async (deed, status, message, errorType) => {
  const { status: got, body, headers } = await refusalOf(`${gate}?do=${deed}`);
  expect([got, body]).toEqual([status, JSON.stringify({ message })]);
  expect(headers['content-type']).toBe('application/json');
  expect(headers['x-amzn-errortype']).toBe(errorType);
  expect(headers['x-amzn-requestid']).toMatch(/^[A-Za-z0-9_-]{15}=$/);
});

async function unpermitted(name: string, source: string): Promise<void> {
  await adminClients(node).lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: zipOf({ 'index.mjs': source }) },
    }),
  );
}

test.each<[string, () => Promise<void>, number]>([
  [
    'cannot be parsed',
    () => createFunction(adminClients(node), 'broken', 'export const = 1;'),
    502,
  ],
  [
    'fails while it loads',
    () => createFunction(adminClients(node), 'loads', 'throw new Error(1);'),
    502,
  ],
  ['may not be invoked', () => unpermitted('stranger', 'export const handler = () => 1;'), 500],
  ['is not there', async () => undefined, 500],
])('a function that %s: %i', async (what, create, status) => {
  await create();
  const name = {
    'cannot be parsed': 'broken',
    'fails while it loads': 'loads',
    'may not be invoked': 'stranger',
  };
  const url = await api({ $connect: lambda(name[what as keyof typeof name] ?? 'nobody') });
  const refusal = await refusalOf(url);
  expect([refusal.status, refusal.body]).toEqual([status, '{"message":"Internal server error"}']);
});

test.each(['HTTP_PROXY', 'HTTP'] as const)(
  '%s: the status of the back end opens or refuses, with nothing of its headers and body',
  async (IntegrationType) => {
    const backend = await startBackend((response, { headers }) => {
      response.writeHead(Number(headers['x-status'] ?? 204), { 'X-Secret': 's', Location: '/' });
      response.end();
    });
    for (const status of [204, 302, 400, 404, 503]) {
      const url = await api({
        $connect: {
          IntegrationType,
          IntegrationUri: backend.url,
          IntegrationMethod: 'GET',
          RequestParameters: { 'integration.request.header.X-Status': `'${status}'` },
        },
      });
      if (status === 204) await (await open(url)).close(1000);
      else {
        const refusal = await refusalOf(url);
        expect(refusal.status).toBe(status);
        expect(refusal.headers).not.toHaveProperty('x-secret');
        expect(refusal.headers).not.toHaveProperty('location');
      }
    }
  },
);

test('the upgrade waits for $connect, however long that takes, and nothing comes before', async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const backend = await startBackend((response) => {
    arrived.resolve();
    void gone.promise.then(() => response.end());
  });
  const url = await api({
    $connect: {
      IntegrationType: 'HTTP_PROXY',
      IntegrationUri: backend.url,
      IntegrationMethod: 'GET',
    },
  });
  let isOpen = false;
  const opening = open(url).finally(() => (isOpen = true));
  await arrived.promise;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isOpen).toBe(false);
  gone.resolve();
  await (await opening).close(1000);
});

test('headers and body of the answer stay here; the 101 has only what AWS sends', async () => {
  const { pathname, hostname, port } = new URL(gate);
  const headers = {
    ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const path = `${pathname}?do=chatty`;
  const options = { hostname, port, path, headers, ca: node.caText };
  const seen = await new Promise<{ names: string[]; head: Buffer }>((resolve, reject) => {
    request(options)
      .on('upgrade', ({ rawHeaders }, socket, head) => {
        socket.destroy();
        resolve({ names: rawHeaders.filter((_, at) => at % 2 === 0), head });
      })
      .on('error', reject)
      .end();
  });
  expect(seen.names).toEqual(['Date', 'Connection', 'upgrade', 'sec-websocket-accept']);
  expect(seen.head.length).toBe(0);
});

test.each(['Sec-WebSocket-Protocol', 'Sec-Websocket-Protocol', 'sec-websocket-protocol'])(
  'the subprotocol that the function names as %s is the client’s; the event shows what it offered',
  async (as) => {
    const client = await open(`${gate}?protocol=chat.v2&as=${as}`, ['chat.v1', 'chat.v2']);
    expect(client.socket.protocol).toBe('chat.v2');
    await client.close(1000);
    const event = await loggedEvent(node, (_, { queryStringParameters: query }) => {
      const { as: given } = (query ?? {}) as Record<string, unknown>;
      return given === as;
    });
    expect(event['headers']).toMatchObject({ 'Sec-WebSocket-Protocol': 'chat.v1,chat.v2' });
  },
);

test('no subprotocol by itself: a client that offered some gets a 101 without', async () => {
  await expect(open(gate, ['chat.v1'])).rejects.toThrow('Server sent no subprotocol');
});

test('a push to its own connection within $connect is 410', async () => {
  const client = await open(`${gate}?do=push`).catch((error: unknown) => error);
  const { message } = await node.line(({ message: text }) => String(text).includes('PUSHED '));
  expect(String(message)).toMatch(/PUSHED [A-Za-z0-9_-]{15}= GoneException 410/);
  // Loading the SDK may take longer than the timeout here: then the handshake was a 504.
  if (!(client instanceof Error)) (client as { socket: WebSocket }).socket.close();
});

test('without $connect everybody comes in; $default stands in neither for it nor for $disconnect', async () => {
  const url = await api({ $default: lambda('gate') });
  const client = await open(url);
  const apiId = url.split('/').at(-2);
  for (const text of ['first', 'last']) {
    client.socket.send(text);
    await loggedEvent(node, (context, { body }) => context['apiId'] === apiId && body === text);
  }
  await client.close(1000);
  const later = await open(url);
  later.socket.send('after all');
  await loggedEvent(
    node,
    (context, { body }) => context['apiId'] === apiId && body === 'after all',
  );
  await later.close(1000);
  const kinds = node.lines.flatMap(({ message }) => {
    const [, json] = /EVENT (\{.*\})/.exec(String(message)) ?? [];
    const event = json === undefined ? undefined : (JSON.parse(json) as LoggedEvent);
    return event?.requestContext['apiId'] === apiId ? [event?.requestContext['eventType']] : [];
  });
  expect(kinds).toEqual(['MESSAGE', 'MESSAGE', 'MESSAGE']);
});

test.each([
  ['GET', '', 426, 'Upgrade Required'],
  ['POST', '', 403, 'Forbidden'],
  ['GET', '/more', 404, 'No method found matching route more for http method GET.'],
])('a plain %s of the stage%s: %i', async (method, more, status, message) => {
  const { hostname, port, pathname } = new URL(gate);
  const options = { hostname, port, path: `${pathname}${more}`, method, ca: node.caText };
  const answer = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      request(options, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      })
        .on('error', reject)
        .end();
    },
  );
  expect(answer).toEqual({ status, body: JSON.stringify({ message }) });
});

test('an upgrade below the stage is 403, with and without a query; a closing slash is the stage', async () => {
  expect((await refusalOf(`${gate}/more`)).status).toBe(403);
  expect((await refusalOf(`${gate}/more?do=200`)).body).toBe('{"message":"Forbidden"}');
  await (await open(`${gate}/?do=200`)).close(1000);
});
