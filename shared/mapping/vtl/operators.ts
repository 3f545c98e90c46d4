// Velocity's operators over template values.
import { printValue } from './print.ts';
import type { Run } from './run.ts';
import type { BinaryOperator } from './syntax.ts';
import { doubleOf, isDouble, numberOf, type Value } from './values.ts';

/** An operator whose operands are both computed; `&&` and `||` are the compiler's business. */
export type StrictOperator = Exclude<BinaryOperator, '&&' | '||'>;

type Operate = (run: Run, left: Value, right: Value) => Value;

/** Operators by sign. Arithmetic on what are no numbers is null, as Velocity logs and goes on. */
export const OPERATORS: Readonly<Record<StrictOperator, Operate>> = {
  '==': (run, left, right) => isEqual(run, left, right),
  '!=': (run, left, right) => !isEqual(run, left, right),
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '+': (run, left, right) =>
    typeof left === 'string' || typeof right === 'string'
      ? run.checked(printValue(run, left) + printValue(run, right))
      : sum(left, right),
  '-': arithmetic((left, right) => left - right),
  '*': arithmetic((left, right) => left * right),
  '/': division((left, right) => left / right),
  '%': division((left, right) => left % right),
};

const sum = arithmeticOf((left, right) => left + right);

/**
 * Numbers by value, others by their text, so `5 == "5"`. A missing value equals null and the empty text, as AWS's
 * templates find it.
 */
export function isEqual(run: Run, left: Value, right: Value): boolean {
  if (left === right) return true;
  const leftNumber = numberOf(left);
  const rightNumber = numberOf(right);
  if (leftNumber !== undefined && rightNumber !== undefined) return leftNumber === rightNumber;
  if (isNull(left) || isNull(right)) return isBlank(left) && isBlank(right);
  return printValue(run, left) === printValue(run, right);
}

/** The sum's opposite: `-value`; null for what is no number. */
export function negate(value: Value): Value {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  return isDouble(value) ? doubleOf(-number) : -number;
}

function isNull(value: Value): boolean {
  return value === null || value === undefined;
}

function isBlank(value: Value): boolean {
  return isNull(value) || value === '';
}

function comparison(compare: (left: number, right: number) => boolean): Operate {
  return (_run, left, right) => {
    const leftNumber = numberOf(left);
    const rightNumber = numberOf(right);
    if (leftNumber === undefined || rightNumber === undefined) return false;
    return compare(leftNumber, rightNumber);
  };
}

function arithmetic(compute: (left: number, right: number) => number): Operate {
  const operate = arithmeticOf(compute);
  return (_run, left, right) => operate(left, right);
}

function arithmeticOf(
  compute: (left: number, right: number) => number,
): (left: Value, right: Value) => Value {
  return (left, right) => {
    const leftNumber = numberOf(left);
    const rightNumber = numberOf(right);
    if (leftNumber === undefined || rightNumber === undefined) return undefined;
    const result = compute(leftNumber, rightNumber);
    return isDouble(left) || isDouble(right) ? doubleOf(result) : result;
  };
}

/** Integers divide to integers; by zero gives null. */
function division(compute: (left: number, right: number) => number): Operate {
  const operate = arithmeticOf(compute);
  return (_run, left, right) => {
    const divisor = numberOf(right);
    if (divisor === 0) return undefined;
    const result = operate(left, right);
    if (isDouble(left) || isDouble(right)) return result;
    const number = numberOf(result);
    return number === undefined ? undefined : Math.trunc(number) + 0;
  };
}
