// Bad input to a whole node: after each of it the node serves as before, and its memory of good clients is unharmed.
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChatter, type Chatter } from '../../support/chatter.ts';
import { clientFrame, frames } from '../../support/client.ts';
import { ENDINGS, frameScript, pieces } from '../../support/frame-script.ts';
import { fuzz } from '../../support/fuzz.ts';
import { startNode, type TestNode } from '../../support/node.ts';

const PATH = '/_aws/execute-api/faulty0api/live';

let node: TestNode;
/** A good client that is there all the time. */
let witness: Chatter;

const open = (): Promise<Chatter> =>
  openChatter(`${node.ready.gateway.replace('https', 'wss')}${PATH}`, { ca: node.caText });

async function ask(one: Chatter): Promise<unknown> {
  one.send({ deed: 'live' });
  return JSON.parse(await one.next());
}

beforeAll(async () => {
  const config = 'test/fixtures/apps/faulty/template.yaml';
  node = await startNode({ args: [config, '--stack', 'faulty'] });
  witness = await open();
});
afterAll(async () => {
  await witness.close();
  await node.close();
});

/** Bytes to a TLS socket, and what came back by its end. */
async function raw(bytes: string | Buffer, ending: 'wait' | 'destroy' = 'wait'): Promise<Buffer> {
  const socket = await dial();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  if (ending === 'destroy') {
    socket.destroy();
    return Buffer.alloc(0);
  }
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

async function dial(): Promise<TLSSocket> {
  const port = Number(new URL(node.ready.gateway).port);
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: node.caText });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** Shakes hands by hand, sends `chunks` one by one, and resolves with the code of the close frame that comes back. */
async function closeCodeAfter(...chunks: readonly Buffer[]): Promise<number | undefined> {
  const socket = await dial();
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
  socket.write(upgrade());
  while (!received.includes('\r\n\r\n')) await once(socket, 'data');
  expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  for (const chunk of chunks) {
    socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const close = () =>
    frames(received.subarray(received.indexOf('\r\n\r\n') + 4)).find(({ opcode }) => opcode === 8);
  while (close() === undefined && !socket.closed) await soonerOf(socket, 'data', 'close');
  socket.destroy();
  const payload = close()?.payload;
  return payload?.length === 0 ? 1005 : payload?.readUInt16BE(0);
}

const soonerOf = (socket: TLSSocket, ...events: readonly string[]): Promise<unknown> =>
  Promise.race(events.map((event) => once(socket, event)));

const upgrade = (extra = ''): string =>
  `GET ${PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`;

describe('messages', () => {
  test.each([
    ['no JSON', '{"deed":'],
    ['an array', '[1,2]'],
    ['null', 'null'],
    ['a text', '"deed"'],
    ['nothing', ''],
    ['keys of prototypes', '{"__proto__":{"action":"x"},"constructor":{"prototype":1}}'],
    ['nesting', `${'['.repeat(16_000)}${']'.repeat(16_000)}`],
    ['a deep key', `${'{"action":'.repeat(2000)}1${'}'.repeat(2000)}`],
    ['lone surrogates', '{"deed":"\\ud800"}'],
    ['NUL characters', '{"deed":"\\u0000"}'],
    ['a number too large', `{"deed":1e999,"action":${'9'.repeat(5000)}}`],
  ])('%s: the socket stays open', async (_name, text) => {
    const one = await open();
    one.send(text);
    one.send({ deed: 'live' });
    const answers = [JSON.parse(await one.next()), JSON.parse(await one.next())] as unknown[];
    expect(answers).toContainEqual(expect.objectContaining({ deed: 'live' }));
    await one.close();
  });
});

describe('frames', () => {
  test.each([
    ['text that is not UTF-8', clientFrame(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ['a binary message', clientFrame(0x82, Buffer.from('x')), 1003],
    ['a reserved opcode', clientFrame(0x83, Buffer.from('x')), 1002],
    ['a reserved bit', clientFrame(0xc1, Buffer.from('x')), 1002],
    ['a continuation of nothing', clientFrame(0x80, Buffer.from('x')), 1002],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x78]), 1002],
    ['a long ping', clientFrame(0x89, Buffer.alloc(126)), 1002],
    ['a close with a code that is none', clientFrame(0x88, Buffer.from([0x03, 0xed])), 1002],
    ['a frame over 32 KB', clientFrame(0x81, Buffer.alloc(32 * 1024 + 1, 97)), 1009],
    [
      'a message over 128 KB in small frames',
      Buffer.concat([
        clientFrame(0x01, Buffer.alloc(30_000, 97)),
        ...Array.from({ length: 4 }, () => clientFrame(0x00, Buffer.alloc(30_000, 97))),
      ]),
      1009,
    ],
    ['a length of 2^62', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
  ])('%s: closed with its code', async (_name, bytes, code) => {
    expect(await closeCodeAfter(bytes)).toBe(code);
  });
});

test('frames at random, then every ending: closed with its code, and the others are served', async () => {
  await fuzz(3, async (next) => {
    for (const ending of ENDINGS) {
      const { bytes, close } = frameScript(next, ending);
      const code = await closeCodeAfter(...pieces(next, bytes));
      expect({ ending, code }).toEqual({ ending, code: close });
      expect(await ask(witness)).toMatchObject({ deed: 'live' });
    }
  });
});

describe('handshakes', () => {
  test.each([
    ['no HTTP', 'HELO chat\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no key', upgrade().replace(/Sec-WebSocket-Key.*\r\n/, ''), /^HTTP\/1\.1 400 /],
    ['another version', upgrade().replace('Version: 13', 'Version: 8'), /^HTTP\/1\.1 426 /],
    ['headers over 10,240 bytes', upgrade(`X: ${'x'.repeat(20_000)}\r\n`), /^HTTP\/1\.1 431 /],
    ['two lengths', upgrade('Content-Length: 1\r\nContent-Length: 2\r\n'), /^HTTP\/1\.1 400 /],
  ])('%s: refused', async (_name, text, answer) => {
    expect((await raw(text)).toString('latin1')).toMatch(answer);
  });

  test('half a handshake, then gone', async () => {
    for (let at = 1; at < upgrade().length; at += 25) await raw(upgrade().slice(0, at), 'destroy');
  });

  test('gone right after the handshake: its $disconnect runs', async () => {
    const before = node.lines.filter(ended).length;
    await raw(upgrade(), 'destroy');
    const socket = await dial();
    socket.write(upgrade());
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => node.lines.filter(ended).length).toBeGreaterThan(before);
  });

  const ended = ({ message }: Readonly<Record<string, unknown>>): boolean =>
    / 1006 Connection Closed Abnormally/.test(String(message));
});

test('whoever behaved was served all the time', async () => {
  expect(await ask(witness)).toMatchObject({ deed: 'live' });
  const levels = node.lines.filter(({ level }) => level === 'error');
  expect(levels).toEqual([]);
});
