// Pieces of events written as JSON text, in the member order of AWS's captures.
import type { StringMap } from '#shared/model/records.ts';

/** Headers and queries as events have them: names with all their values. */
export type MultiMap = ReadonlyMap<string, readonly string[]>;

/** JSON object of the last value of each name; the order of names is kept even when they look like numbers. */
export function singleValues(map: MultiMap): string {
  return jsonObject(map, (values) => JSON.stringify(values.at(-1) ?? ''));
}

/** JSON object of all values of each name. */
export function multiValues(map: MultiMap): string {
  return jsonObject(map, (values) => JSON.stringify(values));
}

/** JSON of a string map. */
export function stringMap(map: StringMap): string {
  return JSON.stringify(map);
}

/** `,"name":text`, or nothing when there is no text. */
export function member(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${text}`;
}

function jsonObject(map: MultiMap, write: (values: readonly string[]) => string): string {
  const members: string[] = [];
  for (const [name, values] of map) members.push(`${JSON.stringify(name)}:${write(values)}`);
  return `{${members.join(',')}}`;
}
