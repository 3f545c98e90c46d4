// All API keys and usage plans in memory: loaded from the store, followed by announcements, asked with every client that must show a key.
import { GatewayError } from '#shared/exchange/errors.ts';
import type { Bus } from '#shared/model/bus.ts';
import type { Stage } from '#shared/model/stage.ts';
import type { ResourceStore } from '#shared/model/store.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import type {
  ApiKeyGate,
  ApiKeyRecord,
  KeyIdentity,
  PlanKey,
  UsagePlanRecord,
} from '#shared/model/usage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import {
  API_KEYS,
  apiKeyRecordKey,
  planKeyKey,
  USAGE_PLAN_KEYS,
  USAGE_PLANS,
  usagePlanKey,
} from '#shared/store/keys.ts';
import { hashOfKey } from '#shared/store/key-hash.ts';
import { Follower } from '../follower.ts';
import { USAGE_CHANGED, type UsageChanged } from './changes.ts';
import { compilePlan, type CompiledPlan } from './compiled-plan.ts';
import type { UsageLedger } from './ledger.ts';

/** What the plans are made of. */
export interface UsagePlanOptions {
  readonly store: ResourceStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limiter: RateLimiter;
  readonly ledger: UsageLedger;
}

/** A key without its value, which only its hash stands for: nothing here can tell or compare it. */
interface LiveKey {
  readonly id: string;
  readonly hash: string;
  readonly enabled: boolean;
}

/**
 * The keys and plans of all regions. `start` subscribes to changes, then loads; both may be called again. What was
 * written before a `refresh` is called is seen by it.
 */
export class UsagePlans implements ApiKeyGate {
  readonly #store: ResourceStore;
  readonly #logger: Logger;
  readonly #limiter: RateLimiter;
  readonly #ledger: UsageLedger;
  readonly #follower: Follower<UsageChanged>;
  /** Keys by `region#hash` and by `region#id`. */
  #byHash = new Map<string, LiveKey>();
  #byId = new Map<string, LiveKey>();
  /** Plans by `region#id`. */
  #plans = new Map<string, CompiledPlan>();
  /** Plans by `region#apiId/stage`. */
  #byStage = new Map<string, CompiledPlan[]>();
  #turn: Promise<void> = Promise.resolve();

  constructor(options: UsagePlanOptions) {
    this.#store = options.store;
    this.#logger = options.logger;
    this.#limiter = options.limiter;
    this.#ledger = options.ledger;
    this.#follower = new Follower<UsageChanged>({
      ...options,
      topic: USAGE_CHANGED,
      members: ['kind', 'region', 'id'],
      refresh: (change) => this.refresh(change),
      reload: () => this.load(),
    });
  }

  /** Rejects when bus or store cannot be reached. */
  async start(): Promise<void> {
    await this.#follower.start();
    await this.load();
  }

  /** Ends following; flushes what was counted. */
  async stop(): Promise<void> {
    await this.#follower.stop();
    await this.#ledger.stop();
  }

  /** Reads all keys and plans again. */
  load(): Promise<void> {
    return this.#inTurn(() => this.#load());
  }

  /** Reads one record again. */
  refresh({ kind, region, id }: UsageChanged): Promise<void> {
    const [first = '', second = ''] = id.split('#');
    switch (kind) {
      case 'key':
        return this.#inTurn(() => this.#refreshKey(region, id));
      case 'plan':
        return this.#inTurn(() => this.#refreshPlan(region, id));
      case 'link':
        return this.#inTurn(() => this.#refreshLink({ region, planId: first, keyId: second }));
      case 'usage':
        return this.#ledger.refresh({ region, planId: first, keyId: second });
    }
  }

  async admit(stage: Stage, routeKey: string, value: string | undefined): Promise<KeyIdentity> {
    if (value === undefined || value === '') throw refused('the client shows no API key');
    const { region, apiId, name } = stage;
    const key = this.#byHash.get(`${region}#${hashOfKey(value)}`);
    if (key === undefined) throw refused('the API key is not known');
    if (!key.enabled) throw refused(`API key ${key.id} is disabled`);
    const at = `${apiId}/${name}`;
    const plan = this.#byStage.get(`${region}#${at}`)?.find(({ keys }) => keys.has(key.id));
    if (plan === undefined) {
      throw refused(`No Usage Plan found for API key ${key.id} and API Stage ${at}`);
    }
    await this.#limit(plan, key.id, { at, routeKey });
    await this.#countUse(plan, key.id);
    return { apiKey: value, apiKeyId: key.id };
  }

  /** The route's own rate, then the plan's over all of its stages; both are per key. */
  async #limit(
    { id, region, stages, rate }: CompiledPlan,
    keyId: string,
    { at, routeKey }: { readonly at: string; readonly routeKey: string },
  ): Promise<void> {
    const name = `plan#${region}#${id}#${keyId}`;
    const own = stages.get(at)?.get(routeKey);
    const passed =
      (own === undefined || (await this.#limiter.take(`${name}#${at}/${routeKey}`, own))) &&
      (rate === undefined || (await this.#limiter.take(name, rate)));
    if (passed) return;
    throw new GatewayError('THROTTLED', `API key ${keyId} is over the rate of usage plan ${id}`);
  }

  /** A count that cannot be read lets clients in, as AWS's does (guide: api-gateway-api-usage-plans). */
  async #countUse({ id, region, quota }: CompiledPlan, keyId: string): Promise<void> {
    let hasRoom = true;
    try {
      hasRoom = await this.#ledger.take({ region, planId: id, keyId }, quota);
    } catch (error) {
      const fields = { planId: id, keyId, error };
      this.#logger.error('Usage Plan check failed due to an internal error', fields);
    }
    if (hasRoom) return;
    throw new GatewayError('QUOTA_EXCEEDED', `API key ${keyId} has used up usage plan ${id}`);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // its caller's news
    await turn;
  }

  async #load(): Promise<void> {
    const keys = await this.#store.list<ApiKeyRecord>(API_KEYS);
    const plans = await this.#store.list<UsagePlanRecord>(USAGE_PLANS);
    const links = await this.#store.list<PlanKey>(USAGE_PLAN_KEYS);
    const inPlan = Map.groupBy(links.items, ({ value }) => `${value.region}#${value.planId}`);
    this.#byHash = new Map();
    this.#byId = new Map();
    for (const { key, value } of keys.items) this.#putKey(regionOf(key.sort), value);
    this.#plans = new Map(
      plans.items.map(({ key: { sort }, value }) => {
        const ids = new Set((inPlan.get(sort) ?? []).map((link) => link.value.keyId));
        return [sort, compilePlan(value, { region: regionOf(sort), keys: ids })];
      }),
    );
    this.#index();
  }

  async #refreshKey(region: string, id: string): Promise<void> {
    const found = await this.#store.get<ApiKeyRecord>(apiKeyRecordKey(region, id));
    const old = this.#byId.get(`${region}#${id}`);
    if (old !== undefined) {
      this.#byId.delete(`${region}#${id}`);
      this.#byHash.delete(`${region}#${old.hash}`);
    }
    if (found !== undefined) this.#putKey(region, found.value);
  }

  async #refreshPlan(region: string, id: string): Promise<void> {
    const found = await this.#store.get<UsagePlanRecord>(usagePlanKey(region, id));
    const name = `${region}#${id}`;
    const keys = this.#plans.get(name)?.keys ?? (await this.#keysOf(`${name}#`));
    if (found === undefined) this.#plans.delete(name);
    else this.#plans.set(name, compilePlan(found.value, { region, keys }));
    this.#index();
  }

  /** The keys of a plan that was not known: links may have been announced before it, by other nodes. */
  async #keysOf(prefix: string): Promise<Set<string>> {
    const { items } = await this.#store.list<PlanKey>(USAGE_PLAN_KEYS, { prefix });
    return new Set(items.map(({ value }) => value.keyId));
  }

  async #refreshLink({ region, planId, keyId }: PlanKey): Promise<void> {
    const found = await this.#store.get(planKeyKey(region, planId, keyId));
    const keys = this.#plans.get(`${region}#${planId}`)?.keys;
    if (found === undefined) keys?.delete(keyId);
    else keys?.add(keyId);
  }

  #putKey(region: string, { id, value, enabled }: ApiKeyRecord): void {
    const key: LiveKey = { id, enabled, hash: hashOfKey(value) };
    this.#byId.set(`${region}#${id}`, key);
    this.#byHash.set(`${region}#${key.hash}`, key);
  }

  #index(): void {
    this.#byStage = new Map();
    for (const plan of this.#plans.values()) {
      for (const stage of plan.stages.keys()) {
        const name = `${plan.region}#${stage}`;
        this.#byStage.set(name, [...(this.#byStage.get(name) ?? []), plan]);
      }
    }
  }
}

const refused = (detail: string): GatewayError => new GatewayError('INVALID_API_KEY', detail);

const regionOf = (sort: string): string => sort.slice(0, sort.indexOf('#'));
