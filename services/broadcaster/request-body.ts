// The body of a small request, read whole and bounded.
import type { IncomingMessage } from 'node:http';

const NOTHING = Buffer.alloc(0);

/** How much of a body that is too large is read and dropped, so that a client gets its answer before the end. */
const DISCARD_BYTES = 10_485_760;

/** What becomes of a body; one of them is called, once. */
export interface BodyReader {
  /** Bytes of the body, `undefined` if there are more than the limit. Called at once for a request without a body. */
  readonly whole: (body: Buffer | undefined) => void;
  /** The client has gone in the midst of it, or sends without end. */
  readonly aborted: () => void;
}

/** Reads the body of `request`, at most `limit` bytes. Calls back rather than promises: pushes come here by the thousand. */
export function readBody(request: IncomingMessage, limit: number, reader: BodyReader): void {
  if (hasNoBody(request)) {
    request.resume();
    reader.whole(NOTHING);
    return;
  }
  let only: Buffer = NOTHING;
  let more: Buffer[] | undefined;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) more = undefined;
    else if (size === chunk.length) only = chunk;
    else (more ??= [only]).push(chunk);
    if (size > limit + DISCARD_BYTES) request.destroy();
  });
  request.on('end', () => {
    if (size > limit) reader.whole(undefined);
    else reader.whole(more === undefined ? only : Buffer.concat(more, size));
  });
  request.on('close', () => {
    if (!request.complete) reader.aborted();
  });
  request.on('error', ignore);
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === '0' || (length === undefined && headers['transfer-encoding'] === undefined);
}

/** A stream without a listener for errors would end the process; `close` follows and tells. */
function ignore(): void {
  return undefined;
}
