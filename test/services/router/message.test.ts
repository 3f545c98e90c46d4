// MESSAGE pipeline: which route, what comes back, byte for byte; the socket stays open whatever happens.
import { afterEach, expect, test } from 'vitest';
import { GatewayError, type GatewayErrorType } from '#shared/exchange/errors.ts';
import {
  clientFrame,
  frames,
  nextMessage,
  opened,
  RawClient,
  until,
} from '../../support/client.ts';
import { ok, type Behaviour, type FakeRoutes } from '../../support/fake-stage.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

const fails =
  (type: GatewayErrorType): Behaviour =>
  () => {
    throw new GatewayError(type, 'told to');
  };

const ROUTES: FakeRoutes = {
  $connect: ok('connect'),
  $disconnect: () => ({ body: Buffer.from('disconnect') }),
  $default: ok('default'),
  join: ok('join'),
  constructor: ok('own constructor'),
};

test.each([
  ['{"action":"join"}', 'join'],
  ['{"action":"JOIN"}', 'default'],
  ['{"action":"leave"}', 'default'],
  ['{"action":"$default"}', 'default'],
  ['{"action":"$connect"}', 'default'],
  ['{"action":"$disconnect"}', 'default'],
  ['{"action":"constructor"}', 'own constructor'],
  ['{"action":"toString"}', 'default'],
  ['{"action":"__proto__"}', 'default'],
  ['{"__proto__":{"action":"join"}}', 'default'],
  ['{"action":null}', 'default'],
  ['[]', 'default'],
  ['5', 'default'],
  ['"join"', 'default'],
  ['null', 'default'],
  ['{"action":"join"', 'default'],
  ['not json', 'default'],
  ['', 'default'],
  [`${'['.repeat(30_000)}`, 'default'],
  [`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'default'],
])('message %# goes to its route', async (text, reply) => {
  node = await startSocketNode({ routes: ROUTES });
  const client = node.client();
  await opened(client);
  client.send(text);
  expect(await nextMessage(client)).toBe(reply);
  client.terminate();
});

test('128 KB of nesting in frames of 32 KB is one bounded message; 1 MB of it is refused', async () => {
  node = await startSocketNode({ routes: ROUTES });
  const client = node.client();
  await opened(client);
  for (let part = 1; part <= 4; part++) client.send('['.repeat(32_768), { fin: part === 4 });
  expect(await nextMessage(client)).toBe('default');
  const code = new Promise((resolve) => client.once('close', resolve));
  client.send('['.repeat(1_048_576));
  expect(await code).toBe(1009);
});

const ID = '[A-Za-z0-9_-]{15}=';

const frame = (message: string): string =>
  `{"message": "${message}", "connectionId":"<id>", "requestId":"<id>"}`;
const INTERNAL = frame('Internal server error');

/** A frame with its ids taken out, once they have been looked at. */
function withoutIds(text: string, connectionId: string): string {
  return text.replace(connectionId, '<id>').replace(new RegExp(ID), '<id>');
}

test.each<[string, FakeRoutes[string], string, 'both' | 'two-way']>([
  ['a function error', fails('INTEGRATION_FAILURE'), INTERNAL, 'both'],
  ['a function not to be invoked', fails('API_CONFIGURATION_ERROR'), INTERNAL, 'both'],
  ['a timeout', fails('INTEGRATION_TIMEOUT'), frame('Endpoint request timed out'), 'both'],
  ['no template', fails('UNSUPPORTED_MEDIA_TYPE'), frame('Unsupported Media Type'), 'both'],
  [
    'a model',
    fails('BAD_REQUEST_BODY'),
    '{"message" : "Bad request body", "connectionId": "<id>", "messageId": "<id>"}',
    'both',
  ],
  ['a bug', () => Promise.reject(new TypeError('bug')), INTERNAL, 'both'],
  ['a throw of nothing', () => Promise.reject(JSON.parse('null') as Error), INTERNAL, 'both'],
  ['a route without a target', {}, INTERNAL, 'both'],
  ['a reply not in UTF-8', () => ({ body: Buffer.from([0xff]) }), INTERNAL, 'two-way'],
  ['a reply of 128 KB + 1', () => ({ body: Buffer.alloc(131_073, 'a') }), INTERNAL, 'two-way'],
])('%s gives its frame, byte for byte', async (_, entry, expected, modes) => {
  const own = typeof entry === 'function' ? { run: entry } : entry;
  node = await startSocketNode({
    routes: { two: own, one: { ...own, twoWay: false }, $default: ok('alive') },
  });
  const client = node.client();
  await opened(client);
  const [socket] = node.service.connections;
  const replies: string[] = [];
  client.on('message', (data: Buffer) => replies.push(data.toString()));
  client.send('{"action":"two"}');
  client.send('{"action":"one"}');
  client.send('still there');
  const count = modes === 'both' ? 2 : 1;
  await until(() => replies.length === count + 1 && replies.includes('alive'));
  const failures = replies.filter((text) => text !== 'alive');
  expect(failures.map((text) => withoutIds(text, socket?.id ?? ''))).toEqual(
    Array(count).fill(expected),
  );
  const warnings = node.logs.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(count);
  expect(warnings[0]?.fields).toMatchObject({
    apiId: 'abcdefghij',
    stage: 'prod',
    routeKey: 'two',
    connectionId: socket?.id,
  });
});

test('no route and no $default: the Forbidden frame, and other routes go on', async () => {
  node = await startSocketNode({ routes: { join: ok('join') } });
  const client = node.client();
  await opened(client);
  const [socket] = node.service.connections;
  client.send('{"action":"leave"}');
  expect(await nextMessage(client)).toMatch(
    new RegExp(
      `^\\{"message": "Forbidden", "connectionId":"${socket?.id}", "requestId":"${ID}"\\}$`,
    ),
  );
  client.send('{"action":"join"}');
  expect(await nextMessage(client)).toBe('join');
});

test('a one-way route and an answer without a body are silent; an empty body is an empty frame', async () => {
  const ran: string[] = [];
  node = await startSocketNode({
    routes: {
      one: { twoWay: false, run: () => (ran.push('one'), { status: 500, body: Buffer.from('x') }) },
      none: () => (ran.push('none'), { body: undefined }),
      failed: () => ({ status: 500, body: Buffer.from('body of a 500') }),
      empty: () => ({ body: Buffer.alloc(0) }),
    },
  });
  const raw = await RawClient.open(node.port);
  for (const action of ['one', 'none', 'failed', 'empty']) {
    raw.write(clientFrame(0x81, Buffer.from(JSON.stringify({ action }))));
  }
  await until(() => frames(raw.received).length === 2);
  expect(ran).toEqual(['one', 'none']);
  expect(raw.received).toEqual(Buffer.from(`\x81\x0dbody of a 500\x81\x00`, 'latin1'));
  raw.destroy();
});

test.each([0, 1, 125, 126, 2048, 2049, 32_768, 32_769, 65_536, 131_072])(
  'a reply of %i bytes comes in text frames of at most 32 KB',
  async (size) => {
    const body = Buffer.alloc(size, 'é');
    const text = size % 2 === 0 ? body : Buffer.alloc(size, 'e');
    node = await startSocketNode({ routes: { $default: () => ({ body: text }) } });
    const raw = await RawClient.open(node.port);
    raw.write(clientFrame(0x81, Buffer.from('x')));
    await until(() => frames(raw.received).at(-1)?.fin === true);
    const got = frames(raw.received);
    expect(Buffer.concat(got.map(({ payload }) => payload))).toEqual(text);
    expect(got.map(({ opcode }) => opcode)).toEqual(got.map((__, at) => (at === 0 ? 1 : 0)));
    expect(got.map(({ fin }) => fin)).toEqual(got.map((__, at) => at === got.length - 1));
    expect(got.length).toBe(Math.max(1, Math.ceil(size / 32_768)));
    for (const { payload } of got) expect(payload.length).toBeLessThanOrEqual(32_768);
    raw.destroy();
  },
);

test('every message has its own ids, and the request id of its frame is the one of its exchange', async () => {
  const ids: string[] = [];
  node = await startSocketNode({
    routes: {
      $default: (exchange) => {
        ids.push(exchange.id, exchange.messageId ?? '', exchange.event, exchange.route.routeKey);
        throw new GatewayError('INTEGRATION_FAILURE', 'told to');
      },
    },
  });
  const client = node.client();
  await opened(client);
  client.send('x');
  const frame = JSON.parse(await nextMessage(client)) as { requestId: string };
  expect(ids[0]).toBe(frame.requestId);
  expect(ids[1]).toMatch(new RegExp(`^${ID}$`));
  expect(ids[1]).not.toBe(ids[0]);
  expect(ids.slice(2)).toEqual(['MESSAGE', '$default']);
});

test('the frame about a body that does not fit tells the message id of its exchange', async () => {
  const ids: (string | undefined)[] = [];
  node = await startSocketNode({
    routes: {
      $default: (exchange) => {
        ids.push(exchange.messageId);
        throw new GatewayError('BAD_REQUEST_BODY', 'told to');
      },
    },
  });
  const client = node.client();
  await opened(client);
  client.send('x');
  const frame = JSON.parse(await nextMessage(client)) as { messageId: string };
  expect(ids).toEqual([frame.messageId]);
});
