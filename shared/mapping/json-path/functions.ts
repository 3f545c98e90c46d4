// Functions at the end of a path, `$.prices.max()`, as Jayway's JSONPath has them.
import type { VisitBudget } from './reader.ts';

/** A function of what the path before it has found. */
export interface PathFunction {
  /** Fewest and most arguments. */
  readonly least: number;
  readonly most: number;
  /** Its numbers are doubles in Java, which prints 2 as `2.0`. */
  readonly isDouble?: true;
  /** `undefined` where Jayway finds nothing or fails. Takes what it walks from `budget`. Never throws. */
  apply(value: unknown, args: readonly unknown[], budget: VisitBudget): unknown;
}

const ANY = 64;

/** Characters of joined texts that count as one visit. */
const CHARACTERS_PER_VISIT = 16;

/** The functions by name. https://github.com/json-path/JsonPath#functions */
export const FUNCTIONS: ReadonlyMap<string, PathFunction> = new Map<string, PathFunction>([
  ['min', aggregate((numbers) => numbers.reduce((least, one) => Math.min(least, one)))],
  ['max', aggregate((numbers) => numbers.reduce((most, one) => Math.max(most, one)))],
  ['avg', aggregate((numbers) => total(numbers) / numbers.length)],
  ['sum', aggregate(total)],
  ['stddev', aggregate(deviation)],
  ['length', { least: 0, most: 0, apply: (value, _args, budget) => sizeOf(value, budget) }],
  ['size', { least: 0, most: 0, apply: (value, _args, budget) => sizeOf(value, budget) }],
  ['keys', { least: 0, most: 0, apply: (value, _args, budget) => namesOf(value, budget) }],
  ['concat', { least: 0, most: ANY, apply: concat }],
  ['append', { least: 1, most: ANY, apply: append }],
  ['first', { least: 0, most: 0, apply: (value) => itemOf(value, 0) }],
  ['last', { least: 0, most: 0, apply: (value) => itemOf(value, -1) }],
  ['index', { least: 1, most: 1, apply: (value, [at]) => itemOf(value, at) }],
]);

/** Of the numbers in a list and in the arguments; what is no number is passed over. */
function aggregate(compute: (numbers: readonly number[]) => number): PathFunction {
  return {
    least: 0,
    most: ANY,
    isDouble: true,
    apply: (value, args, budget) => {
      const items = [value, ...args].flatMap((one) => itemsOf(one, budget));
      const numbers = items.filter((one) => typeof one === 'number');
      return numbers.length === 0 ? undefined : compute(numbers);
    },
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

function deviation(numbers: readonly number[]): number {
  const mean = total(numbers) / numbers.length;
  return Math.sqrt(total(numbers.map((one) => (one - mean) ** 2)) / numbers.length);
}

/** The items of a list, or the one value. */
function itemsOf(value: unknown, budget: VisitBudget): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  budget.left -= value.length;
  return budget.left < 0 ? [] : value;
}

/** Items of a list, members of a map, characters of a text. */
function sizeOf(value: unknown, budget: VisitBudget): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return namesOf(value, budget)?.length;
}

function namesOf(value: unknown, budget: VisitBudget): string[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = Object.keys(value);
  budget.left -= names.length;
  return names;
}

/** The texts of a list, then the arguments: texts, numbers and booleans, and the texts of lists. */
function concat(value: unknown, args: readonly unknown[], budget: VisitBudget): unknown {
  const own = Array.isArray(value) ? itemsOf(value, budget) : [];
  const parts: string[] = own.filter((one) => typeof one === 'string');
  for (const arg of args) {
    for (const one of itemsOf(arg, budget)) {
      const isShown = typeof one === 'string' || (!Array.isArray(arg) && isScalar(one));
      if (isShown) parts.push(String(one));
    }
  }
  const length = parts.reduce((sum, one) => sum + one.length, 0);
  budget.left -= Math.floor(length / CHARACTERS_PER_VISIT);
  return budget.left < 0 ? undefined : parts.join('');
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** The list with the arguments behind it; the document stays as it is. */
function append(value: unknown, args: readonly unknown[], budget: VisitBudget): unknown {
  if (!Array.isArray(value)) return undefined;
  return [...itemsOf(value, budget), ...args.filter((arg) => arg !== undefined)];
}

function itemOf(value: unknown, at: unknown): unknown {
  return Array.isArray(value) && typeof at === 'number' ? (value as unknown[]).at(at) : undefined;
}
