// Between Node's HTTP messages and the plain values of an AWS API: whole bodies in, whole answers out.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';

/** The client went away in the middle of its request: there is nobody to answer. */
export class ClientGone extends Error {}

/** Read and dropped beyond the limit, since a client that is still sending does not see an answer. */
const GRACE_BYTES = 67_108_864;

/** Reads the whole body; 413 when it is longer than `mostBytes`. Throws `ClientGone` when the client goes away. */
export async function readRequest(
  request: IncomingMessage,
  mostBytes: number,
): Promise<WireRequest> {
  const { method = 'GET', url = '/', rawHeaders } = request;
  return { method, url, rawHeaders, body: await readBody(request, mostBytes) };
}

function tooLarge(mostBytes: number): ServiceError {
  return new ServiceError(
    'RequestEntityTooLargeException',
    413,
    `Request must be smaller than ${mostBytes} bytes`,
  );
}

function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
      else chunks = [];
      if (size > mostBytes + GRACE_BYTES) reject(tooLarge(mostBytes));
    });
    request.on('end', () => {
      if (size > mostBytes) reject(tooLarge(mostBytes));
      else resolve(Buffer.concat(chunks, size));
    });
    request.on('close', () => reject(new ClientGone()));
    request.on('error', (cause) => reject(new ClientGone('', { cause })));
  });
}

/** Sends the answer; a request that was not read to its end costs the connection. */
export function sendResponse(
  response: ServerResponse,
  { status, headers, body }: WireResponse,
  requestId: string,
): void {
  const unread = !response.req.complete;
  response.writeHead(status, {
    'x-amzn-RequestId': requestId,
    ...headers,
    ...(status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    ...(unread ? { Connection: 'close' } : {}),
  });
  response.end(status === 204 ? undefined : body);
}
