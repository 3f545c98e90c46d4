// Equality of JSON values by text: two values are equal exactly when their keys are.
import type { Run } from './run.ts';

/** A text that only values equal to `value` have; members of objects in any order. Costs a step a value. */
export function valueKey(value: unknown, run: Run): string {
  let key = '';
  run.enter((found) => {
    key = Array.isArray(found) ? arrayKey(found, run) : otherKey(found, run);
    return true;
  }, value);
  return key;
}

function arrayKey(values: readonly unknown[], run: Run): string {
  return `[${values.map((value) => valueKey(value, run)).join()}]`;
}

function otherKey(value: unknown, run: Run): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${valueKey(member, run)}`,
  );
  return `{${members.sort().join()}}`;
}
