// What a stack has made and somebody else has removed since: asked for before a deployment, which then makes it again.
import type { ExecutionParts } from './execution.ts';
import { isGone } from './removal.ts';
import type { ResourceContext } from './resources/resource-type.ts';
import { resourceType } from './resources/types.ts';
import type { StackResource } from './state.ts';

/** Questions that are asked beside each other. */
const BESIDE = 16;

/** Logical ids of the resources of the stack that are gone. CloudFormation would not look. */
export async function goneResources(
  { ledger }: Pick<ExecutionParts, 'ledger'>,
  contextOf: (logicalId: string) => ResourceContext,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  const waiting = ledger.resources.values();
  const ask = async (): Promise<void> => {
    for (const resource of waiting) {
      if (!(await isThere(resource, contextOf(resource.logicalId)))) gone.add(resource.logicalId);
    }
  };
  await Promise.all(Array.from({ length: BESIDE }, ask));
  return gone;
}

async function isThere({ type, made }: StackResource, context: ResourceContext): Promise<boolean> {
  try {
    return (await resourceType(type)?.exists?.(made, context)) ?? true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
