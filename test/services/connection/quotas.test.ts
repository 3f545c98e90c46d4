// AWS's rates of an account with its own numbers, over real sockets and a clock that stands still: the last one in, the first one out.
import { afterEach, expect, test } from 'vitest';
import { AWS_LIMITS, OPEN_LIMITS, type Limits } from '#shared/model/limits.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { stageThrottles } from '#shared/stage/throttles.ts';
import { clientFrame, frames, handshake, RawClient, until } from '../../support/client.ts';
import { ok } from '../../support/fake-stage.ts';
import { testLiveStage } from '../../support/snapshot.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

async function start(limits: Limits): Promise<void> {
  node = await startSocketNode({ routes: { $default: ok('alive') }, limits });
  const stage = node.stages.get('abcdefghij', 'prod') as WebSocketStage;
  const throttles = stageThrottles(stage, testLiveStage().stage, limits);
  const throttled: WebSocketStage = { ...stage, throttles };
  node.stages.put(throttled);
}

/** Status line of the answer to a handshake. */
async function knock(): Promise<string> {
  const raw = await RawClient.connect(node.port);
  raw.write(handshake());
  await until(() => raw.received.includes('\r\n\r\n'));
  return raw.received.toString().split('\r\n')[0] ?? '';
}

async function knocks(count: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (let left = count; left > 0; left -= AT_ONCE) {
    const lines = await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, knock));
    for (const line of lines) seen[line] = (seen[line] ?? 0) + 1;
  }
  return seen;
}

const AT_ONCE = 50;
const OPENED = 'HTTP/1.1 101 Switching Protocols';
const REFUSED = 'HTTP/1.1 429 Too Many Requests';

test('500 new connections at once and no more, and 500 more a second later', async () => {
  await start(AWS_LIMITS);
  expect(await knocks(501)).toEqual({ [OPENED]: 500, [REFUSED]: 1 });
  node.clock.advance(10);
  expect(await knocks(6)).toEqual({ [OPENED]: 5, [REFUSED]: 1 });
  node.clock.advance(1000);
  expect(await knocks(501)).toEqual({ [OPENED]: 500, [REFUSED]: 1 });
}, 60_000);

test('profile open takes every connection', async () => {
  await start({ ...AWS_LIMITS, ...rates(OPEN_LIMITS) });
  expect(await knocks(502)).toEqual({ [OPENED]: 502 });
}, 60_000);

test('numbers of one’s own', async () => {
  await start({ ...AWS_LIMITS, connectionsPerSecond: 1, connectionBurst: 2 });
  expect(await knocks(3)).toEqual({ [OPENED]: 2, [REFUSED]: 1 });
  node.clock.advance(1000);
  expect(await knocks(2)).toEqual({ [OPENED]: 1, [REFUSED]: 1 });
});

/** How the frames that a socket gets for `count` messages begin. */
async function answers(raw: RawClient, count: number): Promise<Record<string, number>> {
  raw.received = Buffer.alloc(0);
  const message = clientFrame(0x81, Buffer.from('{}'));
  raw.write(Buffer.concat(Array<Buffer>(count).fill(message)));
  await until(() => raw.received.length > 0 && frames(raw.received).length === count);
  const seen: Record<string, number> = {};
  for (const { payload } of frames(raw.received)) {
    const text = payload.toString().split(', ')[0] ?? '';
    seen[text] = (seen[text] ?? 0) + 1;
  }
  return seen;
}

const THROTTLED = '{"message": "Too Many Requests"';

test('5,000 requests at once, the handshake among them, and 10,000 a second from then on', async () => {
  await start(AWS_LIMITS);
  const raw = await RawClient.open(node.port);
  expect(await answers(raw, 5000)).toEqual({ alive: 4999, [THROTTLED]: 1 });
  node.clock.advance(100);
  expect(await answers(raw, 1001)).toEqual({ alive: 1000, [THROTTLED]: 1 });
  raw.destroy();
}, 60_000);

test('profile open takes every message', async () => {
  await start({ ...AWS_LIMITS, ...rates(OPEN_LIMITS) });
  const raw = await RawClient.open(node.port);
  expect(await answers(raw, 5002)).toEqual({ alive: 5002 });
  raw.destroy();
}, 60_000);

/** The rates of a profile. */
function rates({ requestsPerSecond, requestBurst, ...more }: Limits): Partial<Limits> {
  const { connectionsPerSecond, connectionBurst } = more;
  return { requestsPerSecond, requestBurst, connectionsPerSecond, connectionBurst };
}
