// Requests and answers as bytes on Redis: who asks and which question, then the message itself.

/** A question on its way to a responder. */
export interface Question {
  /** Name of the bus that asks; its answers channel follows from it. */
  readonly asker: string;
  readonly id: number;
  readonly message: Buffer;
}

/** An answer on its way back; without a message the responder has failed. */
export interface Answer {
  readonly id: number;
  readonly message: Buffer | undefined;
}

const ID_BYTES = 4;
const ANSWERED = 1;
const FAILED = 0;

/** `[length of asker: 1][asker][id: 4][message]` */
export function encodeQuestion(asker: string, id: number, message: Uint8Array): Buffer {
  const head = Buffer.alloc(1 + asker.length + ID_BYTES);
  head.writeUInt8(asker.length, 0);
  head.write(asker, 1, 'latin1');
  head.writeUInt32BE(id, 1 + asker.length);
  return Buffer.concat([head, message]);
}

/** `undefined` for what is no question: anybody who has the Redis can write to a channel. */
export function decodeQuestion(frame: Buffer): Question | undefined {
  const length = frame[0];
  if (length === undefined || frame.length < 1 + length + ID_BYTES) return undefined;
  return {
    asker: frame.toString('latin1', 1, 1 + length),
    id: frame.readUInt32BE(1 + length),
    message: frame.subarray(1 + length + ID_BYTES),
  };
}

/** `[id: 4][1 answered, 0 failed][message]` */
export function encodeAnswer({ id, message }: { id: number; message?: Uint8Array }): Buffer {
  const head = Buffer.alloc(ID_BYTES + 1);
  head.writeUInt32BE(id, 0);
  head.writeUInt8(message === undefined ? FAILED : ANSWERED, ID_BYTES);
  return message === undefined ? head : Buffer.concat([head, message]);
}

/** `undefined` for what is no answer. */
export function decodeAnswer(frame: Buffer): Answer | undefined {
  if (frame.length <= ID_BYTES) return undefined;
  const answered = frame[ID_BYTES] === ANSWERED;
  return {
    id: frame.readUInt32BE(0),
    message: answered ? frame.subarray(ID_BYTES + 1) : undefined,
  };
}
