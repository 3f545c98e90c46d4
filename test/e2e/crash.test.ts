// A node that is killed with open sockets, and functions that die, hang or answer nonsense.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetApiCommand, GetStageCommand } from '@aws-sdk/client-apigatewayv2';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../support/chatter.ts';
import { adminClients } from '../support/clients.ts';
import { postern } from '../support/command.ts';
import { startNode, type TestNode } from '../support/node.ts';

const TEMPLATE = 'test/fixtures/apps/faulty/template.yaml';
const API = 'faulty0api';

let data: string;
let node: TestNode;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'postern-crash-'));
  node = await startNode({ data, args: [TEMPLATE, '--stack', 'faulty'] });
});
afterAll(async () => {
  await node.close();
  await rm(data, { recursive: true, force: true });
});

const open = (): Promise<Chatter> =>
  openChatter(`${node.ready.gateway.replace('https', 'wss')}/_aws/execute-api/${API}/live`, {
    ca: node.caText,
  });

async function ask(one: Chatter, deed: string): Promise<Record<string, unknown>> {
  one.send({ deed });
  return JSON.parse(await one.next()) as Record<string, unknown>;
}

/** Waits for a line of the function's log, in the node that runs now. */
async function logged(pattern: RegExp): Promise<RegExpExecArray> {
  const matched = (line: Readonly<Record<string, unknown>>) =>
    line['event'] === 'function' ? pattern.exec(String(line['message'])) : null;
  const match = matched(await node.line((line) => matched(line) !== null));
  return match as RegExpExecArray;
}

async function records(): Promise<number | undefined> {
  const scan = new ScanCommand({ TableName: 'postern-connections', ConsistentRead: true });
  return (await adminClients(node).dynamodb.send(scan)).Count;
}

describe('a function', () => {
  test.each(['throw', 'reject', 'exit', 'abort', 'stuck', 'loop', 'nonsense', 'circular'])(
    'that does "%s" is answered with the error frame, and the next call works',
    async (deed) => {
      const one = await open();
      expect(await ask(one, deed)).toMatchObject({ message: 'Internal server error' });
      expect(await ask(one, 'live')).toMatchObject({ deed: 'live' });
      await one.close();
    },
  );

  test('killed in the middle of a call fails that call, and the next one works', async () => {
    const one = await open();
    one.send({ deed: 'wait' });
    const [, pid] = await logged(/WAITING (\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    expect(JSON.parse(await one.next())).toMatchObject({ message: 'Internal server error' });
    const { pid: next } = await ask(one, 'live');
    expect(next).not.toBe(Number(pid));
    await one.close();
  });

  test('that loops keeps nobody else from being answered', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    const looping = ask(one, 'loop');
    await logged(/LOOPING/);
    expect(await ask(two, 'live')).toMatchObject({ deed: 'live' });
    expect(await looping).toMatchObject({ message: 'Internal server error' });
    await Promise.all([one.close(), two.close()]);
  });
});

test('a second node on the same folder ends with 2 and names it', async () => {
  const second = postern(['start', '--data', data, '--port', '0', '--admin-port', '0']);
  expect(await second.exited).toBe(2);
  expect(second.err).toContain(
    `\n--data: data folder ${data} is in use by another node (process ${node.process.pid})\n`,
  );
});

test('killed with open sockets and started again, everything is there and the connections end with 1006', async () => {
  const clients = await Promise.all([open(), open(), open()]);
  const ids = await Promise.all(
    clients.map(async (one) => String((await ask(one, 'live'))['connectionId'])),
  );
  expect(await records()).toBe(3);
  await node.end('SIGKILL');
  expect(await Promise.all(clients.map(({ closed }) => closed))).toMatchObject([
    { code: 1006 },
    { code: 1006 },
    { code: 1006 },
  ]);

  node = await startNode({ data });
  const { gateway, lambda } = adminClients(node);
  expect(await gateway.send(new GetApiCommand({ ApiId: API }))).toMatchObject({ Name: 'Faulty' });
  expect(await gateway.send(new GetStageCommand({ ApiId: API, StageName: 'live' }))).toMatchObject({
    DeploymentId: expect.any(String) as string,
  });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  expect(Functions).toHaveLength(1);
  for (const id of ids) await logged(new RegExp(`ENDED ${id} 1006 Connection Closed Abnormally`));
  await expect.poll(records).toBe(0);

  const one = await open();
  expect(await ask(one, 'live')).toMatchObject({ deed: 'live' });
  await one.close();
});

test('the stack of before the kill is updated in place', async () => {
  await node.end();
  node = await startNode({ data, args: [TEMPLATE, '--stack', 'faulty'] });
  expect(Object.keys(node.ready.stacks[0]?.urls ?? {})).toEqual([`${API}/live`]);
  expect(node.lines.map(({ message }) => message)).not.toContain('created Api');
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s closes sockets with 1001, runs $disconnect and ends with 0; the same twice counts once',
  async (signal) => {
    const one = await open();
    const { connectionId } = await ask(one, 'live');
    node.process.kill(signal);
    node.process.kill(signal);
    const [code, closed] = await Promise.all([node.end(signal), one.closed]);
    expect({ code, closed }).toEqual({ code: 0, closed: { code: 1001, reason: 'Going away' } });
    await logged(new RegExp(`ENDED ${String(connectionId)} 1001 Going away`));
    node = await startNode({ data });
    expect(await records()).toBe(0);
  },
);
