// Checked reads of a method's arguments, with Java's failures as template errors.
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import { numberOf, type Value } from '../values.ts';

/** A method of a value of type `Self`. */
export type Method<Self> = (run: Run, self: Self, args: readonly Value[]) => Value;

/** Methods by name. */
export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

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
