// Java's methods of texts, as templates call them.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compilePattern } from '../../pattern.ts';
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { isList, javaList, numberOf, type Value } from '../values.ts';
import {
  indexArgument,
  methodTable,
  textArgument,
  type Method,
  type Methods,
} from './arguments.ts';
import { format } from './format.ts';
import { hashOfText } from './hash.ts';

/** A linear-time engine is still slow: a pattern pays a step for these many characters it is tried on. */
const CHARACTERS_PER_MATCH_STEP = 8;

const STRINGS: readonly (readonly [string, Method<string>])[] = [
  ['length/0', (_run, self) => self.length],
  ['isEmpty/0', (_run, self) => self === ''],
  ['toString/0', (_run, self) => self],
  ['intern/0', (_run, self) => self],
  ['trim/0', (_run, self) => self.trim()],
  ['toUpperCase/0', (run, self) => run.checked(self.toUpperCase())],
  ['toLowerCase/0', (run, self) => run.checked(self.toLowerCase())],
  ['concat/1', (run, self, args) => run.checked(self + textArgument(run, args, 0))],
  ['contains/1', (run, self, args) => self.includes(textArgument(run, args, 0))],
  ['contentEquals/1', (run, self, args) => self === textArgument(run, args, 0)],
  ['startsWith/1,2', (run, self, args) => startsWith(run, self, args)],
  ['endsWith/1', (run, self, args) => self.endsWith(textArgument(run, args, 0))],
  ['equals/1', (_run, self, [other]) => self === other],
  ['equalsIgnoreCase/1', (run, self, [other]) => fold(self) === fold(printValue(run, other))],
  ['compareTo/1', (run, self, args) => compare(self, textArgument(run, args, 0))],
  [
    'compareToIgnoreCase/1',
    (run, self, args) => compare(fold(self), fold(textArgument(run, args, 0))),
  ],
  ['regionMatches/4,5', (run, self, args) => regionMatches(run, self, args)],
  ['indexOf/1,2', (run, self, args) => self.indexOf(wantedArgument(run, args), numberOf(args[1]))],
  ['lastIndexOf/1,2', (run, self, args) => lastIndexOf(run, self, args)],
  ['charAt/1', (_run, self, args) => self.charAt(indexArgument(args, 0, 0, self.length - 1))],
  [
    'codePointAt/1',
    (_run, self, args) => self.codePointAt(indexArgument(args, 0, 0, self.length - 1)),
  ],
  ['codePointBefore/1', (_run, self, args) => codePointBefore(self, args)],
  ['codePointCount/2', (_run, self, args) => [...substring(self, args)].length],
  ['substring/1,2', (_run, self, args) => substring(self, args)],
  ['subSequence/2', (_run, self, args) => substring(self, args)],
  ['toCharArray/0', (run, self) => characters(run, self)],
  ['getBytes/0,1', (run, self) => bytes(run, self)],
  ['replace/2', (run, self, args) => replace(run, self, args)],
  ['replaceAll/2', (run, self, args) => replacePattern(run, self, args, true)],
  ['replaceFirst/2', (run, self, args) => replacePattern(run, self, args, false)],
  ['matches/1', (run, self, args) => matches(run, self, args)],
  ['split/1,2', (run, self, args) => split(run, self, args)],
  ['hashCode/0', (_run, self) => hashOfText(self)],
  [
    'format/*',
    (run, _self, [pattern, ...args]) => format(run, textArgument(run, [pattern], 0), args),
  ],
  ['join/*', (run, _self, args) => join(run, args)],
  ['valueOf/1', (run, _self, [value]) => nullable(run, value)],
  ['copyValueOf/1', (run, _self, [value]) => nullable(run, value)],
];

/** Methods of texts. All cost steps by the length of the text. */
export const STRING_METHODS: Methods<string> = methodTable(
  STRINGS.map(([signature, method]) => [signature, counted(method)] as const),
);

function counted(method: Method<string>): Method<string> {
  return (run, self, args) => {
    run.size(self.length);
    return method(run, self, args);
  };
}

function fold(text: string): string {
  return text.toUpperCase().toLowerCase();
}

/** Java's `compareTo`: the difference of the first unequal characters, else of the lengths. */
function compare(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const difference = left.charCodeAt(at) - right.charCodeAt(at);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A text, or the character with a number. */
function wantedArgument(run: Run, args: readonly Value[]): string {
  const [wanted] = args;
  return typeof wanted === 'number' && wanted >= 0 && wanted <= 0x10ffff && Number.isInteger(wanted)
    ? String.fromCodePoint(wanted)
    : textArgument(run, args, 0);
}

function lastIndexOf(run: Run, self: string, args: readonly Value[]): number {
  const from = numberOf(args[1]) ?? self.length;
  return from < 0 ? -1 : self.lastIndexOf(wantedArgument(run, args), from);
}

function startsWith(run: Run, self: string, args: readonly Value[]): boolean {
  const from = numberOf(args[1]) ?? 0;
  return from >= 0 && from <= self.length && self.startsWith(textArgument(run, args, 0), from);
}

/** `(toffset, other, ooffset, len)`, with `ignoreCase` before them or not. */
function regionMatches(run: Run, self: string, args: readonly Value[]): boolean {
  const [at, other, otherAt, length] = args.slice(-4);
  const count = Math.max(numberOf(length) ?? 0, 0);
  const ours = region(self, numberOf(at) ?? 0, count);
  const theirs = region(printValue(run, other), numberOf(otherAt) ?? 0, count);
  if (ours === undefined || theirs === undefined) return false;
  return ours === theirs || (args.length > 4 && args[0] === true && fold(ours) === fold(theirs));
}

function region(text: string, from: number, count: number): string | undefined {
  return from < 0 || from + count > text.length ? undefined : text.slice(from, from + count);
}

function codePointBefore(self: string, args: readonly Value[]): number | undefined {
  const before = self.slice(0, indexArgument(args, 0, 1, self.length));
  return /[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(before)
    ? before.codePointAt(before.length - 2)
    : before.charCodeAt(before.length - 1);
}

function characters(run: Run, self: string): Value {
  run.step(self.length);
  return javaList(self.split(''));
}

/** Java's bytes have a sign. */
function bytes(run: Run, self: string): Value {
  const encoded = Buffer.from(self, 'utf8');
  run.step(encoded.length);
  return javaList(new Int8Array(encoded));
}

/** `(delimiter, list)` or `(delimiter, text, text, …)`. */
function join(run: Run, args: readonly Value[]): string {
  const delimiter = textArgument(run, args, 0);
  const [, first] = args;
  const items = isList(first) ? first : args.slice(1);
  run.step(items.length);
  const parts = items.map((item) => nullable(run, item));
  run.size(parts.reduce((sum, part) => sum + part.length + delimiter.length, 0));
  return parts.join(delimiter);
}

function nullable(run: Run, value: Value): string {
  return value === null || value === undefined ? 'null' : printValue(run, value);
}

function substring(self: string, args: readonly Value[]): string {
  const from = indexArgument(args, 0, 0, self.length);
  const to = args.length > 1 ? indexArgument(args, 1, from, self.length) : self.length;
  return self.slice(from, to);
}

function replace(run: Run, self: string, args: readonly Value[]): string {
  const wanted = textArgument(run, args, 0);
  const replacement = textArgument(run, args, 1);
  const count = wanted === '' ? self.length + 1 : self.split(wanted).length - 1;
  run.size(self.length + count * replacement.length);
  return self.replaceAll(wanted, () => replacement);
}

function replacePattern(run: Run, self: string, args: readonly Value[], all: boolean): string {
  const pattern = patternArgument(run, self, args);
  const replacement = textArgument(run, args, 1);
  if (all) run.size(self.length + countMatches(run, self, args) * replacement.length);
  const matcher = pattern.matcher(self);
  try {
    return run.checked(all ? matcher.replaceAll(replacement) : matcher.replaceFirst(replacement));
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    throw new TemplateError(`the replacement ${JSON.stringify(replacement)} is invalid`, {
      cause: error,
    });
  }
}

/** Matches of the pattern, each a step; a group in the replacement can repeat at most what was matched. */
function countMatches(run: Run, self: string, args: readonly Value[]): number {
  const matcher = patternArgument(run, self, args).matcher(self);
  let count = 0;
  while (matcher.find()) {
    run.step();
    count++;
  }
  return count;
}

function matches(run: Run, self: string, args: readonly Value[]): boolean {
  return patternArgument(run, self, args).matches(self);
}

/** Java's `split`: without a limit, empty texts at the end are left out; a text without a match is the only item. */
function split(run: Run, self: string, args: readonly Value[]): Value {
  const limit = args.length > 1 ? (numberOf(args[1]) ?? 0) : 0;
  if (self === '') return javaList(['']);
  const parts = patternArgument(run, self, args).split(self, limit);
  run.step(parts.length);
  return javaList(parts);
}

function patternArgument(
  run: Run,
  self: string,
  args: readonly Value[],
): ReturnType<typeof compilePattern> {
  run.step(Math.floor(self.length / CHARACTERS_PER_MATCH_STEP));
  try {
    return compilePattern(textArgument(run, args, 0));
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new TemplateError(error.message, { cause: error });
  }
}
