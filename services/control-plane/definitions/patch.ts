// Members of an input as a record keeps them: nothing undefined, and AWS's rules for PATCH.
import type { StringMap } from '#shared/model/records.ts';

/** `T` whose members are absent rather than undefined. */
export type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** `members` without those that are undefined. */
export function present<T extends object>(members: T): Present<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

/** The named members of `source`, without those that are undefined. */
export function picked<T extends object, K extends keyof T>(
  source: T,
  names: readonly K[],
): Present<Pick<T, K>> {
  return present(Object.fromEntries(names.map((name) => [name, source[name]])) as Pick<T, K>);
}

/** `record` without the named members. */
export function without<T extends object, K extends keyof T>(
  record: T,
  ...names: readonly K[]
): Omit<T, K> {
  const gone: readonly PropertyKey[] = names;
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => !gone.includes(name)),
  ) as Omit<T, K>;
}

/** Members whose text was given as `""`, which on create is as good as absent, are left out. */
export function withoutEmpty<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== '')) as T;
}

/** `record` with the named members of `input` laid over it: absent keeps, `""` removes, anything else replaces. */
export function patched<R extends object, K extends keyof R>(
  record: R,
  input: { readonly [N in K]?: unknown },
  names: readonly K[],
): R {
  const changes = Object.fromEntries(
    names.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]),
  );
  return withoutEmpty({ ...record, ...changes });
}

/** `map` with `changes` laid over it key by key; a key with `""` goes. Absent changes keep the map. */
export function merged(
  map: StringMap | undefined,
  changes: StringMap | undefined,
): StringMap | undefined {
  return changes === undefined ? map : withoutEmpty({ ...map, ...changes });
}
