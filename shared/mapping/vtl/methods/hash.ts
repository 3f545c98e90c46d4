// Java's `hashCode()` of values.
import { TemplateError } from '../limits.ts';
import type { Run } from '../run.ts';
import { isDouble, isHost, isList, numberOf, type Value } from '../values.ts';

/** The hash that Java computes; host objects have none of use and give 0. A step for each value. */
export function hashOf(run: Run, value: Value, depth = 0): number {
  run.step();
  if (depth > run.limits.depth) throw new TemplateError('a value is nested too deep to hash');
  if (value === null || value === undefined || isHost(value)) return 0;
  if (typeof value === 'string') return hashOfText(value);
  if (typeof value === 'boolean') return value ? 1231 : 1237;
  const number = numberOf(value);
  if (number !== undefined) return hashOfNumber(number, isDouble(value));
  if (isList(value)) {
    return value.reduce<number>(
      (hash, item) => (Math.imul(31, hash) + hashOf(run, item, depth + 1)) | 0,
      1,
    );
  }
  return Object.entries(value).reduce(
    (sum, [key, item]) => (sum + (hashOfText(key) ^ hashOf(run, item as Value, depth + 1))) | 0,
    0,
  );
}

/** `String.hashCode()`. */
export function hashOfText(text: string): number {
  let code = 0;
  for (let at = 0; at < text.length; at++) code = (Math.imul(31, code) + text.charCodeAt(at)) | 0;
  return code;
}

/** Both halves of eight bytes: a double's, or a long's; an integer is its own. */
function hashOfNumber(value: number, isDoubleValue: boolean): number {
  if (!isDoubleValue && (value | 0) === value) return value;
  const bytes = new DataView(new ArrayBuffer(8));
  if (isDoubleValue) bytes.setFloat64(0, value);
  else bytes.setBigInt64(0, BigInt(value));
  return bytes.getInt32(0) ^ bytes.getInt32(4);
}
