// Taking over dead nodes: each once, again after a failure, and no longer than others can die.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Takeover } from '#services/takeover.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import type { StoredLease } from '#shared/store/leases.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const EVERY = 100;

/** Leases of which `dead` are dead until they are claimed; `failures` recoveries fail first. */
function world(exclusive: boolean, dead: string[], failures = 0) {
  const did: string[] = [];
  let looks = 0;
  const takeover = new Takeover({
    leases: {
      dead: async () => {
        looks++;
        return dead.map((nodeId): StoredLease => {
          return { nodeId, gateway: '', startedAt: 0, expiresAt: 0 };
        });
      },
      claim: async (nodeId) => {
        dead.splice(dead.indexOf(nodeId), 1);
        return nodeId !== 'of-another';
      },
      settle: async (nodeId) => void did.push(`settled ${nodeId}`),
    },
    connections: {
      recover: async ([nodeId]) => {
        if (failures-- > 0) throw new Error('the store is away');
        did.push(`recovered ${nodeId}`);
      },
    },
    logger: silentLogger,
    exclusive,
    everyMs: EVERY,
  });
  return { takeover, did, dead, looks: () => looks };
}

test('recovers what it could claim, then forgets the node', async () => {
  const { takeover, did } = world(true, ['one', 'of-another', 'two']);
  await takeover.start();
  await takeover.stop();
  expect(did).toEqual(['recovered one', 'settled one', 'recovered two', 'settled two']);
});

test('tries a claimed node again until nothing of it is left', async () => {
  const { takeover, did } = world(true, ['one'], 2);
  await takeover.start();
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(did).toEqual([]);
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(did).toEqual(['recovered one', 'settled one']);
  await takeover.stop();
});

test('alone on its data it looks until it has looked once; beside others again and again', async () => {
  const alone = world(true, []);
  const beside = world(false, []);
  await Promise.all([alone.takeover.start(), beside.takeover.start()]);
  await vi.advanceTimersByTimeAsync(EVERY * 3);
  beside.dead.push('late');
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(alone.looks()).toBe(1);
  expect(beside.looks()).toBe(5);
  expect(beside.did).toEqual(['recovered late', 'settled late']);
  await Promise.all([alone.takeover.stop(), beside.takeover.stop()]);
  await vi.advanceTimersByTimeAsync(EVERY * 3);
  expect(beside.looks()).toBe(5);
});
