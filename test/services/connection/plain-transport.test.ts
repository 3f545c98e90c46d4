// Our end of a WebSocket without the network: what is still read when the connection goes, and what is said when.
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { FrameWriter } from '#services/connection/frame-writer.ts';
import { PlainTransport } from '#services/connection/plain-transport.ts';
import { clientFrame, frames } from '../../support/client.ts';

const LIMITS = { frameBytes: 1000, messageBytes: 1000, closeMs: 5000 };
const CLOSE_4000 = clientFrame(
  0x88,
  Buffer.concat([Buffer.from([0x0f, 0xa0]), Buffer.from('bye')]),
);
const turn = (): Promise<void> =>
  new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A transport on a stream of no network, paused by its first message; `events` tells what its owner heard. */
function opened(head: Buffer = Buffer.alloc(0)) {
  const written: Buffer[] = [];
  const events: unknown[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => (written.push(chunk), done()),
  });
  const host = { writer: new FrameWriter(LIMITS.frameBytes), limits: LIMITS };
  const transport = new PlainTransport(host, stream, head);
  transport.owner = {
    receive: (data) => {
      events.push(data.toString());
      transport.pause();
    },
    receivePing: () => events.push('ping'),
    violated: ({ code }) => events.push(`violated ${code}`),
    closed: (code, reason) => events.push(`closed ${code} ${reason.toString()}`),
  };
  return { stream, transport, events, sent: () => frames(Buffer.concat(written)) };
}

test('a close frame behind messages that were not read tells the ending of a lost connection', async () => {
  const { stream, events } = opened();
  stream.push(clientFrame(0x81, Buffer.from('one')));
  await turn();
  stream.push(Buffer.concat([clientFrame(0x81, Buffer.from('two')), CLOSE_4000]));
  stream.destroy();
  await turn();
  expect(events).toEqual(['one', 'closed 4000 bye']);
});

test('also when it came in the chunk of the message at which reading was paused', async () => {
  const { stream, events } = opened();
  stream.push(Buffer.concat([clientFrame(0x81, Buffer.from('one')), CLOSE_4000]));
  await turn();
  stream.destroy();
  await turn();
  expect(events).toEqual(['one', 'closed 4000 bye']);
});

test('what was read behind the handshake comes first', async () => {
  const { stream, transport, events } = opened(clientFrame(0x81, Buffer.from('early')));
  stream.push(clientFrame(0x81, Buffer.from('late')));
  await turn();
  expect(events).toEqual(['early']);
  transport.resume();
  await turn();
  expect(events).toEqual(['early', 'late']);
  stream.destroy();
});

test('the first close frame is the only one, and nothing is heard behind it but the end', async () => {
  const { stream, transport, events, sent } = opened();
  transport.close(1001, 'Going away');
  transport.close(1000, 'again');
  stream.push(
    Buffer.concat([clientFrame(0x81, Buffer.from('late')), clientFrame(0x89, Buffer.alloc(0))]),
  );
  stream.push(CLOSE_4000);
  await turn();
  const said = sent().map(({ opcode, payload }) => [opcode, payload.toString('latin1')]);
  expect(said).toEqual([[8, '\u0003\u00e9Going away']]);
  expect(stream.writableEnded).toBe(true);
  stream.push(null);
  await turn();
  expect(events).toEqual(['closed 4000 bye']);
});
