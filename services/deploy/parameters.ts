// Parameters: defaults and overrides checked against their declarations, as values of their types.
import { child } from './faults.ts';
import type { Faults } from './faults.ts';
import { isList, isObject, member, plainText } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Value } from './value.ts';

/** Values of the parameters by name. */
export type ParameterValues = ReadonlyMap<string, Value>;

const LIST_TYPE = /^(CommaDelimitedList|List<.+>)$/;
const STORED_TYPE = /^AWS::SSM::Parameter::Value</;
const PLAIN_TYPE = /^(String|Number|AWS::[A-Za-z0-9:]+)$/;

/** Longest value that is held against `AllowedPattern`; AWS: CloudFormation quotas, parameter value 4,096 bytes. */
const MAX_VALUE_LENGTH = 4096;

/**
 * Values of the declared parameters: the override if one is given, else the default. A parameter that AWS would read
 * from Systems Manager has no value without an override; whoever refers to it gets the fault. Faults: a value missing
 * or not allowed, an unknown type, an override of what is not declared.
 */
export function readParameters(
  declared: JsonObject,
  overrides: Readonly<Record<string, string>>,
  faults: Faults,
): ParameterValues {
  for (const name of Object.keys(overrides)) {
    if (!Object.hasOwn(declared, name)) {
      faults.add('Parameters', `the template has no parameter ${name}`);
    }
  }
  const values = new Map<string, Value>();
  for (const [name, declaration] of Object.entries(declared)) {
    const path = child('Parameters', name);
    if (!isObject(declaration)) {
      faults.add(path, 'a parameter must be a map with a Type');
      continue;
    }
    if (isStored(declaration) && member(overrides, name) === undefined) continue;
    const value = readParameter(declaration, member(overrides, name), { path, faults });
    values.set(name, value ?? '');
  }
  return values;
}

function isStored(declaration: JsonObject): boolean {
  const type = declaration['Type'];
  return typeof type === 'string' && STORED_TYPE.test(type);
}

interface Place {
  readonly path: string;
  readonly faults: Faults;
}

function readParameter(
  declaration: JsonObject,
  override: string | undefined,
  { path, faults }: Place,
): Value | undefined {
  const type = declaration['Type'];
  const patterns = [PLAIN_TYPE, LIST_TYPE, STORED_TYPE];
  if (typeof type !== 'string' || !patterns.some((one) => one.test(type))) {
    faults.add(path, `the type ${JSON.stringify(type ?? null)} is not supported`);
    return undefined;
  }
  const text = override ?? scalarText(declaration['Default']);
  if (text === undefined) {
    faults.add(path, 'has no Default, and no value was given');
    return undefined;
  }
  const isListType = LIST_TYPE.test(type) || type.startsWith('AWS::SSM::Parameter::Value<List');
  const parts = isListType ? text.split(',').map((part) => part.trim()) : [text];
  const numeric = type === 'Number' || type === 'List<Number>';
  for (const part of parts) {
    const problem = (numeric ? numberProblem : textProblem)(declaration, part);
    if (problem !== undefined) faults.add(path, complaint(declaration, part, problem));
  }
  return isListType ? parts : text;
}

function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return isList(value) ? value.map(plainText).join(',') : undefined;
}

/** A value marked `NoEcho` must not come out in a message. */
function complaint(declaration: JsonObject, value: string, problem: string): string {
  const shown =
    plainText(declaration['NoEcho'] ?? false) === 'true' ? '****' : JSON.stringify(value);
  const hint = declaration['ConstraintDescription'];
  return `the value ${shown} ${problem}${typeof hint === 'string' ? ` (${hint})` : ''}`;
}

function allowedProblem(declaration: JsonObject, value: string): string | undefined {
  const allowed = declaration['AllowedValues'];
  if (allowed === undefined) return undefined;
  if (!isList(allowed)) return 'cannot be checked: AllowedValues must be a list';
  const texts = allowed.map(plainText);
  return texts.includes(value) ? undefined : `is not one of ${texts.join(', ')}`;
}

function numberProblem(declaration: JsonObject, value: string): string | undefined {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) return 'is not a number';
  if (number < bound(declaration['MinValue'], -Infinity)) return 'is less than MinValue';
  if (number > bound(declaration['MaxValue'], Infinity)) return 'is more than MaxValue';
  return allowedProblem(declaration, value);
}

function textProblem(declaration: JsonObject, value: string): string | undefined {
  if (value.length < bound(declaration['MinLength'], 0)) return 'is shorter than MinLength';
  if (value.length > bound(declaration['MaxLength'], Infinity)) return 'is longer than MaxLength';
  if (value.length > MAX_VALUE_LENGTH) return `is longer than ${MAX_VALUE_LENGTH} characters`;
  return patternProblem(declaration['AllowedPattern'], value) ?? allowedProblem(declaration, value);
}

function patternProblem(pattern: Json | undefined, value: string): string | undefined {
  if (typeof pattern !== 'string') return undefined;
  try {
    return new RegExp(`^(?:${pattern})$`).test(value)
      ? undefined
      : `does not match AllowedPattern ${pattern}`;
  } catch {
    return `cannot be checked: AllowedPattern ${pattern} is no regular expression`;
  }
}

function bound(value: Json | undefined, otherwise: number): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise;
}
