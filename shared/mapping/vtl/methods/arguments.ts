// Checked reads of a method's arguments, with Java's failures as template errors.
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { JavaList, numberOf, type Value } from '../values.ts';

/** A method of a value of type `Self`. */
export type Method<Self> = (run: Run, self: Self, args: readonly Value[]) => Value;

/** Methods by name and number of arguments: `get/1`, `format/*`. */
export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

/** A method as a call names it. */
export interface MethodName {
  readonly name: string;
  /** With the number of arguments. */
  readonly exact: string;
  /** With any number of them. */
  readonly any: string;
}

/** The name of a call of `name` with `count` arguments. */
export function methodName(name: string, count: number): MethodName {
  return { name, exact: `${name}/${count}`, any: `${name}/*` };
}

/** Rows `name/counts`, as `indexOf/1,2`, to methods: a call with another number of arguments finds none, as in Java. */
export function methodTable<Self>(
  rows: readonly (readonly [string, Method<Self>])[],
): Methods<Self> {
  return new Map(
    rows.flatMap(([signature, method]) => {
      const [name = '', counts = ''] = signature.split('/');
      return counts.split(',').map((count): [string, Method<Self>] => [`${name}/${count}`, method]);
    }),
  );
}

/** Lists are read-only in their type only: templates may change what they hold, if the document is theirs. */
export function writable(run: Run, list: readonly Value[]): Value[] {
  if (!(list instanceof JavaList)) run.change();
  return list as Value[];
}

/** Argument `at` as text; null fails as Java's NullPointerException would. */
export function textArgument(run: Run, args: readonly Value[], at: number): string {
  const value = args[at];
  if (value === null || value === undefined) throw new TemplateError(`argument ${at + 1} is null`);
  return printValue(run, value);
}

/** Argument `at` as an integer between `low` and `high`. */
export function indexArgument(
  args: readonly Value[],
  at: number,
  low: number,
  high: number,
): number {
  const index = numberOf(args[at]);
  if (index === undefined || !Number.isInteger(index) || index < low || index > high) {
    throw new TemplateError(`argument ${at + 1} is no index between ${low} and ${high}`);
  }
  return index;
}
