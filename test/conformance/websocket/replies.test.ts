// What a function's answer becomes on one-way and two-way routes, and the events as functions get them, member by member.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { adminClients } from '../../support/clients.ts';
import { loggedEvent } from '../../support/function-log.ts';
import { startNode, type TestNode } from '../../support/node.ts';
import { createApi, createFunction } from '../../support/websocket-api.ts';

/** Answers what the message's `answer` says: the JSON that stands there, or one of the deeds. */
const HANDLER = `
const DEEDS = {
  undefined: () => undefined,
  throw: () => { throw new Error('as asked'); },
  slow: () => new Promise((resolve) => setTimeout(resolve, 1500, { statusCode: 200, body: 'late' })),
};
export const handler = async (event) => {
  const { eventType } = event.requestContext;
  if (event.queryStringParameters?.log || eventType !== 'CONNECT') console.log('EVENT ' + JSON.stringify(event));
  if (eventType !== 'MESSAGE') return { statusCode: 200 };
  const { answer } = JSON.parse(event.body);
  return DEEDS[answer] ? DEEDS[answer]() : answer;
};
`;

let node: TestNode;
let url: string;
let client: Chatter;

beforeAll(async () => {
  node = await startNode();
  const clients = adminClients(node);
  await createFunction(clients, 'answers', HANDLER);
  const apiId = await createApi(clients, {
    name: 'a',
    handler: 'answers',
    connect: {},
    timeoutMs: 1000,
  });
  url = `${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${apiId}/live`;
  client = await openChatter(url, { agent: node.agent });
});
afterAll(async () => {
  await client.close();
  await node.close();
});

const SILENCE = 'nothing';
const ids = '"connectionId":"<id>", "requestId":"<id>"';
const INTERNAL = `{"message": "Internal server error", ${ids}}`;
const TIMEOUT = `{"message": "Endpoint request timed out", ${ids}}`;

/**
 * The frame that comes back; where silence is expected, the answer to a later message comes first, and a frame too many
 * would be taken for one of a later test.
 */
async function reply(action: 'ask' | 'tell', answer: unknown, expected: string): Promise<string> {
  client.send({ action, answer });
  if (expected === SILENCE) client.send({ action: 'ask', answer: { body: SILENCE } });
  return (await client.next()).replaceAll(/[A-Za-z0-9_-]{15}=/g, '<id>');
}

test.each<[string, unknown, string, string]>([
  ['a body', { statusCode: 200, body: 'hi ✓' }, SILENCE, 'hi ✓'],
  ['a body without a status', { body: 'hi' }, SILENCE, 'hi'],
  ['status 500 and a body', { statusCode: 500, body: 'sorry' }, SILENCE, 'sorry'],
  ['status 301 and a body', { statusCode: 301, body: 'there' }, SILENCE, 'there'],
  ['status 501 alone', { statusCode: 501 }, SILENCE, SILENCE],
  ['nothing but a status', { statusCode: 200 }, SILENCE, SILENCE],
  ['an empty body', { statusCode: 200, body: '' }, SILENCE, SILENCE],
  ['an empty object', {}, SILENCE, SILENCE],
  ['null', null, SILENCE, SILENCE],
  ['undefined', 'undefined', SILENCE, SILENCE],
  ['headers beside a body', { headers: { 'X-A': '1' }, body: 'b' }, SILENCE, 'b'],
  ['base64', { isBase64Encoded: true, body: 'aGk=' }, SILENCE, 'aGk='],
  ['a text', 'plain', SILENCE, INTERNAL],
  ['a list', [1], SILENCE, INTERNAL],
  ['a body that is no text', { body: { a: 1 } }, SILENCE, INTERNAL],
  ['an error', 'throw', INTERNAL, INTERNAL],
  ['nothing within the timeout', 'slow', TIMEOUT, TIMEOUT],
])('a function that answers %s', async (_what, answer, oneWay, twoWay) => {
  expect(await reply('tell', answer, oneWay)).toBe(oneWay);
  expect(await reply('ask', answer, twoWay)).toBe(twoWay);
});

const CONTEXT = {
  before: ['eventType', 'extendedRequestId', 'requestTime', 'messageDirection'],
  after: [
    ...['stage', 'connectedAt', 'requestTimeEpoch', 'identity', 'requestId', 'domainName'],
    ...['connectionId', 'apiId'],
  ],
};

test('CONNECT, MESSAGE and DISCONNECT have the members of AWS’s events, in their order, and no other', async () => {
  const one = await openChatter(`${url}?log=1`, { agent: node.agent });
  const connect = await loggedEvent(node, ({ eventType }) => eventType === 'CONNECT');
  const { connectionId } = connect.requestContext;
  const of = (kind: string) =>
    loggedEvent(
      node,
      (other) => other['connectionId'] === connectionId && other['eventType'] === kind,
    );
  one.send({ action: 'tell', answer: {} });
  const message = await of('MESSAGE');
  one.socket.close(4000, 'done');
  const disconnect = await of('DISCONNECT');
  expect(Object.keys(connect)).toEqual([
    ...['headers', 'multiValueHeaders', 'queryStringParameters', 'multiValueQueryStringParameters'],
    ...['requestContext', 'isBase64Encoded'],
  ]);
  expect(Object.keys(message)).toEqual(['requestContext', 'body', 'isBase64Encoded']);
  expect(Object.keys(disconnect)).toEqual([
    ...['headers', 'multiValueHeaders', 'requestContext', 'isBase64Encoded'],
  ]);
  const { before, after } = CONTEXT;
  expect(Object.keys(connect.requestContext)).toEqual(['routeKey', ...before, ...after]);
  expect(Object.keys(message.requestContext)).toEqual([
    'routeKey',
    'messageId',
    ...before,
    ...after,
  ]);
  expect(Object.keys(disconnect.requestContext)).toEqual([
    ...['routeKey', 'disconnectStatusCode', ...before, 'disconnectReason', ...after],
  ]);
  for (const { requestContext: context } of [connect, message, disconnect]) {
    expect(context['requestId']).toBe(context['extendedRequestId']);
    expect(context['connectedAt']).toBe(connect.requestContext['connectedAt']);
    expect(context['connectedAt']).toBeLessThanOrEqual(Number(context['requestTimeEpoch']));
    expect(context['messageDirection']).toBe('IN');
    expect(context['identity']).toEqual({ sourceIp: '127.0.0.1' });
    expect(context['requestTime']).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} \+0000$/);
  }
  expect(Object.keys(connect['headers'] as object)).toEqual([
    ...['Host', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'X-Amzn-Trace-Id', 'X-Forwarded-For'],
    ...['X-Forwarded-Port', 'X-Forwarded-Proto'],
  ]);
  expect(disconnect.requestContext).toMatchObject({
    disconnectStatusCode: 4000,
    disconnectReason: 'done',
  });
});
