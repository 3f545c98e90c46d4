// Templates on a running node: the chat example deployed, used, deployed again and changed, and removed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { GetDeploymentsCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployer, DeployResult } from '#services/deploy/deployer.ts';
import { openChatter } from '../support/chatter.ts';
import type { Chatter } from '../support/chatter.ts';
import { adminClients, nodeDeployer } from '../support/clients.ts';
import { postern } from '../support/command.ts';
import { startNode } from '../support/node.ts';
import type { TestNode } from '../support/node.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const ROOT_OF_DISK = '/';
const ApiId = 'chat0rooms';

let folder: string;
let node: TestNode;
let deployer: Deployer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-chat-'));
  cpSync(join(ROOT, 'examples/chat'), folder, { recursive: true });
  const args = [join(folder, 'template.yaml'), '--stack', 'chat'];
  node = await startNode({ args });
  deployer = nodeDeployer(node);
});
afterAll(async () => {
  deployer.close();
  await node.close();
  rmSync(folder, { recursive: true });
});

interface Said {
  readonly type: string;
  readonly room?: string;
  readonly name?: string;
  readonly text?: string;
  readonly message?: string;
  readonly members?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly text: string }[];
  readonly member?: { readonly name: string };
}

async function chatter(): Promise<Chatter> {
  const url = node.ready.stacks[0]?.urls[`${ApiId}/live`] ?? '';
  return openChatter(url, { ca: node.caText });
}
const next = async (one: Chatter): Promise<Said> => JSON.parse(await one.next()) as Said;
const namesIn = ({ members = [] }: Said): string[] => members.map(({ name }) => name).sort();

const template = (): string => readFileSync(join(folder, 'template.yaml'), 'utf8');
const deploy = (text: string, deleteData = false): Promise<DeployResult> =>
  deployer.deploy({ text, file: 'template.yaml', folder, stack: 'chat', deleteData });

test('two people meet in a room, talk, and see each other leave', async () => {
  const ada = await chatter();
  ada.send({ action: 'join', room: 'Lobby', name: 'Ada' });
  expect(await next(ada)).toMatchObject({ type: 'joined', room: 'lobby', messages: [] });
  const bob = await chatter();
  bob.send({ action: 'join', room: 'lobby', name: 'Bob' });
  expect(namesIn(await next(bob))).toEqual(['Ada', 'Bob']);
  expect(await next(ada)).toMatchObject({ type: 'entered', member: { name: 'Bob' } });
  ada.send({ action: 'say', text: 'hello' });
  for (const one of [ada, bob]) {
    expect(await next(one)).toMatchObject({ type: 'message', room: 'lobby', text: 'hello' });
  }
  bob.send({ action: 'join', room: 'other', name: 'Bob' });
  expect(await next(ada)).toMatchObject({ type: 'left', name: 'Bob' });
  expect(await next(bob)).toMatchObject({ type: 'joined', room: 'other' });
  bob.send({ action: 'join', room: 'lobby', name: 'Bob' });
  const back = await next(bob);
  expect(back.messages).toMatchObject([{ text: 'hello' }]);
  expect(await next(ada)).toMatchObject({ type: 'entered' });
  await bob.close();
  expect(await next(ada)).toMatchObject({ type: 'left', name: 'Bob' });
  ada.send('not json');
  expect(await next(ada)).toMatchObject({ type: 'error' });
  ada.send({ action: 'say', text: '  ' });
  expect(await next(ada)).toMatchObject({ type: 'error', message: 'There is nothing to say.' });
  await ada.close();
});

test('deployed again unchanged, nothing is done and no deployment is made', async () => {
  const { gateway } = adminClients(node);
  const before = await gateway.send(new GetDeploymentsCommand({ ApiId }));
  const { changes, outputs, urls } = await deploy(template());
  expect(changes).toEqual([]);
  expect({ outputs, urls }).toMatchObject({
    outputs: node.ready.stacks[0]?.outputs,
    urls: node.ready.stacks[0]?.urls,
  });
  const after = await gateway.send(new GetDeploymentsCommand({ ApiId }));
  expect(after.Items).toEqual(before.Items);
});

test('a changed route is live at once, for an open socket too, by a new deployment', async () => {
  const { gateway } = adminClients(node);
  const ada = await chatter();
  const changed = template().replace('RouteKey: join', 'RouteKey: enter');
  const { changes, messages } = await deploy(changed);
  expect(changes).toEqual(['updated JoinRoute', 'created Deployment', 'updated Stage']);
  expect(messages.join()).toContain('CloudFormation would not have made one');
  const { Items = [] } = await gateway.send(new GetDeploymentsCommand({ ApiId }));
  expect(Items).toHaveLength(2);
  ada.send({ action: 'join', room: 'r', name: 'Ada' });
  expect(await next(ada)).toMatchObject({ type: 'error' });
  await ada.close();
  await deploy(template());
});

test('a resource that left the template is removed', async () => {
  const { gateway } = adminClients(node);
  const without = template()
    .replace(/ {2}LeaveRoute:\n(?: {4}.*\n)+/, '')
    .replace('LeaveRoute, ', '');
  expect((await deploy(without)).changes).toEqual([
    'removed LeaveRoute',
    'created Deployment',
    'updated Stage',
  ]);
  const { Items = [] } = await gateway.send(new GetRoutesCommand({ ApiId }));
  expect(Items.map(({ RouteKey }) => RouteKey)).not.toContain('leave');
  await deploy(template());
});

test('a changed handler answers from the next message on', async () => {
  const file = join(folder, 'handlers/message.mjs');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('This chat knows', 'Here one knows'));
  const { changes } = await deploy(template());
  expect(changes).toEqual([
    'updated ConnectionFunction',
    'updated RoomFunction',
    'updated MessageFunction',
  ]);
  const ada = await chatter();
  ada.send({ action: 'dance' });
  expect((await next(ada)).message).toMatch(/^Here one knows/);
  await ada.close();
});

test('a faulty template is refused with every fault, and the command ends with 3', () => {
  const file = join(folder, 'faulty.yaml');
  const faulty = template()
    .replace('!Ref Table\n', '!Ref Nobody\n')
    .replace('AWS::DynamoDB::Table', 'AWS::SQS::Queue');
  writeFileSync(file, faulty);
  const flags = ['--endpoint', node.ready.admin, '--ca', node.ready.ca, '--stack', 'chat'];
  const args = [join(ROOT, 'services/postern.mjs'), 'deploy', file, ...flags];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(3);
  expect(stderr).toMatch(/faulty\.yaml:\d+:\d+: .*there is no parameter or resource Nobody/);
  expect(stderr).toMatch(/Table is of type AWS::SQS::Queue, which is not supported/);
});

describe('the certificate of the node', () => {
  const deployIn = (cwd: string, endpoint = node.ready.admin) => {
    const file = join(folder, 'log.yaml');
    writeFileSync(file, 'Resources:\n  Log:\n    Type: AWS::Logs::LogGroup\n');
    const args = ['deploy', file, '--endpoint', endpoint, '--stack', 'log'];
    return postern(args, { cwd, env: { AWS_CA_BUNDLE: join(folder, 'proxy.pem') } });
  };

  test("is trusted by the default data folder, beside a machine's own bundle", async () => {
    writeFileSync(join(folder, 'proxy.pem'), rootCertificates[0] ?? '');
    mkdirSync(join(folder, '.postern/ca'), { recursive: true });
    cpSync(node.ready.ca, join(folder, '.postern/ca/ca.pem'));
    const deployed = deployIn(folder);
    await deployed.prints(/^log: deployed/);
    expect(await deployed.exited).toBe(0);
  });

  test('is asked for when nothing tells it, and a node that does not run is told as such', async () => {
    const untrusted = deployIn(ROOT_OF_DISK);
    expect(await untrusted.exited).toBe(1);
    expect(untrusted.err).toMatch(/is not trusted, name its ca\.pem \(--ca\)/);
    const absent = deployIn(folder, 'https://127.0.0.1:1');
    expect(await absent.exited).toBe(1);
    expect(absent.err).toMatch(/ECONNREFUSED.*: is the node running\?/);
  });
});

test('a removed stack leaves nothing, but its table with data only goes when asked', async () => {
  const ada = await chatter();
  ada.send({ action: 'join', room: 'lobby', name: 'Ada' });
  await next(ada);
  await expect(deployer.remove('chat')).rejects.toThrow(/holds data.*--delete-data/);
  await deployer.remove('chat', { deleteData: true });
  expect(await ada.closed).toMatchObject({ code: 1001 });
  const { gateway, lambda, dynamodb } = adminClients(node);
  await expect(gateway.send(new GetRoutesCommand({ ApiId }))).rejects.toThrow();
  expect((await lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  expect(TableNames.filter((name) => name.startsWith('chat-'))).toEqual([]);
});
