// The reader of client frames: however the bytes are cut, the same comes out; a pause keeps what was read.
import { expect, test } from 'vitest';
import { FrameReader, MOST_FRAGMENTS } from '#services/connection/frame-reader.ts';
import { clientFrame } from '../../support/client.ts';

const LIMITS = { frameBytes: 300, messageBytes: 700 };

/** A reader with the list of what came out of it. */
function recorder(): { readonly reader: FrameReader; readonly events: unknown[] } {
  const events: unknown[] = [];
  const reader = new FrameReader(
    {
      message: (data, binary) => events.push([binary ? 'binary' : 'text', data.toString()]),
      ping: (data) => events.push(['ping', data.toString()]),
      closing: (code, reason) => events.push(['close', code, reason.toString()]),
      violation: (code) => events.push(['violation', code]),
    },
    LIMITS,
  );
  return { reader, events };
}

const text = (bytes: number): Buffer => Buffer.alloc(bytes, 'é');

const SCRIPT = Buffer.concat([
  clientFrame(0x81, Buffer.from('')),
  clientFrame(0x81, text(2)),
  clientFrame(0x01, text(124)),
  clientFrame(0x89, Buffer.from('between')),
  clientFrame(0x00, text(0)),
  clientFrame(0x00, text(300)),
  clientFrame(0x80, text(126)),
  clientFrame(0x82, text(126)),
  clientFrame(0x8a, Buffer.from('nobody asked')),
  clientFrame(0x81, text(300)),
  clientFrame(0x88, Buffer.concat([Buffer.from([0x0f, 0xa0]), Buffer.from('bye ✓')])),
  clientFrame(0x81, Buffer.from('behind the end')),
]);

const OUTCOME = [
  ['text', ''],
  ['text', 'é'],
  ['ping', 'between'],
  ['text', 'é'.repeat(275)],
  ['binary', 'é'.repeat(63)],
  ['text', 'é'.repeat(150)],
  ['close', 4000, 'bye ✓'],
];

/** `bytes` in pieces of `size`; copies, since a reader unmasks in place. */
function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    pieces.push(Buffer.from(bytes.subarray(at, at + size)));
  }
  return pieces;
}

test.each([1, 2, 3, 5, 7, 13, 64, 131, 302, 997, SCRIPT.length])('pieces of %i bytes', (size) => {
  const { reader, events } = recorder();
  for (const piece of cut(SCRIPT, size)) reader.read(piece);
  expect(events).toEqual(OUTCOME);
});

test.each([1, 7, 131, SCRIPT.length])(
  'paused after each message, in pieces of %i bytes, it goes on where it stood',
  (size) => {
    const events: unknown[] = [];
    const reader: FrameReader = new FrameReader(
      {
        message: (data, binary) => {
          events.push([binary ? 'binary' : 'text', data.toString()]);
          reader.pause();
        },
        ping: (data) => events.push(['ping', data.toString()]),
        closing: (code, reason) => events.push(['close', code, reason.toString()]),
        violation: (code) => events.push(['violation', code]),
      },
      LIMITS,
    );
    for (const [at, piece] of cut(SCRIPT, size).entries()) {
      reader.read(piece);
      if (at % 3 === 0) reader.resume();
    }
    while (events.length < OUTCOME.length) {
      const before = events.length;
      reader.resume();
      if (events.length === before) break;
    }
    expect(events).toEqual(OUTCOME);
  },
);

test('a paused reader tells nothing until it is resumed', () => {
  const { reader, events } = recorder();
  reader.pause();
  reader.read(Buffer.from(SCRIPT));
  expect(events).toEqual([]);
  reader.resume();
  expect(events).toEqual(OUTCOME);
});

test.each<[string, Buffer, unknown[]]>([
  ['a frame at its limit', clientFrame(0x81, text(300)), ['text', 'é'.repeat(150)]],
  [
    'a frame over its limit, of which only the length has come',
    Buffer.from([0x81, 0xfe, 1, 45]),
    ['violation', 1009],
  ],
  [
    'a message at its limit',
    Buffer.concat([
      clientFrame(0x01, text(300)),
      clientFrame(0, text(300)),
      clientFrame(0x80, text(100)),
    ]),
    ['text', 'é'.repeat(350)],
  ],
  [
    'a message over its limit by a short last fragment',
    Buffer.concat([
      clientFrame(0x01, text(300)),
      clientFrame(0, text(300)),
      clientFrame(0x80, text(102)),
    ]),
    ['violation', 1009],
  ],
  [
    'a message over its limit by a long fragment of which only the length has come',
    Buffer.concat([
      clientFrame(0x01, text(300)),
      clientFrame(0, text(300)),
      Buffer.from([0, 0xfe, 0, 200]),
    ]),
    ['violation', 1009],
  ],
  [
    'as many fragments as may be',
    Buffer.concat([
      clientFrame(0x01, Buffer.alloc(0)),
      ...Array<Buffer>(MOST_FRAGMENTS - 2).fill(clientFrame(0, Buffer.alloc(0))),
      clientFrame(0x80, Buffer.alloc(0)),
    ]),
    ['text', ''],
  ],
  [
    'one fragment more',
    Buffer.concat([
      clientFrame(0x01, Buffer.alloc(0)),
      ...Array<Buffer>(MOST_FRAGMENTS - 1).fill(clientFrame(0, Buffer.alloc(0))),
      clientFrame(0x80, Buffer.alloc(0)),
    ]),
    ['violation', 1008],
  ],
])('%s', (_, bytes, outcome) => {
  const { reader, events } = recorder();
  for (const piece of cut(bytes, 50)) reader.read(piece);
  expect(events).toEqual([outcome]);
});

test('after a violation nothing is read, also not what came with it', () => {
  const { reader, events } = recorder();
  reader.read(Buffer.concat([clientFrame(0x83, text(2)), clientFrame(0x81, text(2))]));
  reader.read(clientFrame(0x81, text(2)));
  expect(events).toEqual([['violation', 1002]]);
});
