// The bench's client speaks RFC 6455: what it sends unmasks to the text, what it reads comes out whole however it was cut.
import { describe, expect, test } from 'vitest';
import { CLOSE_FRAME, frameReader, textFrame } from '../../bench/frames.ts';

/** Payload of a masked text frame in one piece, read as RFC 6455 section 5.2 has it. */
function unmasked(frame: Buffer): string {
  expect(frame[0]).toBe(0x81);
  const second = frame[1] ?? 0;
  expect(second & 0x80).toBe(0x80);
  const long = (second & 0x7f) === 126;
  const at = long ? 4 : 2;
  const length = long ? frame.readUInt16BE(2) : second & 0x7f;
  const mask = frame.subarray(at, at + 4);
  expect(mask.equals(Buffer.alloc(4))).toBe(false);
  const payload = frame.subarray(at + 4);
  expect(payload.length).toBe(length);
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString();
}

/** A frame as a server sends it. */
function serverFrame(opcode: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (body.length < 126) head[1] = body.length;
  else if (body.length < 65_536) head.writeUInt16BE(body.length, 2);
  else head.writeBigUInt64BE(BigInt(body.length), 2);
  if (body.length >= 126) head[1] = body.length < 65_536 ? 126 : 127;
  return Buffer.concat([head, body]);
}

/** Everything that comes out when `data` arrives in pieces of `size` bytes. */
function read(data: Buffer, size: number): string[] {
  const heard: string[] = [];
  const reader = frameReader(
    { message: (payload) => heard.push(payload.toString()), close: () => heard.push('CLOSE') },
    Buffer.alloc(0),
  );
  for (let at = 0; at < data.length; at += size) reader(data.subarray(at, at + size));
  return heard;
}

describe('a text frame', () => {
  test.each([0, 1, 5, 125, 126, 16_384, 32_768])('of %i bytes unmasks to its text', (length) => {
    const text = 'abc'.repeat(length).slice(0, length);
    expect(unmasked(textFrame(text))).toBe(text);
  });

  test('counts bytes, not letters', () => {
    expect(unmasked(textFrame('grüße'))).toBe('grüße');
  });
});

describe('what a server sends', () => {
  const long = 'l'.repeat(300);
  const all = Buffer.concat([
    serverFrame(1, 'one'),
    serverFrame(9, 'ping'),
    serverFrame(1, long),
    serverFrame(1, ''),
    serverFrame(8, ''),
  ]);

  test.each([1, 2, 3, 7, 1000, 1_000_000])('comes out whole in pieces of %i bytes', (size) => {
    expect(read(all, size)).toEqual(['one', long, '', 'CLOSE']);
  });

  test('may be longer than 65,535 bytes', () => {
    const huge = 'h'.repeat(70_000);
    expect(read(serverFrame(1, huge), 20_000)).toEqual([huge]);
  });

  test('goes on after what came with the handshake', () => {
    const heard: string[] = [];
    const frame = serverFrame(1, 'early');
    const listener = {
      message: (payload: Buffer) => heard.push(payload.toString()),
      close: () => undefined,
    };
    frameReader(listener, frame.subarray(0, 3))(frame.subarray(3));
    expect(heard).toEqual(['early']);
  });
});

test('a close frame is masked and empty', () => {
  expect([...CLOSE_FRAME]).toEqual([0x88, 0x80, 0, 0, 0, 0]);
});
