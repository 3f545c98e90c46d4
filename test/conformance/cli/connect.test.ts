// `postern connect` as people run it, against a node over TLS: from a pipe, refused, and with wrong arguments.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postern } from '../../support/command.ts';
import { mockApi } from '../../support/mock-api.ts';
import { startNode, type TestNode } from '../../support/node.ts';

let node: TestNode;
let url: string;

beforeAll(async () => {
  node = await startNode();
  ({ url } = await mockApi(node, {
    routes: {
      hello: {},
      $connect: { RequestParameters: { 'route.request.header.X-Token': { Required: true } } },
    },
  }));
});
afterAll(() => node.close());

const token = ['--header', 'X-Token: t'];

test('lines of a pipe get their answers, one a line', async () => {
  const input = '{"action":"hello"}\n{"action":"hello"}\n';
  const run = postern(['connect', url, '--ca', node.ready.ca, '--count', '2', ...token], { input });
  expect(await run.exited).toBe(0);
  expect(run.out).toBe('{"route":"hello"}\n{"route":"hello"}\n');
  expect(run.err).toBe(`connected to ${url}\nclosed 1000\n`);
});

test('it ends with its input, and trusts what AWS tools are told to', async () => {
  const env = { AWS_CA_BUNDLE: node.ready.ca };
  const run = postern(['connect', url, '--wait', '0', ...token], { env, input: '' });
  expect([await run.exited, run.out]).toEqual([0, '']);
});

test('SIGINT closes it', async () => {
  const run = postern(['connect', url, '--ca', node.ready.ca, '--wait', 'forever', ...token]);
  await run.prints(/connected/);
  run.process.kill('SIGINT');
  expect(await run.exited).toBe(0);
});

test('a refused handshake: exit 4 with the reason', async () => {
  const run = postern(['connect', url, '--ca', node.ready.ca], { input: '' });
  expect(await run.exited).toBe(4);
  expect(run.err).toMatch(/^refused with 400: /);
});

test('a certificate that is not trusted: exit 1', async () => {
  const run = postern(['connect', url, ...token], { input: '', cwd: node.data });
  expect(await run.exited).toBe(1);
  expect(run.err).toMatch(/^failed: .*certificate/);
});

test('wrong arguments: exit 2', async () => {
  const run = postern(['connect', 'ftp://a', '--header', 'x'], { input: '' });
  expect([await run.exited, run.err]).toEqual([2, 'URL: ftp://a is no wss:// address\n']);
  expect(await postern(['connect'], { input: '' }).exited).toBe(2);
});
