// What a client gets for a request that cannot even be read.
import { ANSWERS } from './answer.ts';
import type { Answer } from './answer.ts';

/** The answer to an error of Node's HTTP parser; `undefined` when nobody can read one: a reset, a failed handshake. */
export function clientErrorAnswer(
  error: NodeJS.ErrnoException & { readonly rawPacket?: unknown },
  urlBytes: number,
): Answer | undefined {
  const code = error.code ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') {
    return lineTooLong(error.rawPacket, urlBytes) ? ANSWERS.urlTooLong : ANSWERS.headersTooLarge;
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ANSWERS.timeout;
  return code.startsWith('HPE_') ? ANSWERS.badRequest : undefined;
}

/** Whether the packet in which the headers grew too large begins with a request line that is too long by itself. */
function lineTooLong(packet: unknown, urlBytes: number): boolean {
  if (!Buffer.isBuffer(packet)) return false;
  const end = packet.indexOf('\r\n');
  const line = packet.toString('latin1', 0, end < 0 ? packet.length : end);
  return /^[A-Z]+ /.test(line) && line.length > urlBytes;
}
