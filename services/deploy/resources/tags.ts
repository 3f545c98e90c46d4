// Brings the tags of a tagged API Gateway resource to what the template says, by either version of its API.
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';
import type { ResourceContext } from './resource-type.ts';

/** Sets and removes tags of `ResourceArn` until they are exactly `wanted` (a map; absent: none). */
export async function putTags(
  ResourceArn: string,
  wanted: Json | undefined,
  { clients }: ResourceContext,
): Promise<void> {
  const { Tags: present = {} } = await clients.gateway.getTags({ ResourceArn });
  const { gone, all, differs } = changeOf(present, wanted);
  if (gone.length > 0) await clients.gateway.untagResource({ ResourceArn, TagKeys: gone });
  if (differs) await clients.gateway.tagResource({ ResourceArn, Tags: all });
}

/** As `putTags`, for a resource of API Gateway v1: `/apikeys/{id}`. */
export async function putRestTags(
  path: string,
  wanted: Json | undefined,
  { clients, stack }: ResourceContext,
): Promise<void> {
  const api = await clients.rest();
  const resourceArn = `arn:aws:apigateway:${stack.region}::${path}`;
  const { tags: present = {} } = await api.getTags({ resourceArn });
  const { gone, all, differs } = changeOf(present, wanted);
  if (gone.length > 0) await api.untagResource({ resourceArn, tagKeys: gone });
  if (differs) await api.tagResource({ resourceArn, tags: all });
}

function changeOf(present: Readonly<Record<string, string>>, wanted: Json | undefined) {
  const all = isObject(wanted) ? (wanted as Record<string, string>) : {};
  return {
    all,
    gone: Object.keys(present).filter((key) => !Object.hasOwn(all, key)),
    differs: Object.entries(all).some(([key, value]) => present[key] !== value),
  };
}
