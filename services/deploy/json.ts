// JSON values as templates are made of, and the narrowings that every part of the engine needs.

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object; made without a prototype where its keys come from a template. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether `value` is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON array; `Array.isArray` alone loses the element type of readonly arrays. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** Own member `key` of `object`, never one of a prototype. */
export function member<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What `value` is, in the words of an error message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

/** `value` as JSON text with sorted keys: equal values have equal texts, so it can be hashed. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** `value` as text: scalars as CloudFormation writes them into strings, anything else as JSON. */
export function plainText(value: Json): string {
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}
