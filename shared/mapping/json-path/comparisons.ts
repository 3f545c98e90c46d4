// What filters can ask about two values: Jayway's operators.
import type { VisitBudget } from './reader.ts';

/** Whether two values, `undefined` where a path finds nothing, compare as asked. Never throws. */
export type Comparison = (left: unknown, right: unknown, budget: VisitBudget) => boolean;

/** The operators. https://github.com/json-path/JsonPath#filter-operators */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': isEqual,
  '===': isEqual,
  '!=': (left, right, budget) => !isEqual(left, right, budget),
  '!==': (left, right, budget) => !isEqual(left, right, budget),
  '<': (left, right) => (order(left, right) ?? 0) < 0,
  '<=': (left, right) => (order(left, right) ?? 1) <= 0,
  '>': (left, right) => (order(left, right) ?? 0) > 0,
  '>=': (left, right) => (order(left, right) ?? -1) >= 0,
  in: isIn,
  nin: (left, right, budget) => !isIn(left, right, budget),
  contains: (left, right, budget) =>
    typeof left === 'string' ? containsText(left, right, budget) : isIn(right, left, budget),
  all: (left, right, budget) => Array.isArray(left) && isSubset(right, left, budget),
  subsetof: isSubset,
  anyof: hasAny,
  noneof: (left, right, budget) =>
    Array.isArray(left) && Array.isArray(right) && !hasAny(left, right, budget),
  size: (left, right, budget) => sizeOf(left, budget) === right,
  empty: (left, right, budget) => {
    const size = sizeOf(left, budget);
    return size !== undefined && (size === 0) === right;
  },
};

/** Values of JSON by what they hold; what is missing equals nothing. Without recursion: documents may be deep. */
function isEqual(left: unknown, right: unknown, budget: VisitBudget): boolean {
  if (left === undefined) return false;
  const pairs: [unknown, unknown][] = [[left, right]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [one, other] = pair;
    if (one === other) continue;
    if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) {
      return false;
    }
    if (sizeOf(one, budget) !== sizeOf(other, budget) || budget.left < 0) return false;
    const keys = Object.keys(one);
    budget.left -= keys.length;
    if (budget.left < 0) return false;
    for (const key of keys) {
      if (!Object.hasOwn(other, key)) return false;
      pairs.push([one[key], other[key]]);
    }
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isIn(wanted: unknown, list: unknown, budget: VisitBudget): boolean {
  return (
    Array.isArray(list) && list.some((item) => --budget.left >= 0 && isEqual(item, wanted, budget))
  );
}

function containsText(text: string, wanted: unknown, budget: VisitBudget): boolean {
  budget.left -= Math.floor(text.length / 64);
  return typeof wanted === 'string' && text.includes(wanted);
}

function isSubset(part: unknown, whole: unknown, budget: VisitBudget): boolean {
  return (
    Array.isArray(part) && Array.isArray(whole) && part.every((item) => isIn(item, whole, budget))
  );
}

function hasAny(left: unknown, right: unknown, budget: VisitBudget): boolean {
  return Array.isArray(left) && left.some((item) => isIn(item, right, budget));
}

/** Items of a list, members of a map, which must be counted one by one, characters of a text. */
function sizeOf(value: unknown, budget: VisitBudget): number | undefined {
  if (typeof value === 'string') return value.length;
  if (!isObject(value)) return undefined;
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (!Array.isArray(value)) budget.left -= size;
  return size;
}

/** Numbers and texts have an order, each among themselves: below, at or above zero. */
function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left !== 'string' || typeof right !== 'string') return undefined;
  return left < right ? -1 : left > right ? 1 : 0;
}
