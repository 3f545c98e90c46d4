// Tags of API keys, usage plans and client certificates by ARN (AWS: apigateway /tags/{resourceArn}).
import type { ControlContext } from '#shared/model/control.ts';
import type { StringMap } from '#shared/model/records.ts';
import type { ResourceKey } from '#shared/model/store.ts';
import { apiKeyRecordKey, clientCertificateKey, usagePlanKey } from '#shared/store/keys.ts';
import { check } from '../../constraints.ts';
import { withoutTags, withTags } from '../../definitions/tags.ts';
import { badRequest, missing } from '../../faults.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';

/** Where the records of each kind of path lie. */
const KINDS: Readonly<Record<string, (region: string, id: string) => ResourceKey>> = {
  apikeys: apiKeyRecordKey,
  clientcertificates: clientCertificateKey,
  usageplans: usagePlanKey,
};

interface Tagged {
  readonly tags: StringMap;
}

/** `arn:aws:apigateway:{region}::/apikeys/{id}` or its like, of the request's region. */
function recordKeyOf({ region }: ControlContext, arn: string): ResourceKey {
  const [, ofRegion, kind = '', id] =
    /^arn:[^:]+:apigateway:([^:]*):[^:]*:\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (ofRegion === undefined || id === undefined) {
    throw badRequest('Invalid ARN specified in the request');
  }
  const keyOf = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (keyOf === undefined || ofRegion !== region || id.includes('/')) throw unknown(arn);
  return keyOf(region, id);
}

const unknown = (arn: string) => missing(`Invalid resource identifier specified ${arn}`);

async function edit(
  { deps, edits }: UsagePlane,
  context: ControlContext,
  { arn, change }: { readonly arn: string; readonly change: (tags: StringMap) => StringMap },
): Promise<void> {
  const key = recordKeyOf(context, arn);
  await edits.edit(context, async () => {
    const found = await deps.store.get<Tagged>(key);
    if (found === undefined) throw unknown(arn);
    const value = { ...found.value, tags: change(found.value.tags) };
    return {
      writes: [{ op: 'put', key, value, expect: found.version }],
      changed: [],
      result: undefined,
    };
  });
}

const tagResource: V1Operation<'TagResource'> = async (plane, input, context) => {
  check('Tags', { Tags: input.tags }, plane.deps.limits);
  await edit(plane, context, {
    arn: input.resourceArn,
    change: (tags) => withTags(tags, input.tags, plane.deps.limits),
  });
};

const untagResource: V1Operation<'UntagResource'> = async (plane, input, context) => {
  await edit(plane, context, {
    arn: input.resourceArn,
    change: (tags) => withoutTags(tags, input.tagKeys),
  });
};

/** All at once: a resource has few. */
const getTags: V1Operation<'GetTags'> = async ({ deps }, input, context) => {
  const found = await deps.store.get<Tagged>(recordKeyOf(context, input.resourceArn));
  if (found === undefined) throw unknown(input.resourceArn);
  return { tags: found.value.tags };
};

/** Operations of this file. */
export const V1_TAG_OPERATIONS = {
  GetTags: getTags,
  TagResource: tagResource,
  UntagResource: untagResource,
} satisfies Partial<V1Operations>;
