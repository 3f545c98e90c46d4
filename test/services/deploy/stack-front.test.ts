// Stacks on a node: kept through the front, signed, locked, and written by version.
import { expect, test } from 'vitest';
import { StackClient } from '#services/deploy/stack-client.ts';
import { StackFront } from '#services/deploy/stack-front.ts';
import { StackBusyError } from '#services/deploy/state.ts';
import type { StackState } from '#services/deploy/state.ts';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { listen } from '../../support/aws-listener.ts';
import { MemoryBlobStore, MemoryResourceStore } from '../../support/memory-store.ts';

const KEY = { accessKeyId: 'AKIDSTACK', secretAccessKey: 'secret' };

async function node(policy?: unknown) {
  const time = { now: 1_000_000 };
  const principal = {
    name: 'me',
    accessKeyId: KEY.accessKeyId,
    ...(policy === undefined ? {} : { policy }),
  };
  const credentials = new Credentials([{ ...KEY, principal }], { open: false });
  const store = new MemoryResourceStore();
  const front = new StackFront({
    store,
    blobs: new MemoryBlobStore(),
    verifier: new SigV4Verifier(credentials),
    accountId: '111122223333',
    gateway: () => 'https://localhost:8443',
    now: () => time.now,
    logger: silentLogger,
  });
  const { endpoint: url } = await listen(front);
  const client = (region = 'eu-west-1', secretAccessKey = KEY.secretAccessKey): StackClient =>
    new StackClient({ url, region, credentials: { ...KEY, secretAccessKey } }, { patienceMs: 0 });
  return { url, time, client };
}

const state = (outputs: Record<string, string> = {}): StackState => ({
  name: 'chat',
  id: 'arn',
  status: 'DEPLOYED',
  updatedAt: 1,
  resources: [],
  leftovers: [],
  pending: [],
  dirty: [],
  outputs,
  urls: {},
});

test('a saved stack is read by the next deployer of its region only', async () => {
  const { client } = await node();
  const first = await client().open('chat');
  expect(first.state).toBeUndefined();
  await first.save(state({ a: '1' }));
  await first.save(state({ a: '2' }));
  await first.close();
  const second = await client().open('chat');
  expect(second.state?.outputs).toEqual({ a: '2' });
  const elsewhere = await client('us-east-1').open('chat');
  expect(elsewhere.state).toBeUndefined();
});

test('a state too large for a record goes through the blob store', async () => {
  const { client } = await node();
  const big = state({ a: 'x'.repeat(500_000) });
  const first = await client().open('chat');
  await first.save(big);
  await first.close();
  expect((await client().open('chat')).state).toEqual(big);
});

test('a second deployer is refused while the lock holds, and gets the stack when it lapses', async () => {
  const { client, time } = await node();
  const first = await client().open('chat');
  await expect(client().open('chat')).rejects.toThrow(StackBusyError);
  time.now += 16_000;
  const second = await client().open('chat');
  await expect(first.save(state())).rejects.toThrow(StackBusyError);
  await second.save(state());
});

test('a deployer waits for the one before, and its lock is renewed while it lives', async () => {
  const { url, time, client } = await node();
  const clock = new TestClock(0);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 30));
  const endpoint = { url, region: 'eu-west-1', credentials: KEY };
  const first = await new StackClient(endpoint, { clock }).open('chat');
  for (let at = 0; at < 4; at++) {
    time.now += 2_500;
    clock.advance(2_000);
    await settle();
  }
  await expect(client().open('chat')).rejects.toThrow(StackBusyError);
  let opened = false;
  const second = new StackClient(endpoint, { clock }).open('chat').then(() => (opened = true));
  await settle();
  expect(opened).toBe(false);
  await first.save(state({ a: '1' }));
  await first.close();
  clock.advance(500);
  await second;
});

test('a removed stack is gone, and one that never got a state leaves nothing', async () => {
  const { client, url } = await node();
  const session = await client().open('chat');
  await session.save(state());
  await session.remove();
  const idle = await client().open('other');
  await idle.close();
  expect((await client().open('chat')).state).toBeUndefined();
  expect(url).toMatch(/^http/);
});

test('facts of the node come with the list', async () => {
  const { client } = await node();
  expect(await client().facts()).toEqual({
    accountId: '111122223333',
    region: 'eu-west-1',
    gateway: 'https://localhost:8443',
  });
});

test('a wrong secret is refused', async () => {
  const { client } = await node();
  await expect(client('eu-west-1', 'wrong').facts()).rejects.toThrow(/signature we calculated/);
});

test('a name that is none is refused', async () => {
  const { client } = await node();
  await expect(client().open('1-bad')).rejects.toThrow(/must match/);
});

test('an unsigned request is refused', async () => {
  const { url } = await node();
  expect((await fetch(`${url}/_postern/stacks`)).status).toBe(403);
});

test('policies speak of stacks in CloudFormation’s words', async () => {
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
  const chat = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/chat/*';
  const reading = await node({ Statement: allow('cloudformation:DescribeStacks', chat) });
  await expect(reading.client().open('chat')).rejects.toThrow(
    `User: arn:aws:iam::111122223333:user/me is not authorized to perform: cloudformation:UpdateStack on resource: ${chat} because no identity-based policy allows the cloudformation:UpdateStack action`,
  );
  const writing = await node({ Statement: allow('cloudformation:*', chat) });
  await (await writing.client().open('chat')).close();
  await expect(writing.client().open('other')).rejects.toThrow('stack/other/*');
});
