// What a client may write after its handshake, made at random, with what RFC 6455 and AWS's limits say must come back.
import { pick, type Next } from './fuzz.ts';

/** One client's bytes and their consequences. */
export interface FrameScript {
  readonly bytes: Buffer;
  /** Messages that the node gets whole, in order. */
  readonly messages: readonly string[];
  /** Payloads of the pings, in order. */
  readonly pings: readonly string[];
  /** Code of the close frame that comes back (1005: without one); absent: the connection stays open. */
  readonly close?: number;
}

const FRAME_LIMIT = 32_768;
const MESSAGE_LIMIT = 131_072;
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const CHARACTERS = [
  'a',
  '"',
  '\\',
  '\0',
  '\n',
  'é',
  '✓',
  '😀',
  '\u{10ffff}',
  '\u2028',
  '}',
] as const;
const LENGTHS = [0, 1, 2, 125, 126, 127, 1000, FRAME_LIMIT - 1, FRAME_LIMIT] as const;
const TOO_LONG = [FRAME_LIMIT + 1, 65_535, 65_536, 70_000] as const;
const NOT_UTF8 = [
  'ff',
  'c328',
  'c0af',
  'e28228',
  'eda080',
  'f0288cbc',
  'f4908080',
  'e29c',
] as const;
const GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999] as const;
const BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535] as const;

interface FrameGiven {
  readonly fin?: boolean;
  /** RSV1 to RSV3, from the highest bit on. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** Bytes of the extended length; more than needed are not minimal. Absent: as few as possible. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** One frame of a client. */
function frame(next: Next, opcode: number, payload: Uint8Array, given: FrameGiven = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = given;
  const { length } = payload;
  const least = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const lengthBytes = given.lengthBytes ?? least;
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (masked ? 0x80 : 0) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  if (!masked) return Buffer.concat([header, payload]);
  const mask = Buffer.from([next(256), next(256), next(256), next(256)]);
  const hidden = payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0));
  return Buffer.concat([header, mask, hidden]);
}

/** Text of exactly `length` bytes of UTF-8. */
function text(next: Next, length: number): Buffer {
  const parts: Buffer[] = [];
  let left = length;
  while (left > 0) {
    const part = Buffer.from(pick(next, CHARACTERS).repeat(1 + next(300)));
    if (part.length > left) break;
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat([...parts, Buffer.alloc(left, 'z')]);
}

/** A script while it is written. */
interface Draft {
  readonly next: Next;
  readonly parts: Buffer[];
  readonly messages: string[];
  readonly pings: string[];
}

const write = ({ next, parts }: Draft, opcode: number, payload: Uint8Array, given?: FrameGiven) =>
  void parts.push(frame(next, opcode, payload, given));

/** Pings, pongs or nothing, as may stand between the frames of a message. */
function controls(draft: Draft): void {
  for (let count = draft.next(3); count > 0; count--) {
    const payload = text(draft.next, pick(draft.next, [0, 1, 4, 124, 125]));
    if (draft.next(3) === 0) write(draft, PONG, payload);
    else {
      write(draft, PING, payload);
      draft.pings.push(payload.toString());
    }
  }
}

/** A message in one to six frames, cut anywhere, with other frames between. */
function message(draft: Draft, opcode: number, payload: Buffer): void {
  const { next } = draft;
  let at = 0;
  let first = true;
  for (let more = next(6); more > 0 || payload.length - at > FRAME_LIMIT; more--) {
    const end = at + Math.min(FRAME_LIMIT, next(payload.length - at + 1));
    write(draft, first ? opcode : CONTINUATION, payload.subarray(at, end), { fin: false });
    controls(draft);
    [at, first] = [end, false];
  }
  const rest = payload.subarray(at);
  const short = rest.length < 126 && next(4) === 0;
  write(
    draft,
    first ? opcode : CONTINUATION,
    rest,
    short ? { lengthBytes: pick(next, [2, 8]) } : {},
  );
}

function good(draft: Draft): void {
  const { next, messages } = draft;
  controls(draft);
  const long = next(12) === 0;
  const payload = text(next, long ? MESSAGE_LIMIT - next(3) : pick(next, LENGTHS));
  message(draft, TEXT, payload);
  messages.push(payload.toString());
}

type Ending = (draft: Draft) => number;

const some = ({ next }: Draft): Buffer => text(next, next(126));
const closing = (code: number, reason: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from([code >> 8, code & 0xff]), reason]);
const broken = ({ next }: Draft): Buffer => Buffer.from(pick(next, NOT_UTF8), 'hex');

/** What ends a connection wherever it comes, within a message too: writes it and gives the code. */
const ANYWHERE: Readonly<Record<string, Ending>> = {
  'a close frame without a code': (draft) => (write(draft, CLOSE, Buffer.alloc(0)), 1005),
  'a close frame with a code': (draft) => {
    const code = pick(draft.next, GOOD_CODES);
    write(draft, CLOSE, closing(code, text(draft.next, pick(draft.next, [0, 1, 122, 123]))));
    return code;
  },
  'a code that nobody may send': (draft) => {
    write(draft, CLOSE, closing(pick(draft.next, BAD_CODES)));
    return 1002;
  },
  'a close frame of one byte': (draft) => (write(draft, CLOSE, Buffer.from([3])), 1002),
  'a reason that is not UTF-8': (draft) => (
    write(draft, CLOSE, closing(1000, broken(draft))),
    1007
  ),
  'reserved bits': (draft) => {
    const opcode = pick(draft.next, [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG]);
    write(draft, opcode, some(draft), { reserved: 1 + draft.next(7) });
    return 1002;
  },
  'a reserved opcode': (draft) => {
    write(draft, pick(draft.next, [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), some(draft));
    return 1002;
  },
  'a frame without a mask': (draft) => {
    const opcode = pick(draft.next, [CLOSE, PING, PONG]);
    write(draft, opcode, closing(1000), { masked: false });
    return 1002;
  },
  'a control frame in parts': (draft) => {
    const opcode = pick(draft.next, [CLOSE, PING, PONG]);
    write(draft, opcode, closing(1000), { fin: false });
    return 1002;
  },
  'a control frame over 125 bytes': (draft) => {
    const payload = text(draft.next, pick(draft.next, [126, 127, 65_535, 65_536]));
    write(draft, pick(draft.next, [CLOSE, PING, PONG]), payload);
    return 1002;
  },
  'a control frame with a length that is not minimal': (draft) => {
    const opcode = pick(draft.next, [CLOSE, PING, PONG]);
    write(draft, opcode, closing(1000), { lengthBytes: pick(draft.next, [2, 8]) });
    return 1002;
  },
};

/** What ends a connection when it comes between messages. */
const BETWEEN: Readonly<Record<string, Ending>> = {
  'a binary message': (draft) => (message(draft, BINARY, some(draft)), 1003),
  'a continuation of nothing': (draft) => {
    write(draft, CONTINUATION, some(draft), { fin: draft.next(2) === 0 });
    return 1002;
  },
  'a message within a message': (draft) => {
    write(draft, TEXT, Buffer.from('{"'), { fin: false });
    write(draft, pick(draft.next, [TEXT, BINARY]), some(draft), { fin: draft.next(2) === 0 });
    return 1002;
  },
  'a message without a mask': (draft) => {
    write(draft, pick(draft.next, [TEXT, BINARY]), some(draft), { masked: false });
    return 1002;
  },
  'text that is not UTF-8': (draft) => {
    message(draft, TEXT, Buffer.concat([some(draft), broken(draft)]));
    return 1007;
  },
  'a frame over its limit': (draft) => {
    const opcode = pick(draft.next, [TEXT, BINARY]);
    write(draft, opcode, Buffer.alloc(pick(draft.next, TOO_LONG), 'a'));
    return 1009;
  },
  'a continuation over its limit': (draft) => {
    write(draft, TEXT, Buffer.from('a'), { fin: false });
    controls(draft);
    write(draft, CONTINUATION, Buffer.alloc(pick(draft.next, TOO_LONG), 'a'));
    return 1009;
  },
  'a message over its limit': (draft) => {
    message(draft, TEXT, Buffer.alloc(MESSAGE_LIMIT + 1 + draft.next(3), 'a'));
    return 1009;
  },
  'a length of 2^63 and more': (draft) => {
    draft.parts.push(Buffer.from([0x81, 0xff, 0x80 | draft.next(128), 0, 0, 0, 0, 0, 0, 9]));
    return 1009;
  },
};

/** All kinds of endings. */
export const ENDINGS = [...Object.keys(ANYWHERE), ...Object.keys(BETWEEN)];

/** A client that sends up to five messages and then, as `ending` says, does what ends it; without one it stays. */
export function frameScript(next: Next, ending: string | undefined): FrameScript {
  const draft: Draft = { next, parts: [], messages: [], pings: [] };
  const { parts, messages, pings } = draft;
  for (let count = next(6); count > 0; count--) good(draft);
  controls(draft);
  if (ending === undefined) return { bytes: Buffer.concat(parts), messages, pings };
  const anywhere = ANYWHERE[ending];
  if (anywhere !== undefined && next(3) === 0) {
    write(draft, TEXT, Buffer.from('{"'), { fin: false });
    controls(draft);
  }
  const close = (anywhere ?? BETWEEN[ending] ?? unknown)(draft);
  parts.push(Buffer.from(Array.from({ length: next(40) }, () => next(256))));
  return { bytes: Buffer.concat(parts), messages, pings, close };
}

const unknown: Ending = () => {
  throw new Error('no such ending');
};

/** `bytes` in up to seven pieces, as a network may bring them. */
export function pieces(next: Next, bytes: Buffer): Buffer[] {
  const cuts = Array.from({ length: next(7) }, () => next(bytes.length + 1)).sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, at) => bytes.subarray(cuts[at - 1] ?? 0, end));
}
