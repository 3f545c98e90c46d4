// A limit on the size of single frames, which `ws` lacks: its `maxPayload` bounds whole messages only.
import type { WebSocket } from 'ws';

/** The part of the receiver of `ws` 8.23 that is told a frame's payload length before any of the payload is read. */
interface Receiver {
  haveLength(done: (error: Error) => void): void;
  readonly createError: (
    kind: ErrorConstructor,
    message: string,
    prefix: boolean,
    code: number,
    name: string,
  ) => Error;
  readonly _payloadLength: number;
}

/**
 * Makes a function that lets a socket accept frames of at most `frameBytes`; a longer one ends in the same error and
 * close code (1009) as a message over `maxPayload`. The members used are private to `ws`: its version is pinned, and
 * this throws at the first connection if an upgrade of it has renamed them.
 */
export function frameLimiter(frameBytes: number): (socket: WebSocket) => void {
  function haveLength(this: Receiver, done: (error: Error) => void): void {
    if (this._payloadLength <= frameBytes) return proto(this).haveLength.call(this, done);
    const name = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    done(this.createError(RangeError, 'Max frame size exceeded', false, 1009, name));
  }
  return (socket) => {
    const receiver = (socket as unknown as { _receiver: Receiver })._receiver;
    if (typeof receiver.haveLength !== 'function') throw new Error('ws has changed: no haveLength');
    receiver.haveLength = haveLength;
  };
}

function proto(receiver: Receiver): Receiver {
  return Object.getPrototypeOf(receiver) as Receiver;
}
