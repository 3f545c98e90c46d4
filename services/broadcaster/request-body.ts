// The body of a small request, read whole and bounded.
import type { IncomingMessage } from 'node:http';

const NOTHING = Buffer.alloc(0);

/** How much of a body that is too large is read and dropped, so that a client gets its answer before the end. */
const DISCARD_BYTES = 10_485_760;

/** The body did not end: the client has gone, or sends without end. */
export class BodyAbortedError extends Error {}

/**
 * Bytes of the body, or `undefined` if there are more than `limit`. Rejects with `BodyAbortedError` when the client
 * goes away in the midst of it.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (request.headers['content-length'] === '0' || hasNoBody(request)) {
    request.resume();
    return Promise.resolve(NOTHING);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit + DISCARD_BYTES) request.destroy();
    });
    request.on('end', () => {
      const [only = NOTHING] = chunks;
      if (size > limit) resolve(undefined);
      else resolve(chunks.length < 2 ? only : Buffer.concat(chunks, size));
    });
    request.on('close', () => {
      if (!request.complete) reject(new BodyAbortedError('the client has gone'));
    });
    request.on('error', () => undefined);
  });
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}
