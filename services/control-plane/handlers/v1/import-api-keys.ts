// ImportApiKeys: keys from a CSV file, into the plans that it names (AWS guide: api-key-file-format).
import { ServiceError } from '#shared/aws-api/service-error.ts';
import type { ControlContext } from '#shared/model/control.ts';
import type { Write } from '#shared/model/store.ts';
import type { ApiKeyRecord } from '#shared/model/usage.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { apiKeyRecordKey } from '#shared/store/keys.ts';
import { parseKeyFile, type KeyRow } from '../../definitions/key-file.ts';
import type { UsageEdit } from '../../definitions/usage-edits.ts';
import { keyIdOf, needKey, newKeyWrites } from '../../definitions/usage-records.ts';
import { badRequest } from '../../faults.ts';
import type { V1Operation } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';
import { keyFlaw } from './key-view.ts';
import { linkKey } from './usage-plan-keys.ts';

/**
 * Every row is an edit of its own: a value that is there already has its key overwritten. Rows that cannot be taken are
 * warnings; with `failOnWarnings` a file that has such rows by itself changes nothing.
 */
export const importApiKeys: V1Operation<'ImportApiKeys'> = async (plane, input, context) => {
  if (input.format !== 'csv') throw badRequest('Invalid API Key file format specified');
  const file = parseKeyFile(Buffer.from(input.body).toString());
  if (file.fault !== undefined) throw badRequest(file.fault);
  const flawed = file.rows.flatMap((row) => rowFlaw(row) ?? []);
  if (flawed.length > 0 && input.failOnWarnings === true) throw badRequest(flawed.join('; '));
  const ids: string[] = [];
  const warnings = [...flawed];
  for (const row of file.rows.filter((one) => rowFlaw(one) === undefined)) {
    const id = await importRow(plane, context, row);
    ids.push(id);
    warnings.push(...(await joinPlans(plane, context, { row, id })));
  }
  return { ids, warnings };
};

/** Values do not go into warnings. */
function rowFlaw({ line, name, key, description }: KeyRow): string | undefined {
  const flaw =
    name === undefined || key === undefined
      ? 'Name and Key are needed'
      : keyFlaw({ name, value: key, description });
  return flaw === undefined ? undefined : `Line ${line}: ${flaw}`;
}

function importRow(plane: UsagePlane, context: ControlContext, row: KeyRow): Promise<string> {
  return plane.edits.edit(context, async (): Promise<UsageEdit<string>> => {
    const { store, clock } = plane.deps;
    const { name, description, enabled, key: value = '' } = row;
    const members = { ...(name && { name }), ...(description && { description }), enabled };
    const known = await keyIdOf(store, context, value);
    const old = known === undefined ? undefined : await needKey(store, context, known);
    const now = clock.now();
    const blank = { id: newResourceId(10), value, createdDate: now, stageKeys: [], tags: {} };
    const record: ApiKeyRecord = { ...(old ?? blank), ...members, lastUpdatedDate: now };
    const { id } = record;
    const overwrite: Write = {
      op: 'put',
      key: apiKeyRecordKey(context.region, id),
      value: record,
    };
    const writes = old === undefined ? newKeyWrites(context, record) : [overwrite];
    return { writes, changed: [{ kind: 'key', id }], result: id };
  });
}

/** What kept the key out of plans. */
async function joinPlans(
  plane: UsagePlane,
  context: ControlContext,
  { row, id }: { readonly row: KeyRow; readonly id: string },
): Promise<string[]> {
  const warnings: string[] = [];
  for (const planId of row.planIds) {
    try {
      await linkKey(plane, context, { planId, keyId: id, again: true });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      warnings.push(`Line ${row.line}: plan ${planId}: ${error.message}`);
    }
  }
  return warnings;
}
