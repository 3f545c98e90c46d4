// What a node cannot start with: the exit code of the contract, and every fault with its field.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postern } from '../support/command.ts';

let folder: string;
const taken = createServer();
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-refusals-'));
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  ({ port } = taken.address() as AddressInfo);
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

const FREE = ['--port', '0', '--admin-port', '0'];
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

interface Case {
  readonly name: string;
  readonly args: () => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: () => readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a port that is taken',
    args: () => ['--port', String(port), '--admin-port', '0', '--data', join(folder, 'a')],
    code: 2,
    says: () => [`--port: port ${port} on 127.0.0.1 is taken by another program`],
  },
  {
    name: 'an admin port that is taken',
    args: () => ['--port', '0', '--admin-port', String(port), '--data', join(folder, 'b')],
    code: 2,
    says: () => [`--admin-port: port ${port} on 127.0.0.1 is taken by another program`],
  },
  {
    name: 'a data folder that is a file',
    args: () => [...FREE, '--data', file('no-folder', '')],
    code: 2,
    says: () => ['--data: ', join(folder, 'no-folder')],
  },
  {
    name: 'a folder for the authority that is a file',
    args: () => [...FREE, '--data', join(folder, 'c'), '--ca', file('no-ca', '')],
    code: 2,
    says: () => ['--ca: ', join(folder, 'no-ca')],
  },
  {
    name: 'flags, variables and a file with faults',
    args: () => [
      ...['--port', '70000', '--region', 'moon', '--host', '0.0.0.0', '--limits', 'some'],
      ...['--config', file('faulty.yaml', 'tls: maybe\ncolour: blue\nlimits: { frames: 1 }\n')],
    ],
    env: { POSTERN_ACCOUNT: '12', AWS_ENDPOINT_URL_SQS: 'nowhere', REDIS_URL: 'http://x' },
    code: 2,
    says: () => [
      '--port: must be a whole number from 0 to 65535, not "70000"',
      '--region: ',
      '--limits: must be aws or open',
      'tls: must be on or off, not "maybe"',
      'colour: is no setting',
      'limits.frames: is no limit',
      'POSTERN_ACCOUNT: must be 12 digits, not "12"',
      'AWS_ENDPOINT_URL_SQS: must be a URL',
      'REDIS_URL: ',
    ],
  },
  {
    name: 'an address for everybody without credentials',
    args: () => [...FREE, '--host', '0.0.0.0', '--data', join(folder, 'd')],
    code: 2,
    says: () => ['host: listening on 0.0.0.0 needs credentials (POSTERN_CREDENTIALS)'],
  },
  {
    name: 'a file that is no YAML',
    args: () => ['--config', file('broken.yaml', 'port: [1\n')],
    code: 2,
    says: () => [`${join(folder, 'broken.yaml')}: `],
  },
  {
    name: 'an unknown flag',
    args: () => ['--colour', 'blue'],
    code: 2,
    says: () => ["unknown option '--colour'"],
  },
  {
    name: 'a template that is not there',
    args: () => [...FREE, join(folder, 'absent.yaml'), '--data', join(folder, 'e')],
    code: 2,
    says: () => [`template: there is no file ${join(folder, 'absent.yaml')}`],
  },
  {
    name: 'a template with a missing reference and an unknown type',
    args: () => [
      ...[...FREE, '--data', join(folder, 'f')],
      file(
        'template.yaml',
        'Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: !Ref Nobody\n  Queue:\n    Type: AWS::SQS::Queue\n',
      ),
    ],
    code: 3,
    says: () => [
      'template.yaml:5:',
      'there is no parameter or resource Nobody',
      'Queue is of type AWS::SQS::Queue',
    ],
  },
  {
    name: 'a value that the control plane does not take, after a table was made',
    args: () => [
      ...[...FREE, '--data', join(folder, 'i')],
      file(
        'value.yaml',
        [
          'Transform: AWS::Serverless-2016-10-31',
          'Resources:',
          '  Table:',
          '    Type: AWS::Serverless::SimpleTable',
          '  Api:',
          '    Type: AWS::ApiGatewayV2::Api',
          '    DependsOn: Table',
          '    Properties: { Name: x, ProtocolType: WEBSOCKT }',
          '',
        ].join('\n'),
      ),
    ],
    code: 3,
    says: () => ['Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]', 'created Table'],
  },
  {
    name: 'a template that is no YAML',
    args: () => [...FREE, '--data', join(folder, 'g'), file('tab.yaml', 'Resources: {\n')],
    code: 3,
    says: () => ['tab.yaml'],
  },
  {
    name: 'a template that is a folder',
    args: () => {
      mkdirSync(join(folder, 'folder.yaml'));
      return [...FREE, '--data', join(folder, 'h'), join(folder, 'folder.yaml')];
    },
    code: 3,
    says: () => [`${join(folder, 'folder.yaml')} cannot be read`],
  },
];

test.each(CASES)('$name: exit code $code', async ({ args, env, code, says }) => {
  const node = postern(['start', ...args()], env === undefined ? {} : { env });
  expect({ code: await node.exited, err: node.err }).toMatchObject({ code });
  for (const text of says()) expect(node.err).toContain(text);
  expect(node.err).not.toMatch(/^ {4}at /m);
  expect(node.out).toBe('');
});
