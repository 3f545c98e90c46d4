// Frames that the gateway writes: one piece for what came together, and always in the order in which they were sent.
import { Writable, type Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { FrameWriter } from '#services/connection/frame-writer.ts';
import { clientFrame, frames, RawClient, until } from '../../support/client.ts';
import { startSocketNode } from '../../support/socket-node.ts';

const turn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** What a stream was given: the pieces by write, of which those that were held back together are one list. */
function recorder(): { readonly stream: Duplex; readonly writes: Buffer[][] } {
  const writes: Buffer[][] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => (writes.push([chunk]), done()),
    writev: (chunks, done) => (writes.push(chunks.map(({ chunk }) => chunk as Buffer)), done()),
  });
  return { stream: stream as Duplex, writes };
}

function texts(writes: readonly Buffer[][]): string[] {
  return frames(Buffer.concat(writes.flat())).map(({ payload }) => payload.toString());
}

test('gathered frames are one piece in one write, others a piece each in one write', async () => {
  const writer = new FrameWriter(1000);
  const [gathered, plain] = [recorder(), recorder()];
  writer.gather(gathered.stream);
  for (let count = 0; count < 20; count++) {
    writer.text(gathered.stream, Buffer.from(`g${count}`));
    writer.text(plain.stream, Buffer.from(`p${count}`));
  }
  await turn();
  expect(gathered.writes.map((pieces) => pieces.length)).toEqual([1]);
  expect(plain.writes.map((pieces) => pieces.length)).toEqual([20]);
  const numbers = Array.from({ length: 20 }, (_, at) => at);
  expect(texts(gathered.writes)).toEqual(numbers.map((at) => `g${at}`));
  expect(texts(plain.writes)).toEqual(numbers.map((at) => `p${at}`));
});

test('large, split and small frames keep their order, whoever else is gathered for in between', async () => {
  const writer = new FrameWriter(3000);
  const [one, other] = [recorder(), recorder()];
  const sizes = [1, 125, 126, 2048, 2049, 3000, 3001, 9000, 0, 7, 2000, 2000, 2000, 2000];
  const payloads = [...sizes, ...sizes, ...sizes].map((size, at) => {
    return Buffer.from(String.fromCharCode(97 + (at % 26)).repeat(size));
  });
  for (const [at, payload] of payloads.entries()) {
    if (at % 5 === 0) writer.gather(one.stream);
    if (at % 7 === 0) writer.gather(other.stream);
    if (at % 11 === 0) await turn();
    writer.text(one.stream, payload);
    writer.text(other.stream, payload);
  }
  await turn();
  const expected = payloads.join('|');
  for (const { writes } of [one, other]) {
    const messages: string[] = [];
    let part = '';
    for (const { fin, payload } of frames(Buffer.concat(writes.flat()))) {
      part += payload.toString();
      if (fin) messages.push(part);
      if (fin) part = '';
    }
    expect(messages.join('|')).toBe(expected);
  }
});

test('a stream that is cut before the end of the turn gets nothing more, and others are not disturbed', async () => {
  const writer = new FrameWriter(1000);
  const [cut, next] = [recorder(), recorder()];
  writer.gather(cut.stream);
  writer.text(cut.stream, Buffer.from('lost'));
  cut.stream.destroy();
  writer.gather(next.stream);
  writer.text(next.stream, Buffer.from('kept'));
  await turn();
  expect(cut.writes).toEqual([]);
  expect(texts(next.writes)).toEqual(['kept']);
});

test('replies, the pong and the close frame of what came in one chunk leave in its order', async () => {
  const node = await startSocketNode({
    routes: { $default: ({ request }) => ({ body: request.body.bytes }) },
  });
  const raw = await RawClient.open(node.port);
  raw.write(
    Buffer.concat([
      clientFrame(0x81, Buffer.from('a')),
      clientFrame(0x89, Buffer.from('b')),
      clientFrame(0x81, Buffer.from('c')),
      clientFrame(0x88, Buffer.from([0x03, 0xe8])),
    ]),
  );
  await until(() => raw.ended);
  const received = frames(raw.received).map(({ opcode, payload }) => [opcode, payload.toString()]);
  expect(received).toEqual([
    [0x1, 'a'],
    [0xa, 'b'],
    [0x1, 'c'],
    [0x8, '\u0003\ufffd'],
  ]);
  await node.close();
});
