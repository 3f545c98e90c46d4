// All operations of API Gateway v1 that are built, bound to the back ends they work on.
import type { ControlContext } from '#shared/model/control.ts';
import { UsageEdits } from '../../definitions/usage-edits.ts';
import type { ControlDeps } from '../../deps.ts';
import type { V1Handlers } from '../../model.ts';
import type { V1Operation, V1Operations } from '../../operation.ts';
import type { UsagePlane } from '../../plane.ts';
import { ACCOUNT_OPERATIONS } from './account.ts';
import { API_KEY_OPERATIONS } from './api-keys.ts';
import { CLIENT_CERTIFICATE_OPERATIONS } from './client-certificates.ts';
import { USAGE_PLAN_KEY_OPERATIONS } from './usage-plan-keys.ts';
import { USAGE_PLAN_OPERATIONS } from './usage-plans.ts';
import { USAGE_OPERATIONS } from './usage.ts';
import { V1_TAG_OPERATIONS } from './tags.ts';

const OPERATIONS: V1Operations = {
  ...ACCOUNT_OPERATIONS,
  ...API_KEY_OPERATIONS,
  ...CLIENT_CERTIFICATE_OPERATIONS,
  ...USAGE_PLAN_OPERATIONS,
  ...USAGE_PLAN_KEY_OPERATIONS,
  ...USAGE_OPERATIONS,
  ...V1_TAG_OPERATIONS,
};

/** The handlers on `deps`; `edits` as the control plane of v2 has them, so that edits of a region wait for each other. */
export function v1Handlers(
  deps: ControlDeps,
  edits: UsageEdits = new UsageEdits(deps),
): V1Handlers {
  const plane: UsagePlane = { deps, edits };
  const bound = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    (input: never, context: ControlContext) =>
      (operation as unknown as V1Operation<'GetApiKey'>)(plane, input, context),
  ]);
  // Each entry has the type of its name's operation; `fromEntries` cannot say so.
  return Object.fromEntries(bound) as V1Handlers;
}
