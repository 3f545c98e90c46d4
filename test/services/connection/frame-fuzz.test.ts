// Frames at random against open sockets: what comes back is what RFC 6455 and AWS's limits say, and others are unharmed.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import {
  clientFrame,
  frames,
  nextMessage,
  opened,
  RawClient,
  until,
} from '../../support/client.ts';
import { ENDINGS, frameScript, pieces, type FrameScript } from '../../support/frame-script.ts';
import { fuzz, type Next } from '../../support/fuzz.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

// Many rounds on a machine that has other work.
vi.setConfig({ testTimeout: 60_000 });

let node: SocketNode;
/** A client that behaves and is there all the time. */
let witness: WebSocket;

beforeAll(async () => {
  node = await startSocketNode({
    routes: { $default: ({ request }) => ({ body: request.body.bytes }) },
  });
  witness = node.client();
  await opened(witness);
});
afterAll(() => node.close());

const TEXT = 1;
const PONG = 10;

/** Whole messages and pongs among the frames that came; nothing of it may break RFC 6455. */
function received(raw: RawClient): { readonly messages: string[]; readonly pongs: string[] } {
  const messages: string[] = [];
  const pongs: string[] = [];
  let open: Buffer[] | undefined;
  for (const { fin, opcode, payload } of frames(raw.received)) {
    if (opcode === PONG) pongs.push(payload.toString());
    if (opcode > TEXT) continue;
    expect(opcode).toBe(open === undefined ? TEXT : 0);
    open = [...(open ?? []), payload];
    if (!fin) continue;
    messages.push(Buffer.concat(open).toString());
    open = undefined;
  }
  return { messages, pongs };
}

async function send(raw: RawClient, next: Next, bytes: Buffer): Promise<void> {
  for (const piece of pieces(next, bytes)) {
    raw.write(piece);
    if (next(3) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The script's client stays: everything comes back, in order. */
async function stays(raw: RawClient, { messages, pings }: FrameScript): Promise<void> {
  raw.write(clientFrame(0x89, Buffer.from('the last ping')));
  raw.write(clientFrame(0x81, Buffer.from('the last message')));
  await until(() => raw.ended || received(raw).messages.at(-1) === 'the last message');
  const got = received(raw);
  expect(got.messages).toEqual([...messages, 'the last message']);
  expect(got.pongs).toEqual([...pings, 'the last ping']);
  raw.socket.resetAndDestroy();
}

/** The script's client is told its code; what came before is a beginning of what would have come. */
async function ends(raw: RawClient, { messages, pings, close = 0 }: FrameScript): Promise<void> {
  await until(() => raw.ended || frames(raw.received).some(({ opcode }) => opcode === 8));
  const got = received(raw);
  const last = frames(raw.received).at(-1);
  expect(last?.opcode).toBe(8);
  if (close === 1005) expect(last?.payload.length).toBe(0);
  else expect(last?.payload.readUInt16BE(0)).toBe(close);
  expect(got.messages).toEqual(messages.slice(0, got.messages.length));
  expect(got.pongs).toEqual(pings.slice(0, got.pongs.length));
  raw.socket.end();
}

async function round(next: Next, ending: string | undefined): Promise<void> {
  const before = node.disconnects.length;
  const raw = await RawClient.open(node.port);
  const script = frameScript(next, ending);
  await send(raw, next, script.bytes);
  await (script.close === undefined ? stays : ends)(raw, script);
  await until(() => node.disconnects.length > before);
  expect(node.disconnects.at(-1)?.disconnect?.code).toBe(script.close ?? 1006);
  const echo = nextMessage(witness);
  witness.send(`still here ${before}`);
  expect(await echo).toBe(`still here ${before}`);
}

test('messages in any frames, with pings between them, come back whole and in order', async () => {
  await fuzz(40, (next) => round(next, undefined));
});

test.each(ENDINGS)('%s', async (ending) => {
  await fuzz(10, (next) => round(next, ending));
});

test('bytes at random end a connection or wait for more, and never the node', async () => {
  await fuzz(100, async (next) => {
    const raw = await RawClient.open(node.port);
    const noise = Array.from({ length: 1 + next(60) }, () => next(256));
    await send(raw, next, Buffer.from(noise));
    raw.socket.end();
    await until(() => raw.ended);
    for (const { opcode, payload } of frames(raw.received)) {
      if (opcode === 8 && payload.length > 0) {
        expect([1002, 1003, 1007, 1009]).toContain(payload.readUInt16BE(0));
      }
    }
  });
  expect(node.service.hub.size).toBe(1);
  expect(node.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
