// API keys, usage plans and what has been used of them: records with the member names of API Gateway v1, and the port of the data plane.
import type { StringMap } from './records.ts';
import type { Stage } from './stage.ts';

/** An API key. AWS: apigateway `ApiKey`; dates are epoch milliseconds. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly value: string;
  readonly name?: string;
  readonly description?: string;
  readonly customerId?: string;
  readonly enabled: boolean;
  readonly createdDate: number;
  readonly lastUpdatedDate: number;
  /** `apiId/stage`, kept as given; usage plans decide where a key is good. */
  readonly stageKeys: readonly string[];
  readonly tags: StringMap;
}

/** AWS: apigateway `ThrottleSettings`. */
export interface UsageThrottle {
  readonly burstLimit?: number;
  readonly rateLimit?: number;
}

/** Length of a quota's period, by the calendar in UTC. */
export type QuotaPeriod = 'DAY' | 'WEEK' | 'MONTH';

/** AWS: apigateway `QuotaSettings`. `offset` is taken off the limit in the period in which the plan was made. */
export interface UsageQuota {
  readonly limit: number;
  readonly offset: number;
  readonly period: QuotaPeriod;
}

/** A stage that a plan is for. AWS: apigateway `ApiStage`; the throttles of a WebSocket stage go by route key. */
export interface UsageStage {
  readonly apiId: string;
  readonly stage: string;
  readonly throttle?: Readonly<Record<string, UsageThrottle>>;
}

/** A usage plan. AWS: apigateway `UsagePlan`. */
export interface UsagePlanRecord {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly apiStages: readonly UsageStage[];
  readonly throttle?: UsageThrottle;
  readonly quota?: UsageQuota;
  readonly productCode?: string;
  readonly tags: StringMap;
  /** Epoch milliseconds. */
  readonly createdDate: number;
}

/** What a key has used of a plan on one day in UTC. */
export interface UsageDay {
  readonly used: number;
  /** What UpdateUsage has granted beyond the quota on this day; below 0 when it took something away. */
  readonly granted: number;
  /** The parts of `used` by who counted them; what is missing to it was counted before parts were kept. */
  readonly by?: Readonly<Record<string, number>>;
}

/**
 * Uses by who counted them, a running process each. Each only grows, so two tallies of one thing are joined by the greater
 * of each: what is told twice is not counted twice.
 */
export type UsageTally = ReadonlyMap<string, number>;

/** What a writer wants counted. */
export interface UsageClaim {
  readonly writer: string;
  /** What the writer has counted so far, as it knows. */
  readonly own: number;
  readonly wanted: number;
  /** Most that all writers together may have counted. */
  readonly allowance: number;
}

/** How many of a claim were counted, and what its writer has counted now. */
export interface UsageGrant {
  readonly granted: number;
  readonly own: number;
}

/**
 * Counts by name, for all who share them, while they run; the store keeps them beyond. `take` and `join` are one step
 * each. They answer at once unless somebody else has to be asked, and reject with `CountsUnavailableError` while that
 * one cannot be reached; then nobody knows whether it was counted, and joining `own` later makes it good.
 */
export interface UsageCounts {
  /**
   * Joins `own`, then counts as many of `wanted` as keep within `allowance`. `undefined`, and nothing is counted: nothing
   * is known under this name, so that what the store knows has to be joined first.
   */
  take(name: string, claim: UsageClaim): UsageGrant | undefined | Promise<UsageGrant | undefined>;
  /** Joins a tally, be it an empty one, to what is known; answers all that is known then. */
  join(name: string, tally: UsageTally): UsageTally | Promise<UsageTally>;
  /** Calls `listener` when they can be reached again after they were away. Absent: they are never away. */
  onBack?(listener: () => void): void;
}

/** A key in a plan of a region. */
export interface PlanKey {
  readonly region: string;
  readonly planId: string;
  readonly keyId: string;
}

/** What a pipeline has learned of a client by its key: `apiKey` and `apiKeyId` of `$context.identity`. */
export interface KeyIdentity {
  readonly apiKey: string;
  readonly apiKeyId: string;
}

/** Checks and counts the API keys of clients; compiled plans, in memory. */
export interface ApiKeyGate {
  /**
   * Resolves when the client with the key `value` may use `routeKey` of `stage`, which then is counted. Rejects with
   * `GatewayError`: INVALID_API_KEY, THROTTLED, QUOTA_EXCEEDED.
   */
  admit(stage: Stage, routeKey: string, value: string | undefined): Promise<KeyIdentity>;
}
