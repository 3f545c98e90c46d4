// Tags of apis, stages and domain names by ARN (AWS: apigatewayv2 /v2/tags/{resourceArn}).
import type { ControlContext } from '#shared/model/control.ts';
import type { StringMap } from '#shared/model/records.ts';
import { check } from '../../constraints.ts';
import { retried } from '../../definitions/api-edits.ts';
import { needPart, STAGE } from '../../definitions/parts.ts';
import { withoutTags, withTags } from '../../definitions/tags.ts';
import { liveStage, snapshotOf, stageWrites } from '../../deployments/live.ts';
import { badRequest, notFound } from '../../faults.ts';
import type { V2Operation, V2Operations } from '../../operation.ts';
import type { Plane } from '../../plane.ts';
import { needDomain } from './domain-names.ts';

/** A resource that has tags. */
type Tagged =
  | { readonly kind: 'api'; readonly apiId: string }
  | { readonly kind: 'stage'; readonly apiId: string; readonly stageName: string }
  | { readonly kind: 'domain'; readonly name: string };

/** The resource that an ARN of the request's region names; `arn:aws:apigateway:{region}::/apis/{id}` and its like. */
function taggedOf(context: ControlContext, arn: string): Tagged {
  const [, region, path = ''] = /^arn:[^:]+:apigateway:([^:]*):[^:]*:(\/.+)$/.exec(arn) ?? [];
  if (region === undefined) throw badRequest('Invalid ARN specified in the request');
  const [, kind, first = '', sub, second = '', ...more] = path.split('/');
  const isHere = region === context.region && first !== '' && more.length === 0;
  if (isHere && kind === 'apis' && sub === undefined) return { kind: 'api', apiId: first };
  if (isHere && kind === 'apis' && sub === 'stages' && second !== '') {
    return { kind: 'stage', apiId: first, stageName: second };
  }
  if (isHere && kind === 'domainnames' && sub === undefined) return { kind: 'domain', name: first };
  throw notFound('Tags', `Invalid resource identifier specified ${arn}`);
}

async function read(plane: Plane, context: ControlContext, at: Tagged): Promise<StringMap> {
  const { store } = plane.deps;
  if (at.kind === 'domain') return (await needDomain(store, context, at.name)).value.Tags;
  const api = await plane.edits.api(context, at.apiId);
  if (at.kind === 'api') return api.value.Tags;
  return (await needPart(store, STAGE, { apiId: at.apiId, ids: [at.stageName] })).Tags;
}

/** Writes the tags that `change` makes of the old ones. They deploy nothing. */
async function edit(
  plane: Plane,
  context: ControlContext,
  { at, change }: { readonly at: Tagged; readonly change: (tags: StringMap) => StringMap },
): Promise<void> {
  const { store } = plane.deps;
  if (at.kind === 'domain') {
    return retried(async () => {
      const { key, value, version } = await needDomain(store, context, at.name);
      const next = { ...value, Tags: change(value.Tags) };
      await store.commit([{ op: 'put', key, value: next, expect: version }]);
    });
  }
  return plane.edits.edit(context, at.apiId, async (api) => {
    if (at.kind === 'api') {
      return { writes: [], result: undefined, api: { ...api, Tags: change(api.Tags) } };
    }
    const old = await needPart(store, STAGE, { apiId: at.apiId, ids: [at.stageName] });
    const stage = { ...old, Tags: change(old.Tags) };
    const snapshot = await snapshotOf(plane.deps, at.apiId, stage);
    const writes = stageWrites(liveStage(context, api, { stage, snapshot }));
    return { writes, result: undefined };
  });
}

const tagResource: V2Operation<'TagResource'> = async (plane, input, context) => {
  check('Tags', input, plane.deps.limits);
  await edit(plane, context, {
    at: taggedOf(context, input.ResourceArn),
    change: (tags) => withTags(tags, input.Tags, plane.deps.limits),
  });
  return {};
};

const untagResource: V2Operation<'UntagResource'> = async (plane, input, context) => {
  await edit(plane, context, {
    at: taggedOf(context, input.ResourceArn),
    change: (tags) => withoutTags(tags, input.TagKeys),
  });
};

const getTags: V2Operation<'GetTags'> = async (plane, input, context) => ({
  Tags: await read(plane, context, taggedOf(context, input.ResourceArn)),
});

/** Operations of this file. */
export const TAG_OPERATIONS = {
  GetTags: getTags,
  TagResource: tagResource,
  UntagResource: untagResource,
} satisfies Partial<V2Operations>;
