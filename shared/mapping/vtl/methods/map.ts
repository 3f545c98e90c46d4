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
  type HostObject,
  type Value,
  type ValueMap,
} from '../values.ts';
import { textArgument, type Method, type Methods } from './arguments.ts';

/** Methods whose cost does not grow with the map. */
const SINGLE: ReadonlySet<string> = new Set([
  'get',
  'getOrDefault',
  'containsKey',
  'put',
  'remove',
]);

const MAPS: readonly (readonly [string, Method<ValueMap>])[] = [
  ['size', (_run, self) => Object.keys(self).length],
  ['isEmpty', (_run, self) => Object.keys(self).length === 0],
  ['toString', (run, self) => printValue(run, self)],
  ['get', (run, self, [key]) => mapGet(self, printValue(run, key))],
  ['getOrDefault', (run, self, [key, other]) => mapGet(self, printValue(run, key)) ?? other],
  ['containsKey', (run, self, [key]) => Object.hasOwn(self, printValue(run, key))],
  ['containsValue', (run, self, [value]) => containsValue(run, self, value)],
  ['equals', (run, self, [other]) => isMap(other) && isEqual(run, self, other)],
  ['put', (run, self, args) => put(run, self, args)],
  ['putAll', (run, self, [other]) => putAll(run, self, other)],
  ['remove', (run, self, [key]) => remove(run, self, key)],
  ['clear', (run, self) => clear(run, self)],
  ['keySet', (_run, self) => javaList(Object.keys(self))],
  ['values', (_run, self) => javaList(Object.values(self))],
  ['entrySet', (run, self) => javaList(entries(run, self))],
];

/** Methods of maps. Those that walk a map cost a step a member. */
export const MAP_METHODS: Methods<ValueMap> = new Map(
  MAPS.map(([name, method]): [string, Method<ValueMap>] => [name, counted(name, method)]),
);

function counted(name: string, method: Method<ValueMap>): Method<ValueMap> {
  if (SINGLE.has(name)) return method;
  return (run, self, args) => {
    run.step(Object.keys(self).length);
    return method(run, self, args);
  };
}

function containsValue(run: Run, self: ValueMap, wanted: Value): boolean {
  return Object.values(self).some((value) => isEqual(run, value, wanted));
}

function put(run: Run, self: ValueMap, args: readonly Value[]): Value {
  run.step();
  const key = textArgument(run, args, 0);
  const before = mapGet(self, key);
  mapPut(self, key, args[1]);
  return before;
}

function putAll(run: Run, self: ValueMap, other: Value): undefined {
  if (!isMap(other)) throw new TemplateError('argument 1 is no map');
  for (const key of Object.keys(other)) {
    run.step();
    mapPut(self, key, other[key]);
  }
}

function remove(run: Run, self: ValueMap, key: Value): Value {
  const name = printValue(run, key);
  const before = mapGet(self, name);
  Reflect.deleteProperty(self, name);
  return before;
}

function clear(_run: Run, self: ValueMap): undefined {
  for (const key of Object.keys(self)) Reflect.deleteProperty(self, key);
}

function entries(run: Run, map: ValueMap): HostObject[] {
  return Object.keys(map).map((key) => {
    run.step();
    return entry(run, map, key);
  });
}

/** `Map.Entry`: `$e.key`, `$e.value`, `$e.getKey()`, `$e.getValue()`. */
function entry(run: Run, map: ValueMap, key: string): HostObject {
  const value = map[key];
  return {
    [HOST]: true,
    get: (name) => (name === 'key' ? key : name === 'value' ? value : undefined),
    method: (name) =>
      name === 'getKey' ? () => key : name === 'getValue' ? () => value : undefined,
    print: () => `${key}=${printValue(run, value)}`,
  };
}
