// Finds the method of a value by the value's type.
import { TemplateError } from '../limits.ts';
import { printValue } from '../print.ts';
import {
  Double,
  doubleOf,
  isHost,
  isList,
  isMap,
  numberOf,
  type BoundMethod,
  type Value,
} from '../values.ts';
import { textArgument, type Method, type Methods } from './arguments.ts';
import { LIST_METHODS } from './list.ts';
import { MAP_METHODS } from './map.ts';
import { STRING_METHODS } from './string.ts';

/** `parseInt` and its like are Java's static methods, which templates reach through any number. */
const NUMBER_METHODS: Methods<number | Double> = new Map<string, Method<number | Double>>([
  ['toString', (run, self) => printValue(run, self)],
  ['intValue', (_run, self) => Math.trunc(numberOf(self) ?? 0)],
  ['longValue', (_run, self) => Math.trunc(numberOf(self) ?? 0)],
  ['doubleValue', (_run, self) => doubleOf(numberOf(self) ?? 0)],
  ['equals', (_run, self, [other]) => numberOf(self) === numberOf(other)],
  ['compareTo', (_run, self, [other]) => Math.sign((numberOf(self) ?? 0) - (numberOf(other) ?? 0))],
  ['parseInt', (run, _self, args) => parseInteger(textArgument(run, args, 0))],
  ['parseLong', (run, _self, args) => parseInteger(textArgument(run, args, 0))],
  ['valueOf', (run, _self, args) => parseInteger(textArgument(run, args, 0))],
  ['parseDouble', (run, _self, args) => parseDouble(textArgument(run, args, 0))],
]);

const BOOLEAN_METHODS: Methods<boolean> = new Map<string, Method<boolean>>([
  ['toString', (_run, self) => String(self)],
  ['booleanValue', (_run, self) => self],
  ['equals', (_run, self, [other]) => self === other],
]);

/** The method `name` of `value`; `undefined` when there is none. */
export function findMethod(value: Value, name: string): BoundMethod | undefined {
  if (typeof value === 'string') return bound(STRING_METHODS, name, value);
  if (typeof value === 'number' || value instanceof Double) {
    return bound(NUMBER_METHODS, name, value);
  }
  if (typeof value === 'boolean') return bound(BOOLEAN_METHODS, name, value);
  if (isList(value)) return bound(LIST_METHODS, name, value);
  if (isHost(value)) return value.method(name);
  return isMap(value) ? bound(MAP_METHODS, name, value) : undefined;
}

function bound<Self>(methods: Methods<Self>, name: string, self: Self): BoundMethod | undefined {
  const method = methods.get(name);
  return method && ((run, args) => method(run, self, args));
}

function parseInteger(text: string): Value {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new TemplateError(`${JSON.stringify(text)} is no integer`);
}

function parseDouble(text: string): Value {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return doubleOf(value);
  throw new TemplateError(`${JSON.stringify(text)} is no number`);
}
