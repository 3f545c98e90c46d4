// Java's methods of Integer, Long and Double. Static ones, which templates reach through any number, are there too.
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { doubleOf, isDouble, numberOf, type Double, type Value } from '../values.ts';
import { methodTable, textArgument, type Method, type Methods } from './arguments.ts';
import { hashOf } from './hash.ts';

type Numeric = number | Double;

const INT_MAX = 2 ** 31 - 1;

const NUMBERS: readonly (readonly [string, Method<Numeric>])[] = [
  ['toString/0', (run, self) => printValue(run, self)],
  ['toString/1', (run, _self, [value]) => printValue(run, numberArgument(value))],
  ['toString/2', (_run, _self, [value, radix]) => inRadix(value, radix)],
  ['intValue/0', (_run, self) => toInteger(valueOf(self), INT_MAX)],
  ['longValue/0', (_run, self) => toInteger(valueOf(self), Number.MAX_SAFE_INTEGER)],
  ['shortValue/0', (_run, self) => (toInteger(valueOf(self), INT_MAX) << 16) >> 16],
  ['byteValue/0', (_run, self) => (toInteger(valueOf(self), INT_MAX) << 24) >> 24],
  ['doubleValue/0', (_run, self) => doubleOf(valueOf(self))],
  ['floatValue/0', (_run, self) => doubleOf(Number(Math.fround(valueOf(self)).toPrecision(8)))],
  ['equals/1', (_run, self, [other]) => numberOf(self) === numberOf(other)],
  ['hashCode/0', (run, self) => hashOf(run, self)],
  ['compareTo/1', (_run, self, [other]) => compare(self, other)],
  ['compare/2', (_run, _self, [left, right]) => compare(left, right)],
  ['isNaN/0', (_run, self) => Number.isNaN(valueOf(self))],
  ['isInfinite/0', (_run, self) => Math.abs(valueOf(self)) === Infinity],
  ['max/2', (_run, _self, args) => arithmetic(args, Math.max)],
  ['min/2', (_run, _self, args) => arithmetic(args, Math.min)],
  ['sum/2', (_run, _self, args) => arithmetic(args, (left, right) => left + right)],
  ['signum/1', (_run, _self, [value]) => Math.sign(valueOf(numberArgument(value)))],
  ['bitCount/1', (_run, _self, [value]) => bits(value, 2).replaceAll('0', '').length],
  ['toBinaryString/1', (_run, _self, [value]) => bits(value, 2)],
  ['toOctalString/1', (_run, _self, [value]) => bits(value, 8)],
  ['toHexString/1', (_run, _self, [value]) => bits(value, 16)],
  ['parseInt/1,2', (run, _self, args) => parseInteger(textArgument(run, args, 0), args[1])],
  ['parseLong/1,2', (run, _self, args) => parseInteger(textArgument(run, args, 0), args[1])],
  ['valueOf/1,2', (run, self, args) => parseLike(run, self, args)],
  ['parseDouble/1', (run, _self, args) => parseDouble(textArgument(run, args, 0))],
];

/** Methods of numbers. */
export const NUMBER_METHODS: Methods<Numeric> = methodTable(NUMBERS);

function valueOf(value: Numeric): number {
  return numberOf(value) ?? 0;
}

function numberArgument(value: Value): Numeric {
  if (typeof value === 'number' || numberOf(value) !== undefined) return value as Numeric;
  throw new TemplateError('an argument is no number');
}

/** Java's casts: towards zero, at most the largest, NaN to zero. */
function toInteger(value: number, most: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.max(-most - 1, Math.min(most, value))) + 0;
}

function compare(left: Value, right: Value): number {
  return Math.sign(valueOf(numberArgument(left)) - valueOf(numberArgument(right)));
}

function arithmetic(
  args: readonly Value[],
  compute: (left: number, right: number) => number,
): Value {
  const [left, right] = args.map((arg) => numberArgument(arg));
  if (left === undefined || right === undefined) return undefined;
  const result = compute(valueOf(left), valueOf(right));
  return isDouble(left) || isDouble(right) ? doubleOf(result) : result;
}

/** Two's complement of 32 bits, or of 64 where the number needs them. */
function bits(value: Value, radix: number): string {
  const number = valueOf(numberArgument(value));
  if (!Number.isInteger(number)) throw new TemplateError('an argument is no integer');
  return BigInt.asUintN((number | 0) === number ? 32 : 64, BigInt(number)).toString(radix);
}

function inRadix(value: Value, radix: Value): string {
  const number = valueOf(numberArgument(value));
  return Math.trunc(number).toString(radixOf(radix));
}

function radixOf(value: Value): number {
  const radix = numberOf(value) ?? 10;
  if (Number.isInteger(radix) && radix >= 2 && radix <= 36) return radix;
  throw new TemplateError('a radix is between 2 and 36');
}

function parseLike(run: Run, self: Numeric, args: readonly Value[]): Value {
  const text = textArgument(run, args, 0);
  return isDouble(self) ? parseDouble(text) : parseInteger(text, args[1]);
}

function parseInteger(text: string, radix: Value): Value {
  const base = radixOf(radix);
  const digits = [...text.replace(/^[+-]/, '').toLowerCase()];
  const isInteger =
    digits.length > 0 &&
    digits.every((digit) => /^[0-9a-z]$/.test(digit) && parseInt(digit, 36) < base);
  if (isInteger) return parseInt(text, base);
  throw new TemplateError(`${JSON.stringify(text)} is no integer`);
}

function parseDouble(text: string): Value {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return doubleOf(value);
  throw new TemplateError(`${JSON.stringify(text)} is no number`);
}
