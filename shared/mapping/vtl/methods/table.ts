// Finds the method of a value by the value's type.
import { Double, isHost, isList, isMap, type BoundMethod, type Value } from '../values.ts';
import type { MethodName, Methods } from './arguments.ts';
import { BOOLEAN_METHODS } from './boolean.ts';
import { LIST_METHODS } from './list.ts';
import { MAP_METHODS } from './map.ts';
import { NUMBER_METHODS } from './number.ts';
import { STRING_METHODS } from './string.ts';

/** The method `name` of `value`; `undefined` when there is none. */
export function findMethod(value: Value, name: MethodName): BoundMethod | undefined {
  if (typeof value === 'string') return bound(STRING_METHODS, name, value);
  if (typeof value === 'number' || value instanceof Double) {
    return bound(NUMBER_METHODS, name, value);
  }
  if (typeof value === 'boolean') return bound(BOOLEAN_METHODS, name, value);
  if (isList(value)) return bound(LIST_METHODS, name, value);
  if (isHost(value)) return value.method(name.name);
  return isMap(value) ? bound(MAP_METHODS, name, value) : undefined;
}

function bound<Self>(
  methods: Methods<Self>,
  name: MethodName,
  self: Self,
): BoundMethod | undefined {
  const method = methods.get(name.exact) ?? methods.get(name.any);
  return method && ((run, args) => method(run, self, args));
}
