// What dead nodes have left: DISCONNECT 1006 for each connection, then its record goes.
import { afterEach, expect, test } from 'vitest';
import type { ConnectionRecord } from '#shared/model/connection.ts';
import { startSocketNode, NOW, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
afterEach(() => node.close());

const record = (id: string, nodeId: string, stageName = 'prod'): ConnectionRecord => ({
  id,
  nodeId,
  apiId: 'abcdefghij',
  stageName,
  region: 'us-east-1',
  accountId: '000000000000',
  connectedAt: NOW - 1000,
  sourceIp: '192.0.2.1',
  domainName: 'api.test',
  authorizer: { principalId: 'u' },
  expiresAt: NOW / 1000 + 1,
});

test('connections of dead nodes are told of and deleted, those of others stay', async () => {
  let running = 0;
  let most = 0;
  const told: string[] = [];
  node = await startSocketNode({
    routes: {
      $disconnect: async ({ connection, disconnect }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        told.push(
          `${connection?.id} ${connection?.authorizer?.['principalId']} ${disconnect?.code} ${disconnect?.reason}`,
        );
        if (told.length === 3) throw new Error('a failing back end stops nothing');
        return {};
      },
    },
  });
  for (let count = 0; count < 50; count++) {
    await node.store.put(record(`BBBB${String(count).padStart(11, '0')}=`, 'BBBB'));
  }
  await node.store.put(record('CCCC00000000000=', 'CCCC'));
  await node.store.put(record('DDDD00000000000=', 'DDDD'));
  await node.store.put(record('BBBBgone0000000=', 'BBBB', 'gone'));
  await node.service.recover(['BBBB', 'CCCC']);
  expect([...node.store.records.keys()]).toEqual(['DDDD00000000000=']);
  expect(told).toHaveLength(51);
  expect(told).toContain('CCCC00000000000= u 1006 Connection Closed Abnormally');
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(16);
});

test('what a failing store keeps is told, and the next try gets it', async () => {
  node = await startSocketNode();
  await node.store.put(record('BBBB00000000000=', 'BBBB'));
  await node.store.put(record('BBBB11111111111=', 'BBBB'));
  node.store.failing = true;
  await expect(node.service.recover(['BBBB'])).rejects.toThrow('2 records of dead connections');
  expect(node.disconnects).toHaveLength(2);
  node.store.failing = false;
  await node.service.recover(['BBBB']);
  expect(node.store.records.size).toBe(0);
});
