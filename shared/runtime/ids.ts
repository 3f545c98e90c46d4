// Identifiers in AWS's shapes (sheet: connectionId, requestId, apiId, …), from buffered random bytes.
import { randomFillSync, randomInt } from 'node:crypto';

const POOL_BYTES = 8192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `count` fresh random bytes; valid until the pool comes round, so use them at once. */
function randomBytes(count: number): Buffer {
  const from = take(count);
  return pool.subarray(from, from + count);
}

/** The same as text; saves the view on the pool. */
function randomText(count: number): string {
  const from = take(count);
  return pool.toString('base64url', from, from + count);
}

/** Where in the pool the next `count` bytes lie, which nobody has had before. */
function take(count: number): number {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return used - count;
}

/** A node's id: four base64url characters (three bytes), the first four characters of its connection ids. */
export function newNodeId(): string {
  return randomText(3);
}

/** A connection id: 16 characters, base64url of 11 bytes and `=`; begins with `nodeId`. */
export function newConnectionId(nodeId: string): string {
  return `${nodeId}${randomText(8)}=`;
}

/** The node named by a connection id. */
export function nodeOf(connectionId: string): string {
  return connectionId.slice(0, 4);
}

const CONNECTION_ID = /^[A-Za-z0-9_-]{15}=$/;

/** Whether `text` has the format of a connection id (AWS answers 400 to others, 410 to unknown ones). */
export function isConnectionId(text: string): boolean {
  return CONNECTION_ID.test(text);
}

/** A request id or message id: 16 characters as a connection id, all random. */
export function newRequestId(): string {
  return `${randomText(11)}=`;
}

/** A resource id of `length` lower-case alphanumerics beginning with a letter (api 10, route and integration 7, …). */
export function newResourceId(length: number): string {
  const bytes = randomBytes(length);
  let id = ALPHANUMERIC.charAt((bytes[0] ?? 0) % 26);
  for (let at = 1; at < length; at++) id += ALPHANUMERIC.charAt((bytes[at] ?? 0) % 36);
  return id;
}

const MIXED_CASE = `${ALPHANUMERIC}ABCDEFGHIJKLMNOPQRSTUVWXYZ`;

/** A value for an API key, which is a secret: 40 alphanumerics of both cases, as in AWS's samples. */
export function newApiKeyValue(): string {
  let value = '';
  while (value.length < 40) value += MIXED_CASE.charAt(randomInt(MIXED_CASE.length));
  return value;
}

/** A trace id for `X-Amzn-Trace-Id`: `Root=1-{8 hex}-{24 hex}`. */
export function newTraceId(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
