// Answers that the edge itself gives, on a response or on a bare socket.
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** An answer of the edge: AWS's JSON shape, or plain text for people at the wrong port. */
export interface Answer {
  readonly status: number;
  readonly message: string;
  /** Value of `x-amzn-errortype`, by which SDKs choose their error class. */
  readonly errorType?: string;
  readonly text?: true;
}

/** What API Gateway answers to an unknown api or stage, or a stage without a deployment (seen by many SDK users). */
export const FORBIDDEN: Answer = {
  status: 403,
  message: 'Forbidden',
  errorType: 'ForbiddenException',
};

/** Answers of the parts that a node always has. */
export const ANSWERS = {
  badRequest: { status: 400, message: 'Bad Request' },
  timeout: { status: 408, message: 'Request Timeout' },
  urlTooLong: { status: 414, message: 'Request URI too long' },
  headersTooLarge: { status: 431, message: 'Request Header Fields Too Large' },
  internal: {
    status: 500,
    message: 'Internal server error',
    errorType: 'InternalServerErrorException',
  },
  stopping: { status: 503, message: 'Service Unavailable' },
} as const satisfies Record<string, Answer>;

/** A part that does not exist: 501, since SDKs would retry 500 and 502–504. */
export function notImplemented(message: string): Answer {
  return { status: 501, message, errorType: 'NotImplementedException' };
}

/** Ends `response` with `answer`. When something has been sent already, only the connection can be cut. */
export function respond(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = bodyOf(answer);
  const headers = { ...headersOf(answer), 'content-length': Buffer.byteLength(body) };
  response.writeHead(answer.status, headers).end(body);
}

/** Writes `answer` as an HTTP answer to a bare socket and closes it; waits a little so that the peer can read it. */
export function refuse(socket: Duplex, answer: Answer): void {
  // Without a listener a reset would end the process; a client that drips is refused many times and needs one.
  socket.off('error', destroyOnError).on('error', destroyOnError);
  if (!socket.writable) {
    // Refused already, and the answer is on its way: what still came in is wrong for the same reason.
    if (!socket.writableEnded) socket.destroy();
    return;
  }
  const body = bodyOf(answer);
  const headers = {
    ...headersOf(answer),
    date: new Date().toUTCString(),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n`;
  // Closing with unread input resets the connection, and the peer loses the answer: read on for a moment.
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(linger));
  socket.once('end', () => socket.destroy());
  socket.end(`${line}${head.join('')}\r\n${body}`);
  socket.resume();
}

const LINGER_MS = 1000;

function destroyOnError(this: Duplex): void {
  this.destroy();
}

function bodyOf({ message, text }: Answer): string {
  return text === true ? message : JSON.stringify({ message });
}

function headersOf({ errorType, text }: Answer): Record<string, string> {
  return {
    'content-type': text === true ? 'text/plain; charset=utf-8' : 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...(errorType === undefined ? {} : { 'x-amzn-errortype': errorType }),
  };
}
