// An application as people wrote it for AWS, started as it is: its handlers hard-code AWS's address, and so may its clients.
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { adminClients } from '../support/clients.ts';
import { dialled } from '../support/lookup.ts';
import { startNode, type TestNode } from '../support/node.ts';

let node: TestNode;

beforeAll(async () => {
  node = await startNode({ args: ['test/fixtures/apps/hardcoded/template.yaml'] });
});
afterAll(() => node.close());

/** A client that knows AWS's address only, on a machine whose names for it lead to the node. */
function open(): Promise<Chatter> {
  const [stack] = node.ready.stacks;
  return openChatter(stack?.outputs['WebSocketURI'] ?? '', dialled(node));
}

async function remembered(): Promise<number | undefined> {
  const scan = new ScanCommand({ TableName: 'hardcoded_connections', ConsistentRead: true });
  return (await adminClients(node).dynamodb.send(scan)).Count;
}

test('two clients at the address of AWS get what either sends, and are forgotten with their end', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  expect(await remembered()).toBe(2);
  one.send({ message: 'send', data: 'to all' });
  expect(await Promise.all([one.next(), two.next()])).toEqual(['to all', 'to all']);
  two.socket.terminate();
  await expect.poll(remembered).toBe(1);
  one.send({ message: 'send', data: 'to me' });
  expect(await one.next()).toBe('to me');
  await one.close();
  await expect.poll(remembered).toBe(0);
});
