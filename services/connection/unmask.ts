// Takes the mask off a client's payload, in place (RFC 6455 5.3).
import { createRequire } from 'node:module';

/** Up to this many bytes the call of native code costs more than it saves. */
const SHORT_BYTES = 32;

type Unmask = (data: Buffer, mask: Buffer) => void;

/** One mask at a time is at work. */
const MASK = Buffer.alloc(4);

/** Unmasks `data` with the mask that lies in `source` at `maskAt`. */
export function unmask(data: Buffer, source: Buffer, maskAt: number): void {
  MASK[0] = source[maskAt] ?? 0;
  MASK[1] = source[maskAt + 1] ?? 0;
  MASK[2] = source[maskAt + 2] ?? 0;
  MASK[3] = source[maskAt + 3] ?? 0;
  if (data.length < SHORT_BYTES) unmaskBytes(data, MASK);
  else unmaskMany(data, MASK);
}

function unmaskBytes(data: Buffer, mask: Buffer): void {
  for (let at = 0; at < data.length; at++) data[at] = (data[at] ?? 0) ^ (mask[at & 3] ?? 0);
}

/** Native code where npm could install it; it is an optional dependency. */
const unmaskMany: Unmask = nativeUnmask() ?? unmaskBytes;

function nativeUnmask(): Unmask | undefined {
  try {
    return (createRequire(import.meta.url)('bufferutil') as { readonly unmask: Unmask }).unmask;
  } catch {
    return undefined;
  }
}
