// All stages of this node in memory: loaded from the store, swapped whole when they change, found by address.
import type { Bus } from '#shared/model/bus.ts';
import type { LiveStage, Snapshot, StageChanged } from '#shared/model/snapshot.ts';
import type { Stage, StageMatch, StageSource } from '#shared/model/stage.ts';
import type { BlobStore, ResourceStore, StoredResource } from '#shared/model/store.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { LIVE_STAGES, liveStageKey } from '#shared/store/keys.ts';
import { domainNameOfHost, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import type { CustomDomains } from './domains.ts';
import { Follower } from './follower.ts';
import { Lanes } from './lanes.ts';
import { decodeSnapshot } from './snapshot.ts';

/** Bus topic on which changes of stages are announced; messages are JSON of `StageChanged`. */
export const STAGE_CHANGED = 'stage.changed';

/** What the source is made of. */
export interface StageSourceOptions {
  readonly store: ResourceStore;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws `DefinitionError` for what can never run. Called beside the old stage, which goes on serving. */
  readonly compile: (live: LiveStage, snapshot: Snapshot) => Stage;
  /** Called with a stage that no new exchange will get any more; exchanges already running still use it. */
  readonly retire?: (stage: Stage) => void;
  /** `canonicalSuffix` of the gateway; asked for after it listens. */
  readonly domainSuffix: () => string;
  /** Absent: no custom domain is served. Started and stopped by its owner. */
  readonly domains?: CustomDomains;
}

interface Entry {
  readonly version: number;
  /** Absent while the stage has no deployment. */
  readonly stage?: Stage;
  readonly closed?: boolean;
  /** Domain name of the path form, made when first asked for. */
  domainName?: string;
}

const DEFAULT_STAGE = '$default';
const LOADS_AT_ONCE = 16;

/**
 * The node's stages. `start` subscribes to changes, then loads; after a failed `start`, or when messages may have been
 * missed, `start` or `load` may be called again: they only touch what has changed.
 */
export class LiveStageSource implements StageSource {
  readonly #options: StageSourceOptions;
  readonly #apis = new Map<string, Map<string, Entry>>();
  readonly #lanes = new Lanes();
  readonly #listeners: ((apiId: string, stageName: string) => void)[] = [];
  /** Records that a load has listed and a lane has not used yet. */
  readonly #listed = new Map<string, StoredResource<LiveStage>>();
  /** Stages asked for since the last load began: what it lists of them may be old. */
  readonly #asked = new Set<string>();
  readonly #follower: Follower<StageChanged>;

  constructor(options: StageSourceOptions) {
    this.#options = options;
    const { bus, clock, logger } = options;
    this.#follower = new Follower<StageChanged>({
      ...{ bus, clock, logger, topic: STAGE_CHANGED, members: ['apiId', 'stageName'] },
      refresh: ({ apiId, stageName }) => this.refresh(apiId, stageName),
      reload: () => this.load(),
    });
  }

  /** Subscribes and loads. Rejects when bus or store cannot be reached. */
  async start(): Promise<void> {
    await this.#follower.start();
    await this.load();
  }

  /** Ends the subscription; what is loaded keeps resolving. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  resolve(host: string, path: string): StageMatch | undefined {
    const address = parseAddress(host, path);
    if (address === undefined) return this.#byDomain(host, path);
    const stages = this.#apis.get(address.apiId);
    if (stages === undefined) return undefined;
    const entry = stages.get(address.stageName) ?? stages.get(decoded(address.stageName));
    if (entry !== undefined) return this.#match(entry, host, address, address.rest);
    const fallback = stages.get(DEFAULT_STAGE);
    // An HTTP API's `$default` stage has no segment; a WebSocket API's stage always has one.
    if (fallback?.stage === undefined || fallback.stage.protocol === 'WEBSOCKET') return undefined;
    return this.#match(fallback, host, address, `/${address.stageName}${address.rest}`);
  }

  get(apiId: string, stageName: string): Stage | undefined {
    return this.#apis.get(apiId)?.get(stageName)?.stage;
  }

  onDeleted(listener: (apiId: string, stageName: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes in everything that differs from what is held, deletions too. Rejects when the store fails. */
  async load(): Promise<void> {
    this.#asked.clear();
    const { items } = await this.#options.store.list<LiveStage>(LIVE_STAGES);
    const stale = items.filter(({ value, version }) => this.#entry(value)?.version !== version);
    const present = new Set(items.map(({ key }) => key.sort));
    const gone = [...this.#names()].filter((name) => !present.has(sortKey(name)));
    for (let at = 0; at < stale.length; at += LOADS_AT_ONCE) {
      await allOf(stale.slice(at, at + LOADS_AT_ONCE).map((record) => this.#take(record)));
    }
    await allOf(gone.map(({ apiId, stageName }) => this.refresh(apiId, stageName)));
  }

  /**
   * Reads a stage again and swaps it; sees whatever was written before the call. A snapshot that does not compile is
   * logged and leaves the old stage serving. Rejects when the store fails.
   */
  refresh(apiId: string, stageName: string): Promise<void> {
    const name = { apiId, stageName };
    this.#asked.add(sortKey(name));
    this.#listed.delete(sortKey(name));
    return this.#lanes.run(sortKey(name), () => this.#reload(name));
  }

  #take(record: StoredResource<LiveStage>): Promise<void> {
    const name = { apiId: record.value.apiId, stageName: record.value.stage.StageName };
    if (!this.#asked.has(sortKey(name))) this.#listed.set(sortKey(name), record);
    return this.#lanes.run(sortKey(name), () => this.#reload(name));
  }

  async #reload(name: StageChanged): Promise<void> {
    const record = await this.#read(name);
    if (record === undefined) return this.#remove(name);
    const entry = await this.#build(record);
    if (entry !== undefined) this.#swap(name, entry);
  }

  async #read(name: StageChanged): Promise<StoredResource<LiveStage> | undefined> {
    const listed = this.#listed.get(sortKey(name));
    this.#listed.delete(sortKey(name));
    const held = this.#apis.get(name.apiId)?.get(name.stageName)?.version ?? 0;
    if (listed !== undefined && listed.version > held) return listed;
    return this.#options.store.get<LiveStage>(liveStageKey(name.apiId, name.stageName));
  }

  /** The new entry, or `undefined` when it cannot be made and the old one stays. */
  async #build({ value: live, version }: StoredResource<LiveStage>): Promise<Entry | undefined> {
    if (live.snapshot === undefined) return { version };
    const bytes = await this.#options.blobs.get(live.snapshot);
    try {
      if (bytes === undefined) throw new Error(`snapshot ${live.snapshot} is not in the store`);
      const snapshot = decodeSnapshot(bytes);
      const stage = this.#options.compile(live, snapshot);
      return { version, stage, closed: snapshot.api.DisableExecuteApiEndpoint };
    } catch (error) {
      const fields = { apiId: live.apiId, stage: live.stage.StageName, error };
      this.#options.logger.error('a stage cannot be compiled and stays as it was', fields);
      return undefined;
    }
  }

  #swap({ apiId, stageName }: StageChanged, entry: Entry): void {
    const stages = this.#apis.get(apiId) ?? new Map<string, Entry>();
    this.#apis.set(apiId, stages);
    const old = stages.get(stageName)?.stage;
    stages.set(stageName, entry);
    if (old !== undefined) this.#options.retire?.(old);
  }

  #remove({ apiId, stageName }: StageChanged): void {
    const stages = this.#apis.get(apiId);
    const entry = stages?.get(stageName);
    if (stages === undefined || entry === undefined) return;
    stages.delete(stageName);
    if (stages.size === 0) this.#apis.delete(apiId);
    for (const listener of this.#listeners) listener(apiId, stageName);
    if (entry.stage !== undefined) this.#options.retire?.(entry.stage);
  }

  #match(entry: Entry, host: string, address: Address, path: string): StageMatch | undefined {
    const { stage } = entry;
    if (stage === undefined || entry.closed === true) return undefined;
    if (address.form === 'path') return { stage, path, domainName: this.#canonical(entry, stage) };
    if (address.region !== stage.region) return undefined;
    return { stage, path, domainName: domainNameOfHost(host) };
  }

  /** Disabled execute-api endpoints are what custom domains are used with. */
  #byDomain(host: string, path: string): StageMatch | undefined {
    const target = this.#options.domains?.find(host, path);
    if (target === undefined) return undefined;
    const stage = this.get(target.apiId, target.stageName);
    return (
      stage && {
        ...{ stage, path: target.rest, domainName: domainNameOfHost(host) },
        ...(target.lowersHeaderNames && { lowersHeaderNames: true }),
      }
    );
  }

  #canonical(entry: Entry, stage: Stage): string {
    entry.domainName ??= `${stage.apiId}.execute-api.${stage.region}.${this.#options.domainSuffix()}`;
    return entry.domainName;
  }

  #entry(live: LiveStage): Entry | undefined {
    return this.#apis.get(live.apiId)?.get(live.stage.StageName);
  }

  *#names(): Iterable<StageChanged> {
    for (const [apiId, stages] of this.#apis) {
      for (const stageName of stages.keys()) yield { apiId, stageName };
    }
  }
}

function sortKey({ apiId, stageName }: StageChanged): string {
  return liveStageKey(apiId, stageName).sort;
}

/** `$default` may come as `%24default`; what cannot be decoded names no stage. */
function decoded(stageName: string): string {
  return stageName.includes('%') ? stageName.replace(/%24/g, '$') : stageName;
}

/** Waits for all of them, then fails with the first failure. */
async function allOf(runs: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(runs);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
