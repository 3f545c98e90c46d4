// How a connection ended, in the words of the DISCONNECT event.
import type { Disconnect } from '#shared/model/exchange.ts';

/**
 * Texts that AWS gives to endings which bring none of their own. 1005 is documented (developer guide,
 * apigateway-websocket-api-integration-requests); the text for 1006 is our choice (docs/parity.md).
 */
const TEXTS: Readonly<Record<number, string>> = {
  1005: 'Client-side close frame status not set',
  1006: 'Connection Closed Abnormally',
};

/** Ending by the idle or age limit, a deleted stage or a draining node; captured from AWS for the idle limit. */
export const GOING_AWAY: Disconnect = { code: 1001, reason: 'Going away' };

/** Ending of a connection that was lost, with its TCP connection or with its node. */
export const ABNORMAL: Disconnect = { code: 1006, reason: TEXTS[1006] ?? '' };

/** Ending by a binary message. AWS guide: websocket-api-develop-binary-media-types. */
export const BINARY_REFUSED: Disconnect = { code: 1003, reason: '' };

/** Ending of a client that does not read what is sent to it. */
export const TOO_SLOW: Disconnect = { code: 1008, reason: '' };

/** Ending that the client chose: `code` and `reason` of its close frame, 1005 without one, 1006 without a frame. */
export function clientEnding(code: number, reason: Buffer): Disconnect {
  return { code, reason: reason.length > 0 ? reason.toString('utf8') : (TEXTS[code] ?? '') };
}

/** Close codes by the error names of `ws`; whatever is missing here is a violation of the protocol. */
const CODES: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};

/**
 * Ending by something that the client may not send. `undefined` for errors of the network, whose ending the close of
 * the socket tells.
 */
export function violationEnding(error: Error): Disconnect | undefined {
  const name = (error as NodeJS.ErrnoException).code ?? '';
  return name.startsWith('WS_ERR_') ? { code: CODES[name] ?? 1002, reason: '' } : undefined;
}

const CLOSE_REASON_BYTES = 123;

/** `reason` cut to what fits into a close frame (RFC 6455 5.5), never within a character. */
export function closeReason(reason: string): string {
  const bytes = Buffer.from(reason, 'utf8');
  if (bytes.length <= CLOSE_REASON_BYTES) return reason;
  let end = CLOSE_REASON_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
