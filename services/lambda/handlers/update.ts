// UpdateFunctionCode and UpdateFunctionConfiguration.
import { randomUUID } from 'node:crypto';
import { configurationOf, SETTLED, updatedRecord, UPDATING } from '../configuration.ts';
import { checkChoice } from '../constraints.ts';
import { checkRevision, requireFunction, retried } from '../deps.ts';
import type { HandlerDeps } from '../deps.ts';
import { notImplemented } from '../faults.ts';
import type { FunctionRecord } from '../function-record.ts';
import type { LambdaHandlers } from '../model.ts';
import { checkedZip, storeCode } from './zip.ts';

/** Handlers that change functions. Both serve the new revision on this node before they answer. */
export function updateHandlers(
  deps: HandlerDeps,
): Pick<LambdaHandlers, 'UpdateFunctionCode' | 'UpdateFunctionConfiguration'> {
  return {
    UpdateFunctionCode: async (input, context) => {
      if (input.Publish === true) throw notImplemented('Publishing a version');
      for (const one of input.Architectures ?? []) {
        checkChoice('architectures', one, ['arm64', 'x86_64']);
      }
      checkedZip(input);
      return retried(async () => {
        const { ref, stored } = await requireFunction(deps, input, context);
        checkRevision(input.RevisionId, stored.record.RevisionId);
        if (input.DryRun === true)
          return configurationOf(stored.record, context.accountId, SETTLED);
        const record: FunctionRecord = {
          ...stored.record,
          ...(await storeCode(deps, input, ref)),
          Architectures: input.Architectures ?? stored.record.Architectures,
          LastModified: deps.now(),
          RevisionId: randomUUID(),
        };
        await deps.functions.put(record, stored.version);
        await deps.registry.refresh(ref);
        return configurationOf(record, context.accountId, UPDATING);
      });
    },
    UpdateFunctionConfiguration: async (input, context) =>
      retried(async () => {
        const { ref, stored } = await requireFunction(deps, input, context);
        checkRevision(input.RevisionId, stored.record.RevisionId);
        const record = updatedRecord(stored.record, input, deps.now());
        await deps.functions.put(record, stored.version);
        await deps.registry.refresh(ref);
        return configurationOf(record, context.accountId, UPDATING);
      }),
  };
}
