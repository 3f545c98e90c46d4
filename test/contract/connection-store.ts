// The contract of `ConnectionStore`, run for every implementation.
import { expect, test } from 'vitest';
import type { ConnectionRecord } from '#shared/model/connection.ts';
import type { ConnectionStore } from '#shared/model/store.ts';
import { newConnectionId, newNodeId } from '#shared/runtime/ids.ts';

/** A record of a new connection of `nodeId`. */
function recordOf(nodeId: string, more: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    id: newConnectionId(nodeId),
    apiId: 'abcdef1234',
    stageName: 'prod',
    region: 'eu-west-1',
    accountId: '000000000000',
    nodeId,
    connectedAt: 1_700_000_000_123,
    sourceIp: '127.0.0.1',
    domainName: 'abcdef1234.execute-api.eu-west-1.localhost:8443',
    expiresAt: 4_000_000_000,
    ...more,
  };
}

async function idsOf(store: ConnectionStore, nodeId: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.ofNode(nodeId)) ids.push(id);
  return ids.sort();
}

/** Declares the tests; `store` is called inside each of them. */
export function connectionStoreContract(store: () => ConnectionStore): void {
  test('a record comes back as it was put', async () => {
    const record = recordOf(newNodeId(), {
      userAgent: 'agent/1 (ä)',
      authorizer: { principalId: 'me', count: '3', empty: '' },
      identity: { accountId: '111122223333', user: 'me' },
      metadata: { name: 'Ann', tags: [1, null, ''] },
      groups: ['b', 'a', 'b'],
    });
    await store().put(record);
    expect(await store().get(record.id)).toEqual(record);
  });

  test('members that are absent stay absent', async () => {
    const record = recordOf(newNodeId());
    await store().put(record);
    expect(Object.keys((await store().get(record.id)) ?? {}).sort()).toEqual(
      Object.keys(record).sort(),
    );
  });

  test('a deleted record is gone; deleting it again is no error', async () => {
    const record = recordOf(newNodeId());
    await store().put(record);
    await store().delete(record.id);
    expect(await store().get(record.id)).toBeUndefined();
    await store().delete(record.id);
  });

  test.each(['', 'x', 'not-a-connection-id', '../../etc/passwd='])(
    'an id out of shape (%j) names nothing',
    async (id) => {
      expect(await store().get(id)).toBeUndefined();
      await store().delete(id);
    },
  );

  test('of writes of one key at once the last wins', async () => {
    const record = recordOf(newNodeId());
    const writes = [
      store().put(record),
      store().put({ ...record, metadata: 1 }),
      store().delete(record.id),
      store().put({ ...record, metadata: 2 }),
    ];
    await Promise.all(writes);
    expect((await store().get(record.id))?.metadata).toBe(2);
    await Promise.all([store().put({ ...record, metadata: 3 }), store().delete(record.id)]);
    expect(await store().get(record.id)).toBeUndefined();
  });

  test('a node has its own connections, however many', async () => {
    const [node, other] = [newNodeId(), newNodeId()];
    const records = Array.from({ length: 150 }, () => recordOf(node));
    await Promise.all([...records, recordOf(other)].map((record) => store().put(record)));
    expect(await idsOf(store(), node)).toEqual(records.map(({ id }) => id).sort());
    expect(await idsOf(store(), newNodeId())).toEqual([]);
  });

  test('records may be deleted while a node is read', async () => {
    const node = newNodeId();
    await Promise.all(Array.from({ length: 40 }, () => store().put(recordOf(node))));
    for await (const { id } of store().ofNode(node)) await store().delete(id);
    expect(await idsOf(store(), node)).toEqual([]);
  });
}
