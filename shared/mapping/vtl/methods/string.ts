// Java's methods of texts, as templates call them.
import { DefinitionError } from '#shared/exchange/errors.ts';
import { compilePattern } from '../../pattern.ts';
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { javaList, numberOf, type Value } from '../values.ts';
import { indexArgument, textArgument, type Method, type Methods } from './arguments.ts';

/** A linear-time engine is still slow: a pattern pays a step for these many characters it is tried on. */
const CHARACTERS_PER_MATCH_STEP = 8;

const STRINGS: readonly (readonly [string, Method<string>])[] = [
  ['length', (_run, self) => self.length],
  ['isEmpty', (_run, self) => self === ''],
  ['isBlank', (_run, self) => self.trim() === ''],
  ['toString', (_run, self) => self],
  ['trim', (_run, self) => self.trim()],
  ['strip', (_run, self) => self.trim()],
  ['toUpperCase', (run, self) => run.checked(self.toUpperCase())],
  ['toLowerCase', (run, self) => run.checked(self.toLowerCase())],
  ['concat', (run, self, args) => run.checked(self + textArgument(run, args, 0))],
  ['contains', (run, self, args) => self.includes(textArgument(run, args, 0))],
  ['startsWith', (run, self, args) => self.startsWith(textArgument(run, args, 0))],
  ['endsWith', (run, self, args) => self.endsWith(textArgument(run, args, 0))],
  ['equals', (_run, self, [other]) => self === other],
  ['equalsIgnoreCase', (run, self, [other]) => fold(self) === fold(printValue(run, other))],
  ['compareTo', (run, self, args) => compare(self, textArgument(run, args, 0))],
  ['indexOf', (run, self, args) => self.indexOf(textArgument(run, args, 0), numberOf(args[1]))],
  ['lastIndexOf', (run, self, args) => self.lastIndexOf(textArgument(run, args, 0))],
  ['charAt', (_run, self, args) => self.charAt(indexArgument(args, 0, 0, self.length - 1))],
  ['substring', (_run, self, args) => substring(self, args)],
  ['replace', (run, self, args) => replace(run, self, args)],
  ['replaceAll', (run, self, args) => replacePattern(run, self, args, true)],
  ['replaceFirst', (run, self, args) => replacePattern(run, self, args, false)],
  ['matches', (run, self, args) => matches(run, self, args)],
  ['split', (run, self, args) => split(run, self, args)],
  ['hashCode', (_run, self) => hash(self)],
];

/** Methods of texts. All cost steps by the length of the text. */
export const STRING_METHODS: Methods<string> = new Map(
  STRINGS.map(([name, method]): [string, Method<string>] => [name, counted(method)]),
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

function hash(text: string): number {
  let code = 0;
  for (let at = 0; at < text.length; at++) code = (Math.imul(31, code) + text.charCodeAt(at)) | 0;
  return code;
}
