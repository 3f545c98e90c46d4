// Commands whose output goes into a pipe: their reader may end before they do, as `head` does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { postern, type Command } from '../support/command.ts';
import { startSocketServer } from '../support/socket-server.ts';

/** Reads up to `pattern`, then no more. Resolves with the exit code. */
async function readOnlyTo(pattern: RegExp, running: Command): Promise<number | null> {
  onTestFinished(() => void running.process.kill('SIGKILL'));
  await running.prints(pattern);
  running.process.stdout?.destroy();
  return running.exited;
}

test('connect ends as tools do that SIGPIPE ends, and closes its connection', async () => {
  const server = await startSocketServer();
  server.answer = (socket, text) => {
    const timer = setInterval(() => socket.send(text), 20);
    socket.once('close', () => clearInterval(timer));
  };
  const running = postern(['connect', server.url, '--wait', 'forever'], { input: 'a\n' });
  expect(await readOnlyTo(/^a$/m, running)).toBe(141);
  expect(running.err).toBe(`connected to ${server.url}\nclosed 1000\n`);
  await expect.poll(() => server.sockets.size).toBe(0);
}, 20_000);

test('tail too', async () => {
  const server = createServer((_request, response) => {
    const line = { event: 'log', time: '2026-11-25T00:00:01.500Z', message: 'hello' };
    const write = (): void => void response.write(`${JSON.stringify(line)}\n`);
    const timer = setInterval(write, 20);
    response.once('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = postern(['tail', '--endpoint', url]);
  expect(await readOnlyTo(/hello$/m, running)).toBe(141);
  expect(running.err).toBe('');
}, 20_000);

test('help of connect tells how long it waits and how it ends', async () => {
  const running = postern(['connect', '--help']);
  expect(await running.exited).toBe(0);
  expect(running.out.replaceAll(/\s+/g, ' ')).toContain('(1; 30 with --count)');
  expect(running.out).toContain('141 unread');
});
