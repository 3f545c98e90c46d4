// HTTP answers to handshakes that are refused.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** An HTTP answer instead of the 101. */
export interface Refusal {
  readonly status: number;
  /** Value of `x-amzn-errortype`. */
  readonly errorType?: string;
  readonly message: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Statuses whose answers have no body (RFC 9110 6.4.1). */
const BODYLESS: ReadonlySet<number> = new Set([204, 304]);

/** Answers an upgrade with `refusal` and ends the connection once it is written. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, requestId: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(refusal);
  const headers = { date: new Date().toUTCString(), ...headersOf(refusal, requestId, body) };
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const reason = STATUS_CODES[refusal.status] ?? 'Unknown';
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusal.status} ${reason}\r\n${lines.join('')}\r\n${body}`);
}

/** Answers a request that is no upgrade with `refusal`. */
export function refuseRequest(response: ServerResponse, refusal: Refusal, requestId: string): void {
  const body = bodyOf(refusal);
  response.writeHead(refusal.status, headersOf(refusal, requestId, body));
  response.end(body);
}

function bodyOf(refusal: Refusal): string {
  return BODYLESS.has(refusal.status) ? '' : JSON.stringify({ message: refusal.message });
}

function headersOf(refusal: Refusal, requestId: string, body: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-amzn-requestid': requestId,
    ...(refusal.errorType === undefined ? {} : { 'x-amzn-errortype': refusal.errorType }),
    ...refusal.headers,
  };
}
