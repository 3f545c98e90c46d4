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
