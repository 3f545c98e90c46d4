// How values print: maps as `{k=v}`, lists of documents as JSON, lists of templates as `[a, b]`, doubles as Java does.
import { TemplateError } from './limits.ts';
import type { Run } from './run.ts';
import { Double, isHost, isMap, JavaList, type Value } from './values.ts';

/** The text of `value`; null prints nothing. */
export function printValue(run: Run, value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return run.checked(nested(run, value, 0));
}

/** `value` as JSON text. */
export function jsonText(run: Run, value: Value): string {
  return run.checked(json(run, value, 0));
}

/** Java's `Double.toString`. */
function javaDouble(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Infinity' : 'Infinity';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function nested(run: Run, value: Value, depth: number): string {
  guard(run, depth);
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return printNumber(value);
  if (value instanceof Double) return javaDouble(value.value);
  if (isHost(value)) return value.print(run);
  if (!isMap(value)) return printList(run, value, depth);
  const pairs = Object.keys(value).map((key) => `${key}=${nested(run, value[key], depth + 1)}`);
  return `{${pairs.join(', ')}}`;
}

function printList(run: Run, list: readonly Value[], depth: number): string {
  if (!(list instanceof JavaList)) return json(run, list, depth);
  return `[${Array.from(list, (item) => nested(run, item, depth + 1)).join(', ')}]`;
}

function json(run: Run, value: Value, depth: number): string {
  guard(run, depth);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Double) return javaDouble(value.value);
  if (isHost(value)) return JSON.stringify(value.print(run));
  if (!isMap(value))
    return `[${Array.from(value, (item) => json(run, item, depth + 1)).join(',')}]`;
  const pairs = Object.keys(value).map(
    (key) => `${JSON.stringify(key)}:${json(run, value[key], depth + 1)}`,
  );
  return `{${pairs.join(',')}}`;
}

/** JavaScript writes large integers with exponents from 1e21 on; Java's are never that large. */
function printNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : javaDouble(value);
}

function guard(run: Run, depth: number): void {
  run.step();
  if (depth > run.limits.depth) throw new TemplateError('a value is nested too deep to print');
}
