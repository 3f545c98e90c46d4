// Keywords for arrays: elements, their number, and whether one comes twice.
import type { Check, Run } from '../run.ts';
import { valueKey } from '../value-key.ts';
import { countOf, flagOf, isMap, type Compiler, type Keywords, type Schema } from './keyword.ts';

export const ARRAY_KEYWORDS: Keywords = {
  items: (argument, schema, compiler) => {
    if (!Array.isArray(argument)) {
      const check = compiler.compile(argument);
      return (value, run) => !Array.isArray(value) || eachFrom(value, 0, { check, run });
    }
    const checks = argument.map((item) => compiler.compile(item));
    const rest = restOf(schema, compiler);
    return (value, run) => !Array.isArray(value) || tuple(value, { checks, rest, run });
  },
  /** Means something beside a list of `items` only, and is looked at there. */
  additionalItems: (argument, _schema, compiler) => {
    if (typeof argument !== 'boolean') compiler.compile(argument);
    return undefined;
  },
  minItems: (argument) => {
    const least = countOf(argument);
    return (value, run) =>
      !Array.isArray(value) ||
      value.length >= least ||
      run.refuse(
        () =>
          `array is too short: must have at least ${least} elements but instance has ${value.length} elements`,
      );
  },
  maxItems: (argument) => {
    const most = countOf(argument);
    return (value, run) =>
      !Array.isArray(value) ||
      value.length <= most ||
      run.refuse(
        () =>
          `array is too long: must have at most ${most} elements but instance has ${value.length} elements`,
      );
  },
  uniqueItems: (argument) => {
    if (!flagOf(argument)) return undefined;
    return (value, run) =>
      !Array.isArray(value) ||
      new Set(value.map((item) => valueKey(item, run))).size === value.length ||
      run.refuse(() => 'array must not contain duplicate elements');
  },
};

/** What stands in for elements behind the last of a list of `items`. */
function restOf(schema: Schema, compiler: Compiler): Check | undefined {
  const rest = Object.hasOwn(schema, 'additionalItems') ? schema['additionalItems'] : true;
  if (rest === true) return undefined;
  return isMap(rest) ? compiler.compile(rest) : () => false;
}

interface Tuple {
  readonly checks: readonly Check[];
  readonly rest: Check | undefined;
  readonly run: Run;
}

function tuple(values: readonly unknown[], { checks, rest, run }: Tuple): boolean {
  let fits = true;
  for (let at = 0; at < checks.length && at < values.length; at++) {
    const check = checks[at];
    if (check === undefined || run.enter(check, values[at])) continue;
    if (!run.thorough) return false;
    fits = false;
  }
  if (rest === undefined || values.length <= checks.length) return fits;
  if (eachFrom(values, checks.length, { check: rest, run })) return fits;
  return run.refuse(
    () => `array has elements behind the first ${checks.length} which are not allowed`,
  );
}

function eachFrom(
  values: readonly unknown[],
  from: number,
  { check, run }: { readonly check: Check; readonly run: Run },
): boolean {
  let fits = true;
  for (let at = from; at < values.length; at++) {
    if (run.enter(check, values[at])) continue;
    if (!run.thorough) return false;
    fits = false;
  }
  return fits;
}
