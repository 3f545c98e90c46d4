// Frames: every cut of the stream gives the same frames, and events pass as they are.
import { expect, test } from 'vitest';
import {
  decodeInvoke,
  encodeFrame,
  encodeInvoke,
  FRAME,
  FRAME_HEADER,
  FrameReader,
} from '#services/lambda/frames.ts';

const INVOKE = {
  index: 7,
  requestId: '6f2c1f0e-0000-4000-8000-000000000000',
  deadline: 1_700_000_000_123,
  functionArn: '',
  traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  clientContext: 'e30=',
};

test.each([
  ['text', '{"a":"ü😀"}'],
  ['bytes', Buffer.from('{"a":"ü😀"}')],
])('an event as %s', (_kind, event) => {
  const frame = encodeInvoke({ ...INVOKE, event });
  expect(frame.readUInt32LE(0)).toBe(frame.length - 4);
  expect(frame[4]).toBe(FRAME.invoke);
  const decoded = decodeInvoke(frame.subarray(FRAME_HEADER));
  expect({ ...decoded, event: decoded.event.toString() }).toEqual({
    ...INVOKE,
    event: '{"a":"ü😀"}',
  });
});

test('any cut of the stream gives the same frames', () => {
  const bodies = ['', 'a', 'bc'.repeat(40), '', 'é'];
  const stream = Buffer.concat(bodies.map((body, type) => encodeFrame(type, Buffer.from(body))));
  for (let size = 1; size <= stream.length; size++) {
    const seen: [number, string][] = [];
    const reader = new FrameReader((type, body) => seen.push([type, body.toString()]));
    for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
    expect(seen, `chunks of ${size}`).toEqual(bodies.map((body, type) => [type, body]));
  }
});

test('a frame over the limit, or with a length of nothing, is a RangeError', () => {
  const reader = () => new FrameReader(() => undefined, 10);
  expect(() => reader().push(encodeFrame(1, Buffer.alloc(11)))).toThrow(RangeError);
  expect(() => reader().push(Buffer.from('0000000005', 'hex'))).toThrow(RangeError);
  expect(() => reader().push(encodeFrame(1, Buffer.alloc(10)))).not.toThrow();
});
