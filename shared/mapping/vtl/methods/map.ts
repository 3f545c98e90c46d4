// Java's methods of maps, as templates call them.
import { TemplateError } from '../limits.ts';
import { isEqual } from '../operators.ts';
import { printValue } from '../print.ts';
import type { Run } from '../run.ts';
import {
  HOST,
  isMap,
  javaList,
  mapGet,
  mapPut,
  type BoundMethod,
  type HostObject,
  type Value,
  type ValueMap,
} from '../values.ts';
import { methodTable, textArgument, type Method, type Methods } from './arguments.ts';
import { hashOf } from './hash.ts';

/** Methods whose cost does not grow with the map. */
const SINGLE: ReadonlySet<string> = new Set([
  'get',
  'getOrDefault',
  'containsKey',
  'put',
  'putIfAbsent',
  'remove',
  'replace',
]);

const MAPS: readonly (readonly [string, Method<ValueMap>])[] = [
  ['size/0', (_run, self) => Object.keys(self).length],
  ['isEmpty/0', (_run, self) => Object.keys(self).length === 0],
  ['toString/0', (run, self) => printValue(run, self)],
  ['get/1', (run, self, [key]) => mapGet(self, printValue(run, key))],
  ['getOrDefault/2', (run, self, [key, other]) => mapGet(self, printValue(run, key)) ?? other],
  ['containsKey/1', (run, self, [key]) => Object.hasOwn(self, printValue(run, key))],
  ['containsValue/1', (run, self, [value]) => containsValue(run, self, value)],
  ['equals/1', (run, self, [other]) => isMap(other) && isEqual(run, self, other)],
  ['hashCode/0', (run, self) => hashOf(run, self)],
  ['clone/0', (run, self) => putAll(run, {}, self)],
  ['put/2', (run, self, args) => put(run, self, args)],
  ['putIfAbsent/2', (run, self, args) => putIfAbsent(run, self, args)],
  ['putAll/1', (run, self, [other]) => void putAll(run, changed(run, self), other)],
  ['remove/1', (run, self, [key]) => remove(run, self, key)],
  ['remove/2', (run, self, args) => removePair(run, self, args)],
  ['replace/2', (run, self, args) => replace(run, self, args)],
  ['replace/3', (run, self, args) => replacePair(run, self, args)],
  ['clear/0', (run, self) => clear(run, self)],
  ['keySet/0', (_run, self) => javaList(Object.keys(self))],
  ['values/0', (_run, self) => javaList(Object.values(self))],
  ['entrySet/0', (run, self) => javaList(entries(run, self))],
];

/** Methods of maps. Those that walk a map cost a step a member. */
export const MAP_METHODS: Methods<ValueMap> = methodTable(
  MAPS.map(([signature, method]) => [signature, counted(signature, method)] as const),
);

function counted(signature: string, method: Method<ValueMap>): Method<ValueMap> {
  if (SINGLE.has(signature.slice(0, signature.indexOf('/')))) return method;
  return (run, self, args) => {
    run.step(Object.keys(self).length);
    return method(run, self, args);
  };
}

function containsValue(run: Run, self: ValueMap, wanted: Value): boolean {
  return Object.values(self).some((value) => isEqual(run, value, wanted));
}

/** `self`, which the template may change. */
function changed(run: Run, self: ValueMap): ValueMap {
  run.change();
  return self;
}

function put(run: Run, self: ValueMap, args: readonly Value[]): Value {
  run.step();
  const key = textArgument(run, args, 0);
  const before = mapGet(self, key);
  mapPut(changed(run, self), key, args[1]);
  return before;
}

function putIfAbsent(run: Run, self: ValueMap, args: readonly Value[]): Value {
  const before = mapGet(self, textArgument(run, args, 0));
  return before === null || before === undefined ? put(run, self, args) : before;
}

function putAll(run: Run, self: ValueMap, other: Value): ValueMap {
  if (!isMap(other)) throw new TemplateError('argument 1 is no map');
  for (const key of Object.keys(other)) {
    run.step();
    mapPut(self, key, other[key]);
  }
  return self;
}

function remove(run: Run, self: ValueMap, key: Value): Value {
  const name = printValue(run, key);
  const before = mapGet(self, name);
  Reflect.deleteProperty(changed(run, self), name);
  return before;
}

/** Only if `key` holds `value`. */
function removePair(run: Run, self: ValueMap, [key, value]: readonly Value[]): boolean {
  const isHeld = holds(run, self, [key, value]);
  if (isHeld) remove(run, self, key);
  return isHeld;
}

function replace(run: Run, self: ValueMap, args: readonly Value[]): Value {
  return Object.hasOwn(self, printValue(run, args[0])) ? put(run, self, args) : undefined;
}

function replacePair(run: Run, self: ValueMap, [key, before, value]: readonly Value[]): boolean {
  const isHeld = holds(run, self, [key, before]);
  if (isHeld) put(run, self, [key, value]);
  return isHeld;
}

function holds(run: Run, self: ValueMap, [key, value]: readonly Value[]): boolean {
  const name = printValue(run, key);
  return Object.hasOwn(self, name) && isEqual(run, self[name], value);
}

function clear(run: Run, self: ValueMap): undefined {
  for (const key of Object.keys(self)) Reflect.deleteProperty(changed(run, self), key);
}

function entries(run: Run, map: ValueMap): HostObject[] {
  return Object.keys(map).map((key) => {
    run.step();
    return entry(run, map, key);
  });
}

/** `Map.Entry`: `$e.key`, `$e.value` and their methods. */
function entry(run: Run, map: ValueMap, key: string): HostObject {
  const methods: Readonly<Record<string, BoundMethod>> = {
    getKey: () => key,
    getValue: () => map[key],
    setValue: (inner, [value]) => put(inner, map, [key, value]),
    hashCode: (inner) => hashOf(inner, key) ^ hashOf(inner, map[key]),
    toString: (inner: Run) => `${key}=${printValue(inner, map[key])}`,
  };
  return {
    [HOST]: true,
    get: (name) => (name === 'key' ? key : name === 'value' ? map[key] : undefined),
    method: (name) => (Object.hasOwn(methods, name) ? methods[name] : undefined),
    print: () => `${key}=${printValue(run, map[key])}`,
  };
}
