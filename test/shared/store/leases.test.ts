// Leases: who is alive, who is dead, and that exactly one node cleans up after a dead one.
import { afterEach, expect, test } from 'vitest';
import { ConflictError } from '#shared/exchange/errors.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { LAPSE_MS, NodeLeases, type LeaseOptions } from '#shared/store/leases.ts';
import { MemoryResourceStore } from '../../support/memory-store.ts';

const held: NodeLeases[] = [];
afterEach(async () => {
  await Promise.all(held.splice(0).map((leases) => leases.release()));
});

/** A cluster on one store with a clock of its own. */
function cluster(store: ResourceStore = new MemoryResourceStore()) {
  const clock = { now: 1_000_000 };
  const node = (nodeId: string, more: Partial<LeaseOptions> = {}): NodeLeases => {
    const leases = new NodeLeases(store, {
      nodeId,
      gateway: `https://${nodeId}`,
      logger: silentLogger,
      exclusive: false,
      now: () => clock.now,
      ...more,
    });
    held.push(leases);
    return leases;
  };
  return { clock, node, store };
}

const idsOf = async (leases: NodeLeases): Promise<string[]> =>
  (await leases.dead()).map(({ nodeId }) => nodeId);

test('an acquired lease is listed, a released one is not', async () => {
  const { node, clock } = cluster();
  const a = node('aaaa');
  await a.acquire();
  expect(await a.list()).toEqual([
    {
      nodeId: 'aaaa',
      gateway: 'https://aaaa',
      startedAt: clock.now,
      expiresAt: clock.now + LAPSE_MS,
    },
  ]);
  await a.release();
  expect(await a.list()).toEqual([]);
});

test('a node id is taken once', async () => {
  const { node } = cluster();
  await node('aaaa').acquire();
  await expect(node('aaaa').acquire()).rejects.toThrow(ConflictError);
});

test('a node is dead when its lease has lapsed, not before, and not while it renews', async () => {
  const { node, clock } = cluster();
  const [a, b] = [node('aaaa'), node('bbbb')];
  await a.acquire();
  await b.acquire();
  clock.now += LAPSE_MS;
  expect(await idsOf(b)).toEqual([]);
  await b.renew();
  clock.now += 1;
  expect(await idsOf(b)).toEqual(['aaaa']);
  expect(await idsOf(a)).toEqual([]);
});

test('on data of its own every other lease is a dead one', async () => {
  const { node } = cluster();
  await node('aaaa').acquire();
  const b = node('bbbb', { exclusive: true });
  await b.acquire();
  expect(await idsOf(b)).toEqual(['aaaa']);
});

test('of many nodes exactly one claims a dead one', async () => {
  const { node, clock } = cluster();
  await node('dead').acquire();
  clock.now += LAPSE_MS + 1;
  const nodes = ['aaaa', 'bbbb', 'cccc', 'dddd'].map((id) => node(id));
  await Promise.all(nodes.map((leases) => leases.acquire()));
  const won = await Promise.all(nodes.map((leases) => leases.claim('dead')));
  expect(won.filter(Boolean)).toHaveLength(1);
});

test('a living node, an unknown one and oneself cannot be claimed', async () => {
  const { node } = cluster();
  const [a, b] = [node('aaaa'), node('bbbb', { exclusive: false })];
  await a.acquire();
  await b.acquire();
  expect(await b.claim('aaaa')).toBe(false);
  expect(await b.claim('cccc')).toBe(false);
  expect(await b.claim('bbbb')).toBe(false);
});

test('a claim is renewed until it is settled, and lapses when its node dies too', async () => {
  const { node, clock } = cluster();
  const [dead, a, b] = [node('dead'), node('aaaa'), node('bbbb')];
  await dead.acquire();
  clock.now += LAPSE_MS + 1;
  await a.acquire();
  await b.acquire();
  expect(await a.claim('dead')).toBe(true);
  clock.now += LAPSE_MS - 1;
  await a.renew();
  clock.now += LAPSE_MS - 1;
  expect(await b.claim('dead')).toBe(false);
  clock.now += 2;
  expect(await b.claim('dead')).toBe(true);
  await b.settle('dead');
  expect((await b.list()).map(({ nodeId }) => nodeId)).not.toContain('dead');
});

test('a node that was declared dead is told so, once', async () => {
  const { node, clock } = cluster();
  let lost = 0;
  const a = node('aaaa', { onLost: () => lost++ });
  await a.acquire();
  clock.now += LAPSE_MS + 1;
  const b = node('bbbb');
  await b.acquire();
  await b.claim('aaaa');
  await a.renew();
  await a.renew();
  expect(lost).toBe(1);
  await a.release();
  expect((await b.list()).map(({ nodeId }) => nodeId)).toEqual(['aaaa', 'bbbb']);
});

test('a store that is away for a while costs nothing but the renewal', async () => {
  const store = new MemoryResourceStore();
  const commit = store.commit.bind(store);
  const { node, clock } = cluster(store);
  let lost = 0;
  const a = node('aaaa', { onLost: () => lost++ });
  await a.acquire();
  store.commit = () => Promise.reject(new Error('away'));
  await a.renew();
  store.commit = commit;
  clock.now += 1000;
  await a.renew();
  expect(lost).toBe(0);
  expect((await a.list())[0]?.expiresAt).toBe(clock.now + LAPSE_MS);
});
