// What a deployment freezes, and what a stage has live beside it: the two inputs of compiling a stage.
import type {
  ApiRecord,
  AuthorizerRecord,
  IntegrationRecord,
  IntegrationResponseRecord,
  ModelRecord,
  ProtocolType,
  RouteRecord,
  RouteResponseRecord,
  StageRecord,
} from './records.ts';

/** All definitions of an api at the moment of a deployment. JSON; immutable; kept in the blob store under its hash. */
export interface Snapshot {
  readonly api: ApiRecord;
  readonly routes: readonly RouteRecord[];
  readonly routeResponses: readonly RouteResponseRecord[];
  readonly integrations: readonly IntegrationRecord[];
  readonly integrationResponses: readonly IntegrationResponseRecord[];
  readonly models: readonly ModelRecord[];
  readonly authorizers: readonly AuthorizerRecord[];
}

/**
 * A stage as the data plane reads it: partition `live`, sort `{apiId}/{stageName}` (see `keys.ts` of the store).
 * Written in the same commit as the stage's own record, announced on the bus as `stage.changed`.
 */
export interface LiveStage {
  readonly apiId: string;
  readonly region: string;
  readonly accountId: string;
  readonly protocol: ProtocolType;
  readonly stage: StageRecord;
  /** Blob hash of the snapshot served; absent while the stage has no deployment. */
  readonly snapshot?: string;
  /** Version of the api's record that the last automatic deployment left: while it has this, nothing is undeployed. */
  readonly apiVersion?: number;
}

/** Bus message of topic `stage.changed`; the receiver reads the live record again (absent: the stage was deleted). */
export interface StageChanged {
  readonly apiId: string;
  readonly stageName: string;
}
