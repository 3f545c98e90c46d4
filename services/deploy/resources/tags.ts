// Brings the tags of a tagged API Gateway resource to what the template says.
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';
import type { ResourceContext } from './resource-type.ts';

/** Sets and removes tags of `ResourceArn` until they are exactly `wanted` (a map; absent: none). */
export async function putTags(
  ResourceArn: string,
  wanted: Json | undefined,
  { clients }: ResourceContext,
): Promise<void> {
  const Tags = isObject(wanted) ? (wanted as Record<string, string>) : {};
  const { Tags: present = {} } = await clients.gateway.getTags({ ResourceArn });
  const TagKeys = Object.keys(present).filter((key) => !Object.hasOwn(Tags, key));
  if (TagKeys.length > 0) await clients.gateway.untagResource({ ResourceArn, TagKeys });
  const differs = Object.entries(Tags).some(([key, value]) => present[key] !== value);
  if (differs) await clients.gateway.tagResource({ ResourceArn, Tags });
}
