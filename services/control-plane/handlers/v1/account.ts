// The account's settings (AWS: apigateway /account): the role for logs, which is kept, and the limits of the node.
import type { Limits } from '#shared/model/limits.ts';
import { accountKey } from '#shared/store/keys.ts';
import { applyPatches, type PatchRule } from '../../definitions/patch-operations.ts';
import { badRequest } from '../../faults.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';

/** What is kept of a region's account; logs need no role here (docs/parity.md). */
interface AccountRecord {
  readonly cloudwatchRoleArn?: string;
}

const USAGE_PLANS = 'UsagePlans';

/** As of accounts that have usage plans. */
const API_KEY_VERSION = '4';

const RULES: readonly PatchRule<AccountRecord>[] = [
  {
    path: '/cloudwatchRoleArn',
    ops: {
      replace: (_record, { value }) => {
        if (value === '') return {};
        if (/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(value)) return { cloudwatchRoleArn: value };
        throw badRequest('Invalid ARN specified in the request');
      },
    },
  },
  {
    path: '/features',
    ops: {
      add: (record, { value }) => {
        if (value === USAGE_PLANS) return record;
        throw badRequest(`Invalid feature specified: ${value}`);
      },
      remove: () => {
        throw badRequest('Usage Plans cannot be disabled once they are enabled');
      },
    },
  },
];

const getAccount: V1Operation<'GetAccount'> = async ({ deps }, _input, { region }) => {
  const found = await deps.store.get<AccountRecord>(accountKey(region));
  return view(found?.value ?? {}, deps.limits);
};

const updateAccount: V1Operation<'UpdateAccount'> = async (plane, { patchOperations }, context) => {
  const { deps, edits } = plane;
  const key = accountKey(context.region);
  const record = await edits.edit(context, async () => {
    const old = (await deps.store.get<AccountRecord>(key))?.value ?? {};
    const value = applyPatches(old, patchOperations, { rules: RULES, input: 'updateAccountInput' });
    return { writes: [{ op: 'put', key, value }], changed: [], result: value };
  });
  return view(record, deps.limits);
};

/** Without throttle settings where nothing is throttled. */
function view(record: AccountRecord, { requestsPerSecond, requestBurst }: Limits) {
  return {
    ...record,
    ...(requestsPerSecond !== Infinity && {
      throttleSettings: { burstLimit: requestBurst, rateLimit: requestsPerSecond },
    }),
    features: [USAGE_PLANS],
    apiKeyVersion: API_KEY_VERSION,
  };
}

/** Operations of this file. */
export const ACCOUNT_OPERATIONS = {
  GetAccount: getAccount,
  UpdateAccount: updateAccount,
} satisfies Partial<V1Operations>;
