// Checks properties against their table and brings them to their kinds, since CloudFormation takes "true" and "5" as well.
import { child } from '../faults.ts';
import type { Json, JsonObject } from '../json.ts';
import { isList, isObject, kindOf, plainText } from '../json.ts';
import { isListValue, isMap, Later, textOf } from '../value.ts';
import type { Value } from '../value.ts';
import type { CheckContext, PropertyKind, PropertySpec, ResourceType } from './resource-type.ts';

/** Members of `settings` maps that are not strings, wherever they stand. */
const SETTING_KINDS: Readonly<Record<string, PropertyKind>> = {
  BurstLimit: 'integer',
  DataTraceEnabled: 'boolean',
  DetailedMetricsEnabled: 'boolean',
  Enabled: 'boolean',
  Limit: 'integer',
  MaxAge: 'integer',
  Offset: 'integer',
  RateLimit: 'number',
  AllowCredentials: 'boolean',
  ReadCapacityUnits: 'integer',
  Required: 'boolean',
  Size: 'integer',
  ThrottlingBurstLimit: 'integer',
  ThrottlingRateLimit: 'number',
  WriteCapacityUnits: 'integer',
};

/** YAML 1.1, which CloudFormation reads, has more words for true and false than YAML 1.2. */
const BOOLEAN = /^(true|false|yes|no|on|off)$/i;

/** Reports every fault of `values` against the table of `type`, and says which have no effect. */
export function checkProperties(
  type: ResourceType,
  values: Readonly<Record<string, Value>>,
  context: CheckContext,
): void {
  checkMembers(type.type, type.properties, values, context);
  type.check?.(values, context);
}

/** Reports every fault of the map `values`, which is `what`, against a table of its members. */
export function checkMembers(
  what: string,
  specs: Readonly<Record<string, PropertySpec>>,
  values: Readonly<Record<string, Value>>,
  context: CheckContext,
): void {
  const { path, faults, written = {} } = context;
  for (const [name, spec] of Object.entries(specs)) {
    if (!spec.required || values[name] !== undefined || faults.has(child(path, name))) continue;
    // Its transform has told what is missing, by its own name.
    if (written[name] !== undefined) continue;
    faults.add(path, `the property ${name} is missing`);
  }
  for (const [name, value] of Object.entries(values)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    const place = child(path, written[name] ?? name);
    if (spec === undefined) faults.add(place, `${what} has no property ${name}`);
    else checkProperty(name, spec, value, { ...context, path: place });
  }
}

function checkProperty(
  name: string,
  spec: PropertySpec,
  value: Value,
  { path, faults, say }: CheckContext,
): void {
  if (spec.refused !== undefined) return faults.add(path, spec.refused);
  if (spec.ignored) say(`${path} has no effect.`);
  if (value instanceof Later || fits(spec.kind, value)) return;
  faults.add(path, `${name} must be ${KIND_NAMES[spec.kind]}, not ${kindOf(value)}`);
}

const KIND_NAMES: Readonly<Record<PropertyKind, string>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  json: 'a value',
  list: 'a list',
  map: 'a map',
  number: 'a number',
  settings: 'a map',
  string: 'a string',
  tags: 'a map, or a list of Key and Value',
  texts: 'a map',
};

function fits(kind: PropertyKind, value: Value): boolean {
  const text = textOf(value);
  switch (kind) {
    case 'string':
      return text !== undefined;
    case 'boolean':
      return text !== undefined && BOOLEAN.test(text);
    case 'integer':
      return text !== undefined && /^-?\d+$/.test(text.trim());
    case 'number':
      return text !== undefined && text.trim() !== '' && Number.isFinite(Number(text));
    case 'list':
      return isListValue(value);
    case 'map':
    case 'texts':
      return isMap(value);
    case 'settings':
      return isMap(value) || isListValue(value);
    case 'tags':
      return isMap(value) || (isListValue(value) && value.every(isMap));
    case 'json':
      return true;
  }
}

/** `properties` with every value of its kind; those without effect are left out. */
export function coerceProperties(type: ResourceType, properties: JsonObject): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(properties)) {
    const spec = type.properties[name];
    if (spec !== undefined && !spec.ignored) result[name] = coerce(spec.kind, value);
  }
  return result;
}

function coerce(kind: PropertyKind, value: Json): Json {
  if (kind === 'tags') return tagMap(value);
  if (kind === 'texts') return textMap(value);
  if (kind === 'settings') return coerceSettings(value);
  if (typeof value === 'object') return value;
  if (kind === 'string') return String(value);
  if (kind === 'boolean') return /^(true|yes|on)$/i.test(String(value));
  return kind === 'integer' || kind === 'number' ? Number(value) : value;
}

function coerceSettings(value: Json): Json {
  if (isList(value)) return value.map(coerceSettings);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const kind = Object.hasOwn(SETTING_KINDS, name) ? SETTING_KINDS[name] : undefined;
      return [name, kind === undefined ? coerceSettings(part) : coerce(kind, part)];
    }),
  );
}

/** YAML writes some of these texts as numbers and booleans, and templates as documents. */
function textMap(value: Json): JsonObject {
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(entries.map(([key, text]) => [key, plainText(text)]));
}

function tagMap(value: Json): JsonObject {
  const pairs = isList(value)
    ? value
        .filter(isObject)
        .map((tag): [string, Json] => [plainText(tag['Key'] ?? ''), tag['Value'] ?? ''])
    : Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(pairs.map(([key, tag]) => [key, plainText(tag)]));
}
