// Compiles a snapshot and its stage's live settings to what the data plane runs.
import type { Authenticate } from '#shared/model/authorizer.ts';
import type { IdentityFinder } from '#shared/model/certificates.ts';
import type { Invoker } from '#shared/model/functions.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { StringMap } from '#shared/model/records.ts';
import type { LiveStage, Snapshot } from '#shared/model/snapshot.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import type { ServiceDirectory } from '#shared/integration/services.ts';
import type { ObservationDeps } from './observers/observers.ts';
import { stageThrottles } from './throttles.ts';
import { compileWebSocketStage } from './websocket.ts';

export { closeStage } from './close.ts';

/** What compiled stages need of the node. */
export interface StageDeps extends ObservationDeps {
  readonly invoker: Invoker;
  /** Verifies the clients of routes with AWS_IAM. */
  readonly authenticate: Authenticate;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Where AWS services answer. */
  readonly services: ServiceDirectory;
  /** Origins of private back ends (`http://10.0.0.7:8080`) by the ids of VPC links. */
  readonly vpcLinks: StringMap;
  /** What stages with a client certificate show to HTTPS back ends. */
  readonly findIdentity: IdentityFinder;
}

/**
 * Compiles a stage. Opens nothing: pools are made by the first call. Throws `DefinitionError`, naming the route or
 * integration, for definitions that can never run; stage variables that are missing fail their calls instead.
 */
export function compileStage(live: LiveStage, snapshot: Snapshot, deps: StageDeps): Stage {
  const { apiId, region, accountId, protocol, stage } = live;
  const base: Stage = {
    apiId,
    region,
    accountId,
    protocol,
    name: stage.StageName,
    deploymentId: stage.DeploymentId ?? '',
    variables: stage.StageVariables,
  };
  return protocol === 'WEBSOCKET'
    ? compileWebSocketStage(
        { ...base, throttles: stageThrottles(base, stage, deps.limits) },
        { snapshot, settings: stage },
        deps,
      )
    : base;
}
