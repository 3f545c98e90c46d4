// Conversations with a server: by a pipe and in a terminal, their commands, ends, exit codes and second tries.
import { mkdtempSync, readFileSync, statSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test, vi, onTestFinished } from 'vitest';
import { Conversation } from '#services/connect/connect.ts';
import { PipeDialogue, TerminalDialogue } from '#services/connect/dialogue.ts';
import { historyFile, readHistory } from '#services/connect/history.ts';
import type { ConnectOptions } from '#services/connect/options.ts';
import { systemClock, TestClock, type Clock } from '#shared/runtime/clock.ts';
import { startSocketServer, type SocketServer } from '../../support/socket-server.ts';

const NOW = new Date(2026, 10, 24, 9, 4, 7, 25);

interface Given extends Partial<ConnectOptions> {
  readonly clock?: Clock;
  readonly historyFile?: string;
}

/** A conversation with what it prints and how it ends. */
function converse(kind: 'pipe' | 'terminal', url: string, given: Given = {}) {
  const { clock = systemClock, historyFile: file, ...options } = given;
  const streams = {
    input: new PassThrough(),
    output: new PassThrough(),
    errors: new PassThrough(),
  };
  let printed = '';
  let notes = '';
  streams.output.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  streams.errors.on('data', (chunk: Buffer) => (notes += chunk.toString()));
  const looks = {
    timestamps: options.timestamps ?? false,
    colours: false,
    now: () => NOW,
    ...(file !== undefined && { historyFile: file }),
  };
  const dialogue =
    kind === 'pipe' ? new PipeDialogue(streams, looks) : new TerminalDialogue(streams, looks);
  const conversation = new Conversation(
    {
      ...{ url, headers: {}, subprotocols: [], waitMs: 50, reconnect: false },
      ...{ timestamps: false, keepsHistory: true },
      ...options,
    },
    dialogue,
    clock,
  );
  return {
    input: streams.input,
    exit: conversation.run(),
    output: () => printed,
    notes: () => notes,
    shows: (text: string) =>
      vi.waitFor(() => expect(kind === 'pipe' ? printed + notes : printed).toContain(text)),
  };
}

const first = (server: SocketServer) => [...server.sockets][0];

test('a line ends at its line feed only, wherever the pipe cuts it', async () => {
  const server = await startSocketServer();
  const pipe = converse('pipe', server.url);
  const text = Buffer.from('{"a":"x\u2028y\u2029é✓"}\r\n\r\nnext\u0085\n😀');
  for (const byte of text) pipe.input.write(Buffer.from([byte]));
  pipe.input.end();
  expect(await pipe.exit).toBe(0);
  expect(pipe.output()).toBe('{"a":"x\u2028y\u2029é✓"}\nnext\u0085\n😀\n');
});

test('a pipe’s lines are messages, answers are lines, and it ends by itself', async () => {
  const server = await startSocketServer();
  const pipe = converse('pipe', server.url, { headers: { 'X-A': '1' }, subprotocols: ['v1'] });
  pipe.input.end('{"n":1}\n\n/ping\r\nlast');
  expect(await pipe.exit).toBe(0);
  expect(pipe.output()).toBe('{"n":1}\n/ping\nlast\n');
  expect(pipe.notes()).toBe(`connected to ${server.url}, subprotocol v1\nclosed 1000\n`);
  expect(server.handshakes[0]?.headers).toMatchObject({
    'x-a': '1',
    'sec-websocket-protocol': 'v1',
  });
});

test('timestamps, and binary messages as base64', async () => {
  const server = await startSocketServer();
  server.answer = (socket) => socket.send(Buffer.from('hi'));
  const pipe = converse('pipe', server.url, { timestamps: true });
  pipe.input.end('x\n');
  await pipe.exit;
  expect(pipe.output()).toBe(`${NOW.toISOString()}\taGk=\n`);
});

test('it leaves when enough messages have come, and fails when they have not', async () => {
  const server = await startSocketServer();
  server.answer = (socket, text) => [1, 2].forEach((n) => socket.send(`${text}${n}`));
  const enough = converse('pipe', server.url, { count: 2, waitMs: Infinity });
  enough.input.write('a\n');
  expect(await enough.exit).toBe(0);
  expect(enough.output()).toBe('a1\na2\n');
  const few = converse('pipe', server.url, { count: 3 });
  few.input.end('a\n');
  expect(await few.exit).toBe(1);
});

test('more lines than fit the queue all arrive, in their order', async () => {
  const server = await startSocketServer();
  server.answer = () => undefined;
  const pipe = converse('pipe', server.url, { waitMs: 200 });
  const lines = Array.from({ length: 400 }, (_, at) => `${at} ${'x'.repeat(10_000)}`);
  pipe.input.end(`${lines.join('\n')}\n`);
  expect(await pipe.exit).toBe(0);
  expect(server.messages).toEqual(lines);
});

test.each([
  [1000, '', 0, 'closed 1000\n'],
  [1001, 'Going away', 1, 'closed 1001 Going away\n'],
  [1009, '', 1, 'closed 1009\n'],
])('closed by the server with %i %s: exit %i', async (code, reason, exit, note) => {
  const server = await startSocketServer();
  server.answer = (socket) => socket.close(code, reason);
  const pipe = converse('pipe', server.url, { waitMs: Infinity });
  pipe.input.write('x\n');
  expect(await pipe.exit).toBe(exit);
  expect(pipe.notes()).toContain(note);
});

test('a refused handshake tells status, type and body: exit 4', async () => {
  const server = await startSocketServer();
  server.refuse = { status: 403, body: '{"message":"Forbidden"}' };
  const pipe = converse('pipe', server.url, { reconnect: true });
  expect(await pipe.exit).toBe(4);
  expect(pipe.notes()).toBe('refused with 403: ForbiddenException {"message":"Forbidden"}\n');
});

test('nobody there: exit 1', async () => {
  const pipe = converse('pipe', 'ws://127.0.0.1:9/');
  expect(await pipe.exit).toBe(1);
  expect(pipe.notes()).toMatch(/^failed: .*ECONNREFUSED/);
});

test('*.localhost is this machine', async () => {
  const server = await startSocketServer();
  const pipe = converse('pipe', server.url.replace('127.0.0.1', 'abc.execute-api.localhost'));
  pipe.input.end();
  expect(await pipe.exit).toBe(0);
  expect(server.handshakes[0]?.headers.host).toMatch(/^abc\.execute-api\.localhost:\d+$/);
});

test('a lost connection is tried again, with more time between failures', async () => {
  const server = await startSocketServer();
  const clock = new TestClock(0);
  const pipe = converse('pipe', server.url, { reconnect: true, clock, waitMs: Infinity });
  pipe.input.write('one\n');
  await pipe.shows('one\n');
  server.refuse = { status: 503, body: '' };
  first(server)?.terminate();
  await pipe.shows('closed 1006; trying again in 1 s\n');
  pipe.input.write('two\n');
  clock.advance(1000);
  await pipe.shows('refused with 503: ForbiddenException ; trying again in 2 s\n');
  server.refuse = undefined;
  clock.advance(2000);
  await pipe.shows('two\n');
  first(server)?.close(1001);
  await pipe.shows('closed 1001; trying again in 1 s\n');
  expect(server.messages).toEqual(['one', 'two']);
  clock.advance(1000);
  await vi.waitFor(() => expect(pipe.notes().match(/connected to/g)).toHaveLength(3));
  first(server)?.close(1000);
  expect(await pipe.exit).toBe(0);
});

test('a terminal: pretty answers with their time, and a history that is kept', async () => {
  const server = await startSocketServer();
  const home = mkdtempSync(join(tmpdir(), 'postern-history-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const file = join(home, 'state', 'history');
  const terminal = converse('terminal', server.url, { historyFile: file });
  await terminal.shows('connected to');
  terminal.input.write('{"n":1}\r');
  await terminal.shows('09:04:07.025 < {\n  "n": 1\n}\n');
  terminal.input.write('//slash\r');
  await terminal.shows('< /slash');
  terminal.input.write('\u001b[A\u001b[A\r'); // the line before the last once more
  await vi.waitFor(() => expect(server.messages).toEqual(['{"n":1}', '/slash', '{"n":1}']));
  terminal.input.write('\u0004'); // Ctrl-D
  expect(await terminal.exit).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n//slash\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readHistory(file)).toEqual(['{"n":1}', '//slash']);
});

test('a terminal’s commands', async () => {
  const server = await startSocketServer();
  const terminal = converse('terminal', server.url);
  await terminal.shows('connected to');
  terminal.input.write('/ping\r');
  await terminal.shows('pong after ');
  terminal.input.write('/what\r');
  await terminal.shows('/close [code] [reason]');
  terminal.input.write('/close 1009\r');
  await terminal.shows('a close code is 1000 or from 3000 to 4999');
  const closed = new Promise((resolve) => {
    first(server)?.on('close', (code, reason) => resolve([code, reason.toString()]));
  });
  terminal.input.write('/close 4001 had  enough\r');
  expect(await closed).toEqual([4001, 'had enough']);
  expect(await terminal.exit).toBe(0);
  expect(server.messages).toEqual([]);
});

test('Ctrl-C closes, also while the next try is waited for', async () => {
  const server = await startSocketServer();
  const clock = new TestClock(0);
  const terminal = converse('terminal', server.url, { reconnect: true, clock });
  await terminal.shows('connected to');
  first(server)?.terminate();
  await terminal.shows('trying again in 1 s');
  terminal.input.write('lost\r');
  await terminal.shows('not connected: the message was not sent');
  terminal.input.write('\u0003');
  expect(await terminal.exit).toBe(0);
});

test('pings go out as often as asked for', async () => {
  const server = await startSocketServer();
  const clock = new TestClock(0);
  const pipe = converse('pipe', server.url, { clock, pingMs: 5000, waitMs: Infinity });
  await pipe.shows('connected to');
  clock.advance(5000);
  await vi.waitFor(() => expect(pipe.notes().match(/pong after/g)).toHaveLength(1));
  clock.advance(5000);
  await vi.waitFor(() => expect(pipe.notes().match(/pong after/g)).toHaveLength(2));
  first(server)?.close(1000);
  expect(await pipe.exit).toBe(0);
});

test('a history that cannot be read or written spoils nothing', async () => {
  const server = await startSocketServer();
  const folder = mkdtempSync(join(tmpdir(), 'postern-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const terminal = converse('terminal', server.url, { historyFile: folder });
  await terminal.shows('the history cannot be read: Error: EISDIR');
  await terminal.shows('connected to');
  terminal.input.write('hello\r');
  await terminal.shows('the history is not kept: Error: EISDIR');
  await terminal.shows('< hello');
  terminal.input.write('\u0004');
  expect(await terminal.exit).toBe(0);
});

test('the history lies in the state folder of its user', () => {
  expect(historyFile({ XDG_STATE_HOME: '/s', HOME: '/h' })).toBe('/s/postern/history');
  expect(historyFile({ HOME: '/h' })).toBe('/h/.local/state/postern/history');
  expect(historyFile({})).toBeUndefined();
  expect(readHistory('/nowhere/history')).toEqual([]);
});
