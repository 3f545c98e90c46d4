// Values of a template's expressions: JSON in which parts may be known only once resources exist.
import type { Json } from './json.ts';

/** Stands for what a resource will answer once it is made: while planning, its id and attributes are not known. */
export class Later {
  readonly logicalId: string;

  constructor(logicalId: string) {
    this.logicalId = logicalId;
  }
}

/** Result of an expression. `undefined` is `AWS::NoValue`: the member it would be goes away. */
export type Value =
  null | boolean | number | string | Later | readonly Value[] | { readonly [key: string]: Value };

/** The first `Later` that a value is or directly contains. */
export function laterIn(values: readonly (Value | undefined)[]): Later | undefined {
  return values.find((value) => value instanceof Later);
}

/** Whether a value is a map of values. */
export function isMap(value: Value | undefined): value is { readonly [key: string]: Value } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Later)
  );
}

/** Whether a value is a list of values. */
export function isListValue(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** A scalar as text, as CloudFormation writes numbers and booleans into strings; `undefined` for all else. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** `value` as plain JSON; throws when something in it is still to come, which planning has ruled out. */
export function settled(value: Value): Json {
  if (value instanceof Later) throw new Error(`${value.logicalId} has not been made yet`);
  if (isListValue(value)) return value.map(settled);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, settled(part)]));
}
