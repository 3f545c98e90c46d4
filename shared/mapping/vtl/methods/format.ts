// Java's `String.format`, as far as templates have values for it: no dates, no `%g` and `%a`.
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { isDouble, numberOf, type Value } from '../values.ts';
import { hashOf } from './hash.ts';

const SPECIFIER = /%(?:(\d{1,4})\$)?([-#+ 0,(<]*)(\d{1,7})?(?:\.(\d{1,3}))?([a-zA-Z%])/y;

interface Specifier {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly conversion: string;
}

/** Formats `args` as `pattern` says. Throws `TemplateError` where Java throws. */
export function format(run: Run, pattern: string, args: readonly Value[]): string {
  let output = '';
  let at = 0;
  let next = 0;
  let last = -1;
  for (let sign = pattern.indexOf('%'); sign >= 0; sign = pattern.indexOf('%', at)) {
    output += pattern.slice(at, sign);
    SPECIFIER.lastIndex = sign;
    const found = SPECIFIER.exec(pattern);
    if (found === null) throw new TemplateError(`format: unknown conversion at ${sign}`);
    const [text, index, flags = '', width = '0', digits, conversion = ''] = found;
    at = sign + text.length;
    run.size(output.length + Number(width));
    const precision = digits === undefined ? undefined : Number(digits);
    const specifier: Specifier = { flags, width: Number(width), precision, conversion };
    if (conversion === '%' || conversion === 'n') {
      output += padded(conversion === 'n' ? '\n' : '%', specifier);
      continue;
    }
    if (index !== undefined) last = Number(index) - 1;
    else if (!flags.includes('<')) last = next++;
    if (last < 0 || last >= args.length) throw new TemplateError(`format: no argument for ${text}`);
    output += converted(run, args[last], specifier);
  }
  return run.checked(output + pattern.slice(at));
}

function converted(run: Run, value: Value, specifier: Specifier): string {
  const { conversion } = specifier;
  const text = textOf(run, value, { ...specifier, conversion: conversion.toLowerCase() });
  return padded(conversion < 'a' ? text.toUpperCase() : text, specifier);
}

function textOf(run: Run, value: Value, specifier: Specifier): string {
  const { conversion, precision } = specifier;
  if (conversion === 'b') return cut(String(value !== false && !isNull(value)), precision);
  if (isNull(value)) return cut('null', precision);
  switch (conversion) {
    case 's':
      return cut(printValue(run, value), precision);
    case 'h':
      return cut((hashOf(run, value) >>> 0).toString(16), precision);
    case 'c':
      return characterOf(value);
    case 'd':
      return signed(String(Math.abs(integerOf(value, 'd'))), integerOf(value, 'd') < 0, specifier);
    case 'x':
    case 'o':
      return unsigned(integerOf(value, conversion), specifier);
    case 'f':
      return signed(fixed(Math.abs(doubleValue(value)), precision ?? 6), isBelow(value), specifier);
    case 'e':
      return signed(
        exponential(Math.abs(doubleValue(value)), precision ?? 6),
        isBelow(value),
        specifier,
      );
    default:
      throw new TemplateError(`format: unknown conversion %${conversion}`);
  }
}

function isNull(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : text.slice(0, precision);
}

function characterOf(value: Value): string {
  const code = numberOf(value);
  if (typeof value === 'string' && value.length === 1) return value;
  if (code !== undefined && Number.isInteger(code) && code >= 0 && code <= 0x10ffff) {
    return String.fromCodePoint(code);
  }
  throw new TemplateError('format: %c of what is no character');
}

function integerOf(value: Value, conversion: string): number {
  const number = numberOf(value);
  if (number !== undefined && !isDouble(value)) return number;
  throw new TemplateError(`format: %${conversion} of what is no integer`);
}

function doubleValue(value: Value): number {
  const number = numberOf(value);
  if (number !== undefined && isDouble(value)) return number;
  throw new TemplateError('format: %f or %e of what is no double');
}

function isBelow(value: Value): boolean {
  const number = numberOf(value) ?? 0;
  return number < 0 || Object.is(number, -0);
}

/** Two's complement of 32 bits, or of 64 where the number needs them. */
function unsigned(value: number, { flags, width, conversion }: Specifier): string {
  const bits = (value | 0) === value ? 32 : 64;
  const digits = BigInt.asUintN(bits, BigInt(value)).toString(conversion === 'x' ? 16 : 8);
  const prefix = flags.includes('#') ? (conversion === 'x' ? '0x' : '0') : '';
  const zeros = flags.includes('0') ? width - prefix.length : 0;
  return prefix + digits.padStart(zeros, '0');
}

function signed(digits: string, isNegative: boolean, { flags, width }: Specifier): string {
  const grouped = flags.includes(',')
    ? digits.replace(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, ',')
    : digits;
  const inParentheses = isNegative && flags.includes('(');
  const plus = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const before = inParentheses ? '(' : isNegative ? '-' : plus;
  const after = inParentheses ? ')' : '';
  const zeros = flags.includes('0') ? width - before.length - after.length : 0;
  return before + grouped.padStart(zeros, '0') + after;
}

/** Rounded half up from the shortest digits that name the double, as Java does; JavaScript rounds its exact value. */
function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Infinity';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const figures = mantissa.replace('.', '');
  const shift = Number(exponent) - (figures.length - 1) + digits;
  const whole = BigInt(figures);
  const scaled = shift >= 0 ? whole * 10n ** BigInt(shift) : halfUp(whole, 10n ** BigInt(-shift));
  const text = scaled.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function halfUp(value: bigint, divisor: bigint): bigint {
  return (value * 2n + divisor) / (divisor * 2n);
}

function exponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Infinity';
  return value.toExponential(Math.min(digits, 100)).replace(/e([+-])(\d)$/, 'e$10$2');
}

function padded(text: string, { flags, width }: Specifier): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}
