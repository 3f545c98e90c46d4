// The v2 handlers over stores in memory, as a test's desk: call operations, look at records, make compiling fail.
import type {
  V1Handlers,
  V1Implemented,
  V1Input,
  V1Output,
  V2Handlers,
  V2Implemented,
  V2Input,
  V2Output,
} from '#services/control-plane/model.ts';
import type { ControlDeps } from '#services/control-plane/deps.ts';
import { v1Handlers } from '#services/control-plane/handlers/v1/handlers.ts';
import { controlPlane, type ControlPlane } from '#services/control-plane/handlers/v2/handlers.ts';
import type { PlanKey } from '#shared/model/usage.ts';
import { newClientIdentity } from '#services/edge/client-identity.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { ObjectError, type FoundObject, type ObjectAddress } from '#shared/integration/objects.ts';
import type { Bus } from '#shared/model/bus.ts';
import type { ControlContext } from '#shared/model/control.ts';
import { AWS_LIMITS, type Limits } from '#shared/model/limits.ts';
import type { LiveStage, Snapshot, StageChanged } from '#shared/model/snapshot.ts';
import type { ResourceStore, Write } from '#shared/model/store.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { compileStage } from '#shared/stage/compile.ts';
import type { UsageChanged } from '#shared/stage/usage/changes.ts';
import { decodeSnapshot } from '#shared/stage/snapshot.ts';
import { liveStageKey } from '#shared/store/keys.ts';
import { MemoryBlobStore, MemoryResourceStore } from './memory-store.ts';
import { testStageDeps } from './snapshot.ts';

/** ARN of a function for integrations and authorizers. */
export const FUNCTION_URI =
  'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:000000000000:function:chat/invocations';

const CONTEXT: Omit<ControlContext, 'region'> = {
  accountId: '000000000000',
  principal: { name: 'anonymous', accessKeyId: 'AKID' },
  requestId: 'r-1',
};

/** How a desk differs from AWS's numbers and one node. */
export interface DeskOptions {
  readonly limits?: Partial<Limits>;
  /** Another desk, to stand for a second node on the same data. */
  readonly beside?: ControlDesk;
  /** Wraps the store, to fail or delay. */
  readonly wrap?: (store: ResourceStore) => ResourceStore;
  /** Instead of a bus that works. */
  readonly bus?: Bus;
}

/** For `wrap`: commits are `commit`'s, reads the store's own. */
export const committing =
  (commit: (writes: readonly Write[], store: ResourceStore) => Promise<void>) =>
  (store: ResourceStore): ResourceStore => ({
    get: (key) => store.get(key),
    list: (partition, options) => store.list(partition, options),
    commit: (writes) => commit(writes, store),
  });

/** For `wrap`: another node does `work` between what the first commit has read and that commit. */
export function beforeFirstCommit(work: () => Promise<unknown>) {
  let isFirst = true;
  return committing(async (writes, store) => {
    if (isFirst) {
      isFirst = false;
      await work();
    }
    await store.commit(writes);
  });
}

/** Handlers, stores and a clock of one test. */
export class ControlDesk {
  readonly store: MemoryResourceStore;
  readonly blobs: MemoryBlobStore;
  readonly hub: MemoryHub;
  readonly clock = new TestClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  readonly plane: ControlPlane;
  /** Handlers of keys and usage plans over the same stores. */
  readonly v1: V1Handlers;
  /** Messages of `stage.changed`, oldest first. */
  readonly announced: StageChanged[] = [];
  /** Names in messages of `domain.changed`, oldest first. */
  readonly domains: string[] = [];
  /** Stages that the node was asked to apply, with what they served then. */
  readonly applied: { readonly stage: string; readonly snapshot: string | undefined }[] = [];
  /** Messages of `usage.changed`, oldest first. */
  readonly usage: UsageChanged[] = [];
  /** Changes of keys and plans that the node was asked to apply. */
  readonly usageApplied: UsageChanged[] = [];
  /** Of which keys the node was asked to write what was counted, call by call. */
  readonly flushes: (readonly PlanKey[])[] = [];
  /** Objects by `{bucket}/{key}`, with `?{version}` behind it where one is asked for. */
  readonly objects = new Map<string, string>();
  /** When set, every snapshot fails to compile with this text. */
  flaw: string | undefined;

  constructor({ limits = {}, beside, wrap = (store) => store, ...more }: DeskOptions = {}) {
    this.store = beside?.store ?? new MemoryResourceStore();
    this.blobs = beside?.blobs ?? new MemoryBlobStore(this.store);
    this.hub = beside?.hub ?? new MemoryHub();
    const bus = more.bus ?? new MemoryBus(this.hub, silentLogger);
    void bus.subscribe('stage.changed', (message) => {
      this.announced.push(JSON.parse(Buffer.from(message).toString()) as StageChanged);
    });
    void bus.subscribe('usage.changed', (message) => {
      this.usage.push(JSON.parse(Buffer.from(message).toString()) as UsageChanged);
    });
    void bus.subscribe('domain.changed', (message) => {
      const { domainName } = JSON.parse(Buffer.from(message).toString()) as { domainName: string };
      this.domains.push(domainName);
    });
    const deps: ControlDeps = {
      store: wrap(this.store),
      blobs: this.blobs,
      bus,
      clock: this.clock,
      limits: { ...AWS_LIMITS, ...limits },
      logger: silentLogger,
      usageApplied: async (change) => {
        await Promise.resolve(this.usageApplied.push(change));
      },
      flushUsage: async (keys) => {
        await Promise.resolve(this.flushes.push(keys));
      },
      objects: { read: async (_region, at) => this.#read(at) },
      newIdentity: newClientIdentity,
      sealer: {
        seal: (text, owner) => Buffer.from(`${owner} ${text}`).toString('base64'),
        open: (sealed) => sealed,
      },
      prove: (live, snapshot) => this.#prove(live, snapshot),
      applied: async ({ apiId, stageName }) => {
        const snapshot = (await this.live(apiId, stageName))?.snapshot;
        this.applied.push({ stage: stageName, snapshot });
      },
    };
    this.plane = controlPlane(deps);
    this.v1 = v1Handlers(deps);
  }

  get handlers(): V2Handlers {
    return this.plane.handlers;
  }

  /** Calls an operation as a request of `region` does. */
  call<Name extends V2Implemented>(
    name: Name,
    input: V2Input<Name>,
    region = 'eu-west-1',
  ): Promise<V2Output<Name>> {
    const context: ControlContext = { ...CONTEXT, region };
    // The handler of this name takes this input; a lookup by a type parameter cannot say so.
    const handler = this.handlers[name] as unknown as (
      input: V2Input<Name>,
      context: ControlContext,
    ) => Promise<V2Output<Name>>;
    return handler(input, context);
  }

  /** Calls an operation of v1 as a request of `region` does. */
  call1<Name extends V1Implemented>(
    name: Name,
    input: V1Input<Name>,
    region = 'eu-west-1',
  ): Promise<V1Output<Name>> {
    const handler = this.v1[name] as unknown as (
      input: V1Input<Name>,
      context: ControlContext,
    ) => Promise<V1Output<Name>>;
    return handler(input, { ...CONTEXT, region });
  }

  #read({ bucket, key, version }: ObjectAddress): FoundObject {
    const text = this.objects.get(`${bucket}/${key}${version === undefined ? '' : `?${version}`}`);
    if (text === undefined) throw new ObjectError(`the object ${key} does not exist`);
    return { bytes: Buffer.from(text), version: version ?? 'newest' };
  }

  /** What the data plane reads of a stage. */
  async live(apiId: string, stageName: string): Promise<LiveStage | undefined> {
    return (await this.store.get<LiveStage>(liveStageKey(apiId, stageName)))?.value;
  }

  /** The definitions that a stage serves. */
  async served(apiId: string, stageName: string): Promise<Snapshot | undefined> {
    const hash = (await this.live(apiId, stageName))?.snapshot;
    const bytes = hash === undefined ? undefined : await this.blobs.get(hash);
    return bytes === undefined ? undefined : decodeSnapshot(bytes);
  }

  /** A WebSocket API; answers its id. */
  async api(more: Partial<V2Input<'CreateApi'>> = {}): Promise<string> {
    const { ApiId } = await this.call('CreateApi', {
      Name: 'chat',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
      ...more,
    });
    return given(ApiId);
  }

  /** A route with a Lambda integration of its own; answers both ids. */
  async route(apiId: string, key: string): Promise<{ routeId: string; integrationId: string }> {
    const { IntegrationId } = await this.call('CreateIntegration', {
      ApiId: apiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: FUNCTION_URI,
    });
    const { RouteId } = await this.call('CreateRoute', {
      ApiId: apiId,
      RouteKey: key,
      Target: `integrations/${given(IntegrationId)}`,
    });
    return { routeId: given(RouteId), integrationId: given(IntegrationId) };
  }

  #prove(live: LiveStage, snapshot: Snapshot): void {
    if (this.flaw !== undefined) throw new DefinitionError(this.flaw);
    compileStage(live, snapshot, testStageDeps({ clock: this.clock }));
  }
}

/** `value`, which an operation must have answered. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an operation left out what it must answer');
  return value;
}
