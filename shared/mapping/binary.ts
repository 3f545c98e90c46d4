// Base64 on the way between text frames and back ends (contentHandlingStrategy).
import { isUtf8 } from 'node:buffer';

/** How a payload is converted; absent: not at all. */
export type ContentHandling = 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT' | undefined;

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/** Bytes for a back end from a client's text; `undefined` when it should be base64 and is not. */
export function toBackend(bytes: Uint8Array, handling: ContentHandling): Uint8Array | undefined {
  if (handling !== 'CONVERT_TO_BINARY') return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** Bytes for a text frame from a back end's payload: base64 if asked for, else UTF-8 with what is none replaced. */
export function toClient(bytes: Uint8Array, handling: ContentHandling): Uint8Array {
  if (handling === 'CONVERT_TO_TEXT') return Buffer.from(Buffer.from(bytes).toString('base64'));
  return isUtf8(bytes) ? bytes : Buffer.from(Buffer.from(bytes).toString('utf8'));
}
