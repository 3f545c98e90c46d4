// What the control plane's handlers are built on, handed over by services/node.ts.
import type { ObjectSource } from '#shared/integration/objects.ts';
import type { Bus } from '#shared/model/bus.ts';
import type { IdentityMaker, Sealer } from '#shared/model/certificates.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { LiveStage, Snapshot, StageChanged } from '#shared/model/snapshot.ts';
import type { BlobStore, ResourceStore } from '#shared/model/store.ts';
import type { PlanKey } from '#shared/model/usage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { DomainChanged } from '#shared/stage/domains.ts';
import type { UsageChanged } from '#shared/stage/usage/changes.ts';
import type { Logger } from '#shared/runtime/logger.ts';

/** Back ends and settings of the control plane. */
export interface ControlDeps {
  readonly store: ResourceStore;
  readonly blobs: BlobStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Objects of S3 buckets: truststores. */
  readonly objects: ObjectSource;
  /** Makes what client certificates are of. */
  readonly newIdentity: IdentityMaker;
  /** Seals their keys. */
  readonly sealer: Sealer;
  /**
   * Compiles `snapshot` as the stage `live` and throws it away; throws `DefinitionError` for what can never run.
   * Nothing is invoked or connected.
   */
  prove(live: LiveStage, snapshot: Snapshot): void;
  /**
   * Resolves when this node's data plane has taken in a change, so that a client which has its answer meets its own
   * change here. Absent: the answer does not wait.
   */
  applied?(change: StageChanged): Promise<void>;
  /** The same for a custom domain and its mappings. */
  domainApplied?(change: DomainChanged): Promise<void>;
  /** The same for API keys and usage plans. */
  usageApplied?(change: UsageChanged): Promise<void>;
  /**
   * Writes what this node has counted of usage plans, and what all nodes together have counted of `keys`, so that what is
   * read then is true. Absent: nothing is counted here.
   */
  flushUsage?(keys: readonly PlanKey[]): Promise<void>;
}
