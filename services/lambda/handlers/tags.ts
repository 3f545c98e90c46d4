// ListTags, TagResource and UntagResource of functions.
import type { ControlContext } from '#shared/model/control.ts';
import { requireFunction, retried } from '../deps.ts';
import type { HandlerDeps } from '../deps.ts';
import { invalidParameter } from '../faults.ts';
import type { LambdaHandlers } from '../model.ts';

type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;

/** Handlers of tags. Tags are no part of a revision: changing them restarts nothing. */
export function tagHandlers(
  deps: HandlerDeps,
): Pick<LambdaHandlers, 'ListTags' | 'TagResource' | 'UntagResource'> {
  return {
    ListTags: async ({ Resource }, context) => {
      const { stored } = await requireFunction(deps, { FunctionName: Resource }, context);
      return { Tags: stored.record.Tags };
    },
    TagResource: async ({ Resource, Tags }, context) => {
      await edit(deps, Resource, context, (before) => ({ ...before, ...Tags }));
    },
    UntagResource: async ({ Resource, TagKeys }, context) => {
      const gone = new Set<string>(TagKeys);
      await edit(deps, Resource, context, (before) =>
        Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))),
      );
    },
  };
}

/** Throws for tags AWS would refuse. */
export function checkTags(tags: Tags): void {
  if (Object.keys(tags).length > MOST_TAGS) {
    throw invalidParameter(`Number of tags exceeds resource tag limit.`);
  }
  for (const [key, value] of Object.entries(tags)) {
    if (key === '' || key.length > 128 || value.length > 256) {
      throw invalidParameter('Tag keys have 1 to 128 characters, tag values up to 256.');
    }
    if (key.startsWith('aws:')) {
      throw invalidParameter('Tag keys starting with "aws:" are reserved for system use');
    }
  }
}

function edit(
  deps: HandlerDeps,
  arn: string,
  context: ControlContext,
  change: (tags: Tags) => Tags,
): Promise<void> {
  return retried(async () => {
    const { stored } = await requireFunction(deps, { FunctionName: arn }, context);
    const Tags = change(stored.record.Tags);
    checkTags(Tags);
    await deps.functions.put({ ...stored.record, Tags }, stored.version);
  });
}
