// All operations of API Gateway v2 that are built, bound to the back ends they work on.
import { ApiEdits } from '../../definitions/api-edits.ts';
import { UsageEdits } from '../../definitions/usage-edits.ts';
import { AutoDeploy } from '../../deployments/auto-deploy.ts';
import type { ControlDeps } from '../../deps.ts';
import type { V2Handlers } from '../../model.ts';
import type { V2Operation, V2Operations } from '../../operation.ts';
import type { Plane } from '../../plane.ts';
import { API_OPERATIONS } from './apis.ts';
import { AUTHORIZER_OPERATIONS } from './authorizers.ts';
import { DEPLOYMENT_OPERATIONS } from './deployments.ts';
import { DOMAIN_OPERATIONS } from './domain-names.ts';
import { INTEGRATION_RESPONSE_OPERATIONS } from './integration-responses.ts';
import { INTEGRATION_OPERATIONS } from './integrations.ts';
import { MAPPING_OPERATIONS } from './api-mappings.ts';
import { MODEL_OPERATIONS } from './models.ts';
import { ROUTE_RESPONSE_OPERATIONS } from './route-responses.ts';
import { ROUTE_OPERATIONS } from './routes.ts';
import { STAGE_SETTING_OPERATIONS } from './stage-settings.ts';
import { STAGE_OPERATIONS } from './stages.ts';
import { TAG_OPERATIONS } from './tags.ts';

const OPERATIONS: V2Operations = {
  ...API_OPERATIONS,
  ...ROUTE_OPERATIONS,
  ...ROUTE_RESPONSE_OPERATIONS,
  ...INTEGRATION_OPERATIONS,
  ...INTEGRATION_RESPONSE_OPERATIONS,
  ...MODEL_OPERATIONS,
  ...AUTHORIZER_OPERATIONS,
  ...DEPLOYMENT_OPERATIONS,
  ...STAGE_OPERATIONS,
  ...STAGE_SETTING_OPERATIONS,
  ...DOMAIN_OPERATIONS,
  ...MAPPING_OPERATIONS,
  ...TAG_OPERATIONS,
};

/** The control plane of a node. */
export interface ControlPlane {
  readonly handlers: V2Handlers;
  /**
   * Makes the automatic deployments that a crash between an edit and its deployment has left out. To be called once
   * the store can be reached; rejects when it cannot.
   */
  resume(): Promise<void>;
}

/** The control plane on `deps`. One call per node: edits of an api wait for each other within the result. */
export function controlPlane(
  deps: ControlDeps,
  usageEdits: UsageEdits = new UsageEdits(deps),
): ControlPlane {
  const edits = new ApiEdits(deps.store);
  const plane: Plane = { deps, edits, usageEdits, autoDeploy: new AutoDeploy(deps, edits) };
  return { handlers: boundTo(plane), resume: () => plane.autoDeploy.resume() };
}

function boundTo(plane: Plane): V2Handlers {
  const bound = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    (...[input, context]: Tail<V2Operation<'GetApi'>>) =>
      (operation as V2Operation<'GetApi'>)(plane, input, context),
  ]);
  // Each entry has the type of its name's operation; `fromEntries` cannot say so.
  return Object.fromEntries(bound) as V2Handlers;
}

type Tail<F> = F extends (first: never, ...rest: infer Rest) => unknown ? Rest : never;
