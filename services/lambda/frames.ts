// Frames between the node and a runtime environment: length, type and body, over a pipe of their own.

/** Bytes before a frame's body: its length (32 bits, little endian, of type and body) and its type. */
export const FRAME_HEADER = 5;

/** Types of frames; which way each goes stands beside it. */
export const FRAME = {
  /** node → environment: JSON of `RuntimeSettings`; first and once. */
  init: 1,
  /** node → environment: one event; see `encodeInvoke`. */
  invoke: 2,
  /** environment → node: the handler is loaded. */
  ready: 3,
  /** environment → node: JSON error document; the environment ends after it. */
  initError: 4,
  /** environment → node: index, peak memory and whether it waited (`PEAK`), then the JSON the handler returned. */
  result: 5,
  /** environment → node: the same, then a JSON error document. */
  failure: 6,
  /** environment → node: index (0: outside of an invocation), then text. */
  log: 7,
  /** environment → node: it will exit after the answers that follow; it gets no further events. */
  ending: 8,
  /** environment → node: indexes of events that it had ahead and will not begin. */
  returned: 9,
} as const;

/** The word after an answer's index: peak memory in kilobytes, and a bit: the handler has waited for something, or worked long. */
export const PEAK = { kilobytes: 0x7fffffff, waited: 0x80000000 } as const;

/** What the environment must know to run a function; everything else is in its environment variables. */
export interface RuntimeSettings {
  readonly taskRoot: string;
  readonly handler: string;
  readonly functionArn: string;
  /** Largest response, in bytes. */
  readonly responseBytes: number;
  readonly timeoutMs: number;
  readonly eventsPerEnvironment: number;
  /** Where hosts of this gateway are; absent: addresses are left alone. */
  readonly gateway?: GatewayAddress;
}

/** How functions reach this node's gateway listener. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  /** Whether the gateway listener speaks TLS; without it, TLS to its names is taken off inside the environment. */
  readonly tls: boolean;
  /** Further endings after `{apiId}.execute-api.{region}.`, beside `localhost` and `amazonaws.com`. */
  readonly suffixes: readonly string[];
  /** Further whole host names: custom domains. */
  readonly hosts: readonly string[];
}

/** One event as it goes to an environment. Empty texts stand for what is absent. */
export interface InvokeFrame {
  /** Names the invocation within its environment; never 0. */
  readonly index: number;
  readonly requestId: string;
  /** Epoch milliseconds (wall clock) at which the function times out; 0: `timeoutMs` after its turn has come. */
  readonly deadline: number;
  /** ARN it was invoked by; empty: that of the settings. */
  readonly functionArn: string;
  readonly traceId: string;
  readonly clientContext: string;
  readonly event: Uint8Array | string;
}

/** Puts length and type in front of `parts`, in one buffer. */
export function encodeFrame(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = Buffer.allocUnsafe(FRAME_HEADER + size);
  frame.writeUInt32LE(size + 1, 0);
  frame[4] = type;
  let at = FRAME_HEADER;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

/** Bytes between an invoke frame's header and its texts: index, deadline, four lengths. */
const INVOKE_FIXED = 4 + 8 + 4 * 2;

/** The frame of one event; the event's bytes are copied once and not looked at. */
export function encodeInvoke(frame: InvokeFrame): Buffer {
  const { event } = frame;
  const texts = frame.requestId + frame.functionArn + frame.traceId + frame.clientContext;
  const eventBytes = typeof event === 'string' ? Buffer.byteLength(event) : event.length;
  const textBytes = Buffer.byteLength(texts);
  const size = FRAME_HEADER + INVOKE_FIXED + textBytes + eventBytes;
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeUInt32LE(size - 4, 0);
  buffer[4] = FRAME.invoke;
  buffer.writeUInt32LE(frame.index, 5);
  buffer.writeDoubleLE(frame.deadline, 9);
  buffer.writeUInt16LE(frame.requestId.length, 17);
  buffer.writeUInt16LE(frame.functionArn.length, 19);
  buffer.writeUInt16LE(frame.traceId.length, 21);
  buffer.writeUInt16LE(frame.clientContext.length, 23);
  buffer.write(texts, 25, 'utf8');
  const at = FRAME_HEADER + INVOKE_FIXED + textBytes;
  if (typeof event === 'string') buffer.write(event, at, 'utf8');
  else buffer.set(event, at);
  return buffer;
}

/** An event as the environment reads it. */
export type DecodedInvoke = Omit<InvokeFrame, 'event'> & { readonly event: Buffer };

/** Reads the body of an invoke frame. Its texts are ASCII (headers and ids), so lengths are those of the text. */
export function decodeInvoke(body: Buffer): DecodedInvoke {
  let at = INVOKE_FIXED;
  const text = (lengthAt: number): string => {
    const from = at;
    at += body.readUInt16LE(lengthAt);
    return body.toString('latin1', from, at);
  };
  return {
    index: body.readUInt32LE(0),
    deadline: body.readDoubleLE(4),
    requestId: text(12),
    functionArn: text(14),
    traceId: text(16),
    clientContext: text(18),
    event: body.subarray(at),
  };
}

/**
 * Cuts a stream of chunks into frames. A frame within one chunk is a view of it; a longer one is gathered once.
 * `push` throws a `RangeError` for a frame over `maxBytes`, and what `onFrame` throws.
 */
export class FrameReader {
  readonly #onFrame: (type: number, body: Buffer) => void;
  readonly #maxBytes: number;
  /** A beginning shorter than a header. */
  #head: Buffer | undefined;
  /** A frame of which bytes are missing: its body and how much of it is there. */
  #partial: { readonly type: number; readonly body: Buffer; filled: number } | undefined;

  constructor(onFrame: (type: number, body: Buffer) => void, maxBytes = Infinity) {
    this.#onFrame = onFrame;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let rest = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = undefined;
    if (this.#partial !== undefined) rest = this.#fill(this.#partial, rest);
    while (rest.length >= FRAME_HEADER) {
      const size = rest.readUInt32LE(0) - 1;
      const type = rest[4] ?? 0;
      if (size < 0 || size > this.#maxBytes) throw new RangeError(`a frame of ${size} bytes`);
      if (rest.length < FRAME_HEADER + size) {
        const partial = { type, body: Buffer.allocUnsafe(size), filled: 0 };
        this.#partial = partial;
        rest = this.#fill(partial, rest.subarray(FRAME_HEADER));
        return;
      }
      const body = rest.subarray(FRAME_HEADER, FRAME_HEADER + size);
      rest = rest.subarray(FRAME_HEADER + size);
      this.#onFrame(type, body);
    }
    if (rest.length > 0) this.#head = rest;
  }

  /** Adds what `chunk` has to the unfinished frame; answers what is left of the chunk. */
  #fill(partial: { type: number; body: Buffer; filled: number }, chunk: Buffer): Buffer {
    const taken = chunk.copy(partial.body, partial.filled);
    partial.filled += taken;
    if (partial.filled < partial.body.length) return chunk.subarray(taken);
    this.#partial = undefined;
    this.#onFrame(partial.type, partial.body);
    return chunk.subarray(taken);
  }
}
