// Pushes by connection id: this node's own, another node's over the bus, nobody's.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeBroadcaster } from '#services/broadcaster/broadcaster.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { PushError } from '#shared/exchange/errors.ts';
import type { Hub, LiveConnection } from '#shared/model/connection.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { silentLogger } from '#shared/runtime/logger.ts';

/** A socket that remembers what was done to it. */
class FakeConnection implements LiveConnection {
  readonly apiId = 'abcdefghij';
  readonly stageName = 'prod';
  readonly region = 'us-east-1';
  readonly connectedAt = 1000;
  readonly lastActiveAt = 2000;
  readonly sourceIp = '192.0.2.7';
  readonly userAgent = 'tester';
  readonly domainName = 'api.test';
  readonly sent: string[] = [];
  readonly ends: [number, string][] = [];
  takes = true;
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  send(data: Uint8Array): boolean {
    if (this.takes) this.sent.push(Buffer.from(data).toString());
    return this.takes;
  }

  close(code: number, reason: string): void {
    this.ends.push([code, reason]);
  }
}

class FakeHub extends Map<string, LiveConnection> implements Hub {
  ofStage(): Iterable<LiveConnection> {
    return this.values();
  }
}

const OWN = 'AAAA00000000000=';
const OTHERS = 'BBBB00000000000=';
const buses = new MemoryHub();
const made: NodeBroadcaster[] = [];
let own: FakeConnection;
let others: FakeConnection;
let broadcaster: NodeBroadcaster;
let hubs: Record<string, FakeHub>;

beforeEach(async () => {
  own = new FakeConnection(OWN);
  others = new FakeConnection(OTHERS);
  hubs = { AAAA: new FakeHub([[OWN, own]]), BBBB: new FakeHub([[OTHERS, others]]) };
  for (const [nodeId, hub] of Object.entries(hubs)) {
    const bus = new MemoryBus(buses, silentLogger);
    const node = new NodeBroadcaster({ nodeId, hub, bus, limits: AWS_LIMITS });
    await node.start();
    made.push(node);
  }
  broadcaster = made[0] as NodeBroadcaster;
});

afterEach(async () => {
  for (const node of made.splice(0)) await node.stop();
});

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof PushError) return error.failure;
    throw error;
  }
};

const cases = [
  ['its own', OWN, (): FakeConnection => own],
  ['another node’s', OTHERS, (): FakeConnection => others],
] as const;

test.each(cases)('sends to %s connection', async (_, id, connection) => {
  await broadcaster.send(id, Buffer.from('héllo'));
  await broadcaster.send(id, Buffer.alloc(0));
  await broadcaster.send(id, Buffer.alloc(131_072, 'a'));
  expect(connection().sent.map((text) => text.length)).toEqual([5, 0, 131_072]);
  expect(connection().sent[0]).toBe('héllo');
});

test.each(cases)('describes %s connection', async (_, id) => {
  expect(await broadcaster.describe(id)).toEqual({
    connectedAt: 1000,
    lastActiveAt: 2000,
    sourceIp: '192.0.2.7',
    userAgent: 'tester',
  });
});

test.each(cases)('disconnects %s connection', async (_, id, connection) => {
  await broadcaster.disconnect(id);
  await broadcaster.disconnect(id, 4999, 'out ✓');
  expect(connection().ends).toEqual([
    [1000, 'Connection Closed Normally'],
    [4999, 'out ✓'],
  ]);
});

test.each(cases)('what %s connection cannot take is LimitExceeded', async (_, id, connection) => {
  connection().takes = false;
  expect(await failure(broadcaster.send(id, Buffer.from('x')))).toBe('LimitExceeded');
});

test.each(cases)('of another api or stage, %s connection is Gone', async (_, id, connection) => {
  const data = Buffer.from('x');
  for (const scope of [
    { apiId: 'abcdefghij', stageName: 'dev' },
    { apiId: 'klmnopqrst', stageName: 'prod' },
  ]) {
    expect(await failure(broadcaster.send(id, data, scope))).toBe('Gone');
    expect(await failure(broadcaster.describe(id, scope))).toBe('Gone');
    expect(await failure(broadcaster.disconnect(id, 1000, '', scope))).toBe('Gone');
  }
  await broadcaster.send(id, data, { apiId: 'abcdefghij', stageName: 'prod' });
  expect(connection().sent).toEqual(['x']);
  expect(connection().ends).toEqual([]);
});

test.each([
  ['unknown on this node', 'AAAA11111111111='],
  ['unknown on another node', 'BBBB11111111111='],
  ['of a node that is no more', 'CCCC00000000000='],
  ['in no format', 'AAAA'],
  ['in no format, of another node', 'BBBBx'],
])('a connection %s is Gone', async (_, id) => {
  expect(await failure(broadcaster.send(id, Buffer.from('x')))).toBe('Gone');
  expect(await failure(broadcaster.describe(id))).toBe('Gone');
  expect(await failure(broadcaster.disconnect(id))).toBe('Gone');
});

test('the connections of a node that has stopped are Gone', async () => {
  await made[1]?.stop();
  expect(await failure(broadcaster.send(OTHERS, Buffer.from('x')))).toBe('Gone');
  expect(others.sent).toEqual([]);
});

test('a socket that closes while it is sent to is Gone', async () => {
  own.takes = false;
  const send = own.send.bind(own);
  own.send = (data) => {
    hubs['AAAA']?.delete(OWN);
    return send(data);
  };
  expect(await failure(broadcaster.send(OWN, Buffer.from('x')))).toBe('Gone');
});

test('a payload is refused before anybody is asked: 128 KB + 1, and what is not UTF-8', async () => {
  expect(await failure(broadcaster.send(OTHERS, Buffer.alloc(131_073, 'a')))).toBe('TooLarge');
  expect(await failure(broadcaster.send(OTHERS, Buffer.from([0xc3, 0x28])))).toBe('BadData');
  expect(others.sent).toEqual([]);
});
