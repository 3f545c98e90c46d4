// Tags as TagResource and UntagResource of both versions change them.
import type { Limits } from '#shared/model/limits.ts';
import type { StringMap } from '#shared/model/records.ts';
import { badRequest } from '../faults.ts';

/** `tags` with `more` over them; 400 when they are more than a resource may have. */
export function withTags(
  tags: StringMap,
  more: Readonly<Record<string, string>> | undefined,
  { tagsPerResource }: Limits,
): StringMap {
  const all = { ...tags, ...more };
  if (Object.keys(all).length <= tagsPerResource) return all;
  throw badRequest(`A resource can have at most ${tagsPerResource} tags`);
}

/** `tags` without `keys`. */
export function withoutTags(tags: StringMap, keys: readonly string[] | undefined): StringMap {
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key)));
}
