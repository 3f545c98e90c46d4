// The intrinsic functions of CloudFormation, as a table from name to function, and the walk that applies them.
import { child } from './faults.ts';
import type { Faults } from './faults.ts';
import { isList, isObject, kindOf } from './json.ts';
import type { Json } from './json.ts';
import { isListValue, isMap, Later, laterIn, textOf } from './value.ts';
import type { Value } from './value.ts';

/** What expressions may refer to. Every method reports its own faults and then answers `undefined`. */
export interface Scope {
  readonly faults: Faults;
  ref(name: string, path: string): Value | undefined;
  attribute(logicalId: string, attribute: string, path: string): Value | undefined;
  condition(name: string, path: string): boolean;
  mapping(keys: readonly [string, string, string], path: string): Value | undefined;
  /** The scope of a branch that `Fn::If` does not take: names are checked, nothing is depended on. */
  unchosen(): Scope;
}

type Intrinsic = (argument: Json, path: string, scope: Scope) => Value | undefined;

/** Functions allowed in properties and outputs. AWS: template reference, intrinsic functions. */
const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['Ref', ref],
  ['Fn::Base64', base64],
  ['Fn::FindInMap', findInMap],
  ['Fn::GetAtt', getAtt],
  ['Fn::If', choose],
  ['Fn::ImportValue', importValue],
  ['Fn::Join', join],
  ['Fn::Select', select],
  ['Fn::Split', split],
  ['Fn::Sub', sub],
]);

/** Functions that CloudFormation allows in conditions only. */
const CONDITION_ONLY: ReadonlySet<string> = new Set(['Fn::And', 'Fn::Equals', 'Fn::Not', 'Fn::Or']);

/** Whether `value` is a call of an intrinsic function: a map with one key of the form `Ref` or `Fn::…`. */
export function isIntrinsic(value: unknown): boolean {
  if (!isObject(value)) return false;
  const [name, ...rest] = Object.keys(value);
  return rest.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'));
}

/** Resolves every function in `value`. `undefined` when the whole of it is `AWS::NoValue` or has a fault. */
export function resolve(value: Json, path: string, scope: Scope): Value | undefined {
  if (isList(value)) return resolveList(value, path, scope);
  if (!isObject(value)) return value;
  const names = Object.keys(value);
  const name = names.find((key) => key.startsWith('Fn::') || (key === 'Ref' && names.length === 1));
  if (name === undefined) return resolveMap(value, path, scope);
  const place = child(path, name);
  if (names.length > 1) {
    scope.faults.add(place, `${name} must stand alone in its map`);
    return undefined;
  }
  const apply = INTRINSICS.get(name);
  if (apply !== undefined) return apply(value[name] ?? null, place, scope);
  scope.faults.add(
    place,
    CONDITION_ONLY.has(name)
      ? `${name} is allowed in Conditions only`
      : `the function ${name} is not supported`,
  );
  return undefined;
}

function resolveList(list: readonly Json[], path: string, scope: Scope): Value[] {
  return list
    .map((item, at) => resolve(item, child(path, at), scope))
    .filter((item) => item !== undefined);
}

function resolveMap(map: { readonly [key: string]: Json }, path: string, scope: Scope): Value {
  const result: Record<string, Value> = {};
  for (const [key, member] of Object.entries(map)) {
    const value = resolve(member, child(path, key), scope);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

function fault(scope: Scope, path: string, message: string): undefined {
  scope.faults.add(path, message);
  return undefined;
}

function ref(argument: Json, path: string, scope: Scope): Value | undefined {
  if (typeof argument === 'string') return scope.ref(argument, path);
  return fault(
    scope,
    path,
    `Ref needs the name of a parameter or resource, not ${kindOf(argument)}`,
  );
}

function getAtt(argument: Json, path: string, scope: Scope): Value | undefined {
  const parts = typeof argument === 'string' ? splitOnce(argument) : argument;
  const [logicalId, attribute] = isList(parts) ? parts : [];
  if (!isList(parts) || parts.length !== 2 || typeof logicalId !== 'string') {
    return fault(scope, path, 'Fn::GetAtt needs a logical id and an attribute');
  }
  const name = resolve(attribute ?? null, child(path, 1), scope);
  if (typeof name !== 'string') return fault(scope, path, 'the attribute must be a string');
  return scope.attribute(logicalId, name, path);
}

function splitOnce(text: string): readonly string[] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

function join(argument: Json, path: string, scope: Scope): Value | undefined {
  const [delimiter, list] = isList(argument) ? argument : [];
  if (!isList(argument) || argument.length !== 2 || typeof delimiter !== 'string') {
    return fault(scope, path, 'Fn::Join needs a delimiter and a list');
  }
  const values = resolve(list ?? null, child(path, 1), scope);
  if (values === undefined || values instanceof Later) return values;
  if (!isListValue(values))
    return fault(scope, path, `Fn::Join needs a list, not ${kindOf(values)}`);
  const later = laterIn(values);
  if (later !== undefined) return later;
  const texts = values.map(textOf);
  if (texts.includes(undefined)) return fault(scope, path, 'Fn::Join can join strings only');
  return texts.join(delimiter);
}

function split(argument: Json, path: string, scope: Scope): Value | undefined {
  const [delimiter, source] = isList(argument) ? argument : [];
  if (!isList(argument) || argument.length !== 2 || typeof delimiter !== 'string' || !delimiter) {
    return fault(scope, path, 'Fn::Split needs a delimiter and a string');
  }
  const value = resolve(source ?? null, child(path, 1), scope);
  if (value === undefined || value instanceof Later) return value;
  const text = textOf(value);
  if (text === undefined)
    return fault(scope, path, `Fn::Split needs a string, not ${kindOf(value)}`);
  return text.split(delimiter);
}

function select(argument: Json, path: string, scope: Scope): Value | undefined {
  if (!isList(argument) || argument.length !== 2) {
    return fault(scope, path, 'Fn::Select needs an index and a list');
  }
  const index = resolve(argument[0] ?? null, child(path, 0), scope);
  const list = resolve(argument[1] ?? null, child(path, 1), scope);
  if (list === undefined || index === undefined) return undefined;
  const later = laterIn([index, list]);
  if (later !== undefined) return later;
  const at = Number(textOf(index) || Number.NaN);
  if (!isListValue(list)) return fault(scope, path, `Fn::Select needs a list, not ${kindOf(list)}`);
  const chosen = Number.isInteger(at) ? list[at] : undefined;
  if (chosen === undefined) {
    return fault(
      scope,
      path,
      `Fn::Select cannot take item ${String(textOf(index))} of ${list.length}`,
    );
  }
  return chosen;
}

function base64(argument: Json, path: string, scope: Scope): Value | undefined {
  const value = resolve(argument, path, scope);
  if (value === undefined || value instanceof Later) return value;
  const text = textOf(value);
  if (text === undefined)
    return fault(scope, path, `Fn::Base64 needs a string, not ${kindOf(value)}`);
  return Buffer.from(text).toString('base64');
}

function findInMap(argument: Json, path: string, scope: Scope): Value | undefined {
  if (!isList(argument) || argument.length !== 3) {
    return fault(scope, path, 'Fn::FindInMap needs a map, a top-level key and a second-level key');
  }
  const [map, top, second] = argument
    .map((key, at) => resolve(key, child(path, at), scope))
    .map(textOf);
  if (map === undefined || top === undefined || second === undefined) {
    return fault(scope, path, 'Fn::FindInMap needs keys that are known before resources are made');
  }
  return scope.mapping([map, top, second], path);
}

function choose(argument: Json, path: string, scope: Scope): Value | undefined {
  const [name, yes, no] = isList(argument) ? argument : [];
  if (!isList(argument) || argument.length !== 3 || typeof name !== 'string') {
    return fault(scope, path, 'Fn::If needs the name of a condition and two values');
  }
  const taken = scope.condition(name, path);
  resolve((taken ? no : yes) ?? null, child(path, taken ? 2 : 1), scope.unchosen());
  return resolve((taken ? yes : no) ?? null, child(path, taken ? 1 : 2), scope);
}

function importValue(_argument: Json, path: string, scope: Scope): undefined {
  return fault(scope, path, 'Fn::ImportValue is not supported: stacks do not share exports');
}

const PLACEHOLDER = /\$\{([^}]*)\}/g;

function sub(argument: Json, path: string, scope: Scope): Value | undefined {
  const [text, variables] = isList(argument) ? argument : [argument, {}];
  const wrong = isList(argument) && argument.length !== 2;
  if (typeof text !== 'string' || wrong || !isObject(variables)) {
    return fault(scope, path, 'Fn::Sub needs a string, or a list of a string and a map');
  }
  const given = resolve(variables, child(path, 1), scope);
  let later: Later | undefined;
  const result = text.replace(PLACEHOLDER, (whole, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const value = substitute(name.trim(), isMap(given) ? given : {}, { path, scope });
    if (value instanceof Later) later = value;
    const replaced = textOf(value);
    if (replaced === undefined && value !== undefined && !(value instanceof Later)) {
      scope.faults.add(path, `Fn::Sub cannot write ${kindOf(value)} for ${whole}`);
    }
    return replaced ?? '';
  });
  return later ?? result;
}

interface Place {
  readonly path: string;
  readonly scope: Scope;
}

function substitute(
  name: string,
  given: { readonly [key: string]: Value },
  { path, scope }: Place,
): Value | undefined {
  if (Object.hasOwn(given, name)) return given[name];
  const dot = name.indexOf('.');
  if (dot < 0) return scope.ref(name, path);
  return scope.attribute(name.slice(0, dot), name.slice(dot + 1), path);
}
