// Tags of certificates, under the operations of both generations.
import type { CertificateTag } from '#shared/model/certificates.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { edit, need, type AcmDeps } from '../deps.ts';
import { checkArn, checkTagCount, checkTags } from '../constraints.ts';
import type { AcmHandlers, AcmInput } from '../model.ts';

type GivenTags = AcmInput<'AddTagsToCertificate'>['Tags'];
type Change = (tags: readonly CertificateTag[]) => readonly CertificateTag[];

/** Given tags as they are kept; the last of one key wins. */
export function tagsOf(
  given: readonly GivenTags[number][] | readonly CertificateTag[],
): CertificateTag[] {
  const tags = given.map(({ Key, Value }) => ({ Key, ...(Value === undefined ? {} : { Value }) }));
  return [...new Map(tags.map((tag) => [tag.Key, tag])).values()];
}

/** Handlers of tags. */
export function tagHandlers(
  deps: AcmDeps,
): Pick<
  AcmHandlers,
  | 'AddTagsToCertificate'
  | 'RemoveTagsFromCertificate'
  | 'ListTagsForCertificate'
  | 'TagResource'
  | 'UntagResource'
  | 'ListTagsForResource'
> {
  const add = (arn: string, given: GivenTags, context: ControlContext) => {
    checkTags(given);
    return retag(deps, arn, {
      context,
      change: (tags) => tagsOf([...tags, ...given]),
    });
  };
  const remove = (arn: string, given: GivenTags, context: ControlContext) => {
    checkTags(given);
    const change: Change = (tags) => tags.filter((tag) => !given.some((one) => names(one, tag)));
    return retag(deps, arn, { context, change });
  };
  const list = async (arn: string, context: ControlContext) => ({
    Tags: (await need(deps, arn, context)).value.Tags,
  });
  return {
    AddTagsToCertificate: ({ CertificateArn: arn, Tags }, context) => add(arn, Tags, context),
    RemoveTagsFromCertificate: ({ CertificateArn: arn, Tags }, context) =>
      remove(arn, Tags, context),
    ListTagsForCertificate: ({ CertificateArn: arn }, context) => list(arn, context),
    TagResource: ({ ResourceArn: arn, Tags }, context) => add(arn, Tags, context),
    UntagResource: ({ ResourceArn: arn, TagKeys }, context) =>
      remove(
        arn,
        TagKeys.map((Key) => ({ Key })),
        context,
      ),
    ListTagsForResource: ({ ResourceArn: arn }, context) => list(arn, context),
  };
}

/** With a value only the tag that has it is meant; without, the key alone counts. */
function names(given: GivenTags[number], tag: CertificateTag): boolean {
  return given.Key === tag.Key && (given.Value === undefined || given.Value === tag.Value);
}

async function retag(
  deps: AcmDeps,
  arn: string,
  { context, change }: { readonly context: ControlContext; readonly change: Change },
): Promise<void> {
  checkArn(arn);
  await edit(deps, arn, {
    context,
    change: async (before) => {
      const Tags = change(before.Tags);
      checkTagCount(Tags);
      return { ...before, Tags };
    },
  });
}
