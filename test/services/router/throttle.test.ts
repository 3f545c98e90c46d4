// Throttling in the pipelines: account, connections, $connect and routes, with their answers.
import { afterEach, expect, test } from 'vitest';
import type { StageThrottles } from '#shared/model/throttle.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { nextMessage, opened, refused } from '../../support/client.ts';
import { ok, type FakeRoutes } from '../../support/fake-stage.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

async function start(throttles: StageThrottles, routes: FakeRoutes = {}): Promise<void> {
  node = await startSocketNode({ routes: { $default: ok('alive'), ...routes } });
  const stage = node.stages.get('abcdefghij', 'prod') as WebSocketStage;
  const throttled: WebSocketStage = { ...stage, throttles };
  node.stages.put(throttled);
}

const BLOCKED = { key: 'k', rate: 0, burst: 0 };
const ONCE = { key: 'k', rate: 0.001, burst: 1 };
const FRAME =
  /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/;

test.each<[string, StageThrottles]>([
  ['$connect', { connect: BLOCKED }],
  ['new connections', { connections: BLOCKED }],
  ['the account', { account: BLOCKED }],
])('%s over its rate: 429 before $connect runs', async (_name, throttles) => {
  let ran = false;
  await start(throttles, {
    $connect: () => {
      ran = true;
      return {};
    },
  });
  const client = node.client();
  expect(await refused(client)).toMatchObject({
    status: 429,
    headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
    body: '{"message":"Too Many Requests"}',
  });
  expect(ran).toBe(false);
  expect(node.service.hub.size).toBe(0);
});

test('a route over its rate answers a frame, others go on, and it comes back with time', async () => {
  await start({}, { slow: { run: ok('slow'), throttle: ONCE } });
  const client = node.client();
  await opened(client);
  client.send('{"action":"slow"}');
  expect(await nextMessage(client)).toBe('slow');
  client.send('{"action":"slow"}');
  expect(await nextMessage(client)).toMatch(FRAME);
  client.send('{}');
  expect(await nextMessage(client)).toBe('alive');
  for (let minute = 0; minute < 20; minute++) {
    node.clock.advance(60_000);
    client.send('{}');
    expect(await nextMessage(client)).toBe('alive');
  }
  client.send('{"action":"slow"}');
  expect(await nextMessage(client)).toBe('slow');
});

test('messages count against the account, whichever route they are for', async () => {
  await start({ account: { key: 'a', rate: 0.001, burst: 3 } });
  const client = node.client();
  await opened(client);
  client.send('{}');
  expect(await nextMessage(client)).toBe('alive');
  client.send('{"action":"nowhere"}');
  expect(await nextMessage(client)).toBe('alive');
  client.send('{}');
  expect(await nextMessage(client)).toMatch(FRAME);
});
