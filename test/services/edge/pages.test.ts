// Pages of the gateway's own origin: what is served, with which headers, and what is not reachable.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get, startGateway } from '../../support/edge-gateway.ts';
import type { Reply, RunningGateway } from '../../support/edge-gateway.ts';
import { ask, tls } from '../../support/raw-client.ts';

let running: RunningGateway;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-pages-'));
  const page = join(folder, 'chat');
  await mkdir(join(page, 'sub'), { recursive: true });
  await mkdir(join(page, 'bare'));
  await writeFile(join(page, 'index.html'), '<p>chat</p>');
  await writeFile(join(page, 'sub', 'index.html'), '<p>sub</p>');
  await writeFile(join(page, 'app.js'), 'start();');
  await writeFile(join(page, 'empty.css'), '');
  await writeFile(join(page, 'a b%.bin'), 'x');
  await writeFile(join(page, '.env'), 'secret');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await symlink(join(folder, 'secret.txt'), join(page, 'out.txt'));
  await symlink(join(page, 'app.js'), join(page, 'in.js'));
  running = await startGateway({ pages: { chat: page, gone: join(folder, 'gone') } });
});

afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

const page = (path: string, options?: Parameters<typeof get>[2]): Promise<Reply> =>
  get(`${running.gateway.url}/_postern/pages${path}`, running.authority.cert, options);

test.each([
  ['/chat/', 'text/html; charset=utf-8', '<p>chat</p>'],
  ['/chat/?room=1', 'text/html; charset=utf-8', '<p>chat</p>'],
  ['/chat/index.html', 'text/html; charset=utf-8', '<p>chat</p>'],
  ['/chat/sub/', 'text/html; charset=utf-8', '<p>sub</p>'],
  ['/chat//app.js', 'text/javascript; charset=utf-8', 'start();'],
  ['/chat/in.js', 'text/javascript; charset=utf-8', 'start();'],
  ['/chat/empty.css', 'text/css; charset=utf-8', ''],
  ['/chat/a%20b%25.bin', 'application/octet-stream', 'x'],
])('%s is served as %s', async (path, type, body) => {
  const reply = await page(path);
  expect(reply.status).toBe(200);
  expect(reply.body).toBe(body);
  expect(reply.headers).toMatchObject({
    'content-type': type,
    'content-length': String(body.length),
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
});

test.each([
  ['/chat', '/_postern/pages/chat/'],
  ['/chat?room=1', '/_postern/pages/chat/?room=1'],
  ['/chat/sub', '/_postern/pages/chat/sub/'],
])('%s redirects to %s', async (path, location) => {
  const { status, headers } = await page(path);
  expect([status, headers.location]).toEqual([308, location]);
});

test('HEAD has the headers only, and a known version is not sent again', async () => {
  const head = await page('/chat/app.js', { method: 'HEAD' });
  expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '8']);
  const etag = head.headers.etag ?? '';
  const again = await page('/chat/app.js', { headers: { 'if-none-match': etag } });
  expect([again.status, again.body]).toEqual([304, '']);
});

test.each([
  ['/', 404],
  ['/other/', 404],
  ['/gone/', 404],
  ['/__proto__/', 404],
  ['/chat/nothing.js', 404],
  ['/chat/bare/', 404],
  ['/chat/app.js/', 404],
  ['/chat/app.js/x', 404],
  ['/chat/out.txt', 404],
  [`/chat/${'a'.repeat(300)}`, 404],
  ['/chat/.env', 400],
  ['/chat/%2eenv', 400],
  ['/chat/%2e%2e%2fsecret.txt', 400],
  ['/chat/sub%2f..%2f..%2fsecret.txt', 400],
  ['/chat/..%5csecret.txt', 400],
  ['/chat/app.js%00', 400],
  ['/chat/%zz', 400],
])('%s is not served: %i', async (path, status) => {
  const reply = await page(path);
  expect(reply.status).toBe(status);
  expect(reply.body).not.toContain('secret');
});

test.each(['/chat/../secret.txt', '/chat/%2e%2e/secret.txt', '/../../etc/passwd'])(
  '%s leads nowhere from a client that leaves dots in',
  async (path) => {
    const { cert: ca } = running.authority;
    const socket = await tls(running.gateway.port, { ca, servername: 'localhost' });
    const target = `/_postern/pages${path}`;
    const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect(await ask(socket, request)).toMatch(/^HTTP\/1\.1 400 /);
  },
);

test('other methods are refused with the allowed ones', async () => {
  const { status, headers } = await page('/chat/', { method: 'POST' });
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
});
