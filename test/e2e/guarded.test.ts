// A template with a Lambda authorizer, deployed at start and used: who the authorizer knows gets in.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChatter } from '../support/chatter.ts';
import { startNode, type TestNode } from '../support/node.ts';

const TEMPLATE = new URL('../fixtures/apps/guarded/template.yaml', import.meta.url).pathname;

let node: TestNode;
beforeAll(async () => {
  node = await startNode({ args: [TEMPLATE, '--stack', 'guarded'] });
});
afterAll(() => node.close());

const open = (query: string) =>
  openChatter(`${node.ready.stacks[0]?.urls['guarded001/live'] ?? ''}${query}`, {
    agent: node.agent,
  });

test('a token gets in, and its holder is known', async () => {
  const client = await open('?token=ada');
  client.send({ action: 'whoami' });
  expect(JSON.parse(await client.next())).toEqual({ principalId: 'ada', letters: '3' });
  await client.close();
});

test.each([
  ['?token=ADA', 403],
  ['', 401],
])('%j: %i', async (query, status) => {
  await expect(open(query)).rejects.toMatchObject({ status });
});
