// The values of templates: JSON's own, with doubles, template lists, map entries and host objects beside them.

import type { Run } from './run.ts';

/** A double with an integral value, which Java prints as `2.0`; other doubles are plain numbers with a fraction. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A list made by the template; it prints as Java's lists do, while lists of documents print as JSON. */
export class JavaList extends Array<Value> {
  /** What array methods make of a list is a plain array again. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/** A template's list of `items`. */
export function javaList(items: Iterable<Value>): JavaList {
  const list = new JavaList();
  for (const item of items) list.push(item);
  return list;
}

/** Marks host objects: a symbol, which no document can have. */
export const HOST = Symbol('host');

/** What the gateway gives to templates: `$input`, `$util`, `$context`, a loop, an entry of a map. */
export interface HostObject {
  readonly [HOST]: true;
  /** A property; `undefined` prints nothing. */
  get(name: string): Value;
  /** The method `name`; `undefined` when there is none. */
  method(name: string): BoundMethod | undefined;
  /** `#set($host.name = value)`; absent when nothing can be set. */
  set?(name: string, value: Value): void;
  /** How it prints. */
  print(run: Run): string;
}

/** A method bound to its value. */
export type BoundMethod = (run: Run, args: readonly Value[]) => Value;

/** A map: an object with string keys, read by own properties only. */
export interface ValueMap {
  [key: string]: Value;
}

/** Any value. `undefined` is null and everything that is missing. */
export type Value =
  string | number | boolean | null | undefined | Double | readonly Value[] | HostObject | ValueMap;

/** A value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A value is a host object. */
export function isHost(value: Value): value is HostObject {
  return typeof value === 'object' && value !== null && HOST in value;
}

/** A value is a map. */
export function isMap(value: Value): value is ValueMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Double) &&
    !isHost(value)
  );
}

/** Reads an own member of a map. */
export function mapGet(map: ValueMap, key: string): Value {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Writes a member of a map; `__proto__` is a name like any other. */
export function mapPut(map: ValueMap, key: string, value: Value): void {
  if (key !== '__proto__') map[key] = value;
  else
    Object.defineProperty(map, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

/** A number as JavaScript's; `undefined` for everything else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof Double ? value.value : undefined;
}

/** Whether a number is a double in Java. */
export function isDouble(value: Value): boolean {
  return value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
}

/** `value` as a double. */
export function doubleOf(value: number): Value {
  return Number.isInteger(value) ? new Double(value) : value;
}

/** Velocity's truth: null and false are false, all else is true, also 0 and the empty text. */
export function isTrue(value: Value): boolean {
  return value !== null && value !== undefined && value !== false;
}
