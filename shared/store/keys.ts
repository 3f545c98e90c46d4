// Where each kind of record lies in the resource table; the only file that knows the layout.
import type { ResourceKey } from '#shared/model/store.ts';
import type { PlanKey } from '#shared/model/usage.ts';

/** Partition of a region's apis; sort key is the api id. */
export const apisOf = (region: string): string => `apis#${region}`;

/** An api's own record. */
export const apiKey = (region: string, apiId: string): ResourceKey => ({
  partition: apisOf(region),
  sort: apiId,
});

/** Holds an api id for the whole account, since the path form of an address has no region; value `{ region }`. */
export const apiIdKey = (apiId: string): ResourceKey => ({ partition: 'api-ids', sort: apiId });

/** Partition of everything that belongs to an api. */
export const partsOf = (apiId: string): string => `api#${apiId}`;

/** Kinds of an api's parts, as prefixes of their sort keys. */
export type ApiPart =
  | 'route'
  | 'route-response'
  | 'integration'
  | 'integration-response'
  | 'model'
  | 'authorizer'
  | 'deployment'
  | 'stage';

/** Prefix of the sort keys of one kind of part, optionally of one parent: `route-response#{routeId}#`. */
export const partPrefix = (part: ApiPart, parent?: string): string =>
  parent === undefined ? `${part}#` : `${part}#${parent}#`;

/** A part's record: `partKey(api, 'route', routeId)`, `partKey(api, 'route-response', routeId, id)`. */
export const partKey = (apiId: string, part: ApiPart, ...ids: readonly string[]): ResourceKey => ({
  partition: partsOf(apiId),
  sort: `${part}#${ids.join('#')}`,
});

/** Partition of all stages as the data plane reads them (`LiveStage`). */
export const LIVE_STAGES = 'live';

/** A stage as the data plane reads it. */
export const liveStageKey = (apiId: string, stageName: string): ResourceKey => ({
  partition: LIVE_STAGES,
  sort: `${apiId}/${stageName}`,
});

/** Partition of a region's custom domains; sort key is the domain name. */
export const domainsOf = (region: string): string => `domains#${region}`;

/** A custom domain. */
export const domainKey = (region: string, domainName: string): ResourceKey => ({
  partition: domainsOf(region),
  sort: domainName,
});

/** Holds a custom domain's name for the whole account: hosts tell no region; value `{ region }`. */
export const domainNameKey = (domainName: string): ResourceKey => ({
  partition: 'domain-names',
  sort: domainName,
});

/** Partition of the api mappings of a custom domain; sort key is the mapping id. */
export const mappingsOf = (domainName: string): string => `domain#${domainName}`;

/** Partition of all certificates; sort keys are `{region}#{certificateId}`, so that a node loads every region's with one query. */
export const CERTIFICATES = 'certificates';

/** A certificate. */
export const certificateKey = (region: string, id: string): ResourceKey => ({
  partition: CERTIFICATES,
  sort: `${region}#${id}`,
});

/** Written with every edit of a domain that names the certificate, so that it is never deleted under one. */
export const certificateUseKey = (region: string, id: string): ResourceKey => ({
  partition: `certificate-uses#${region}`,
  sort: id,
});

/** What a request for a certificate has led to, by its token and everything it asked for; value `{ id, at }`. */
export const certificateRequestKey = (region: string, hash: string): ResourceKey => ({
  partition: `certificate-requests#${region}`,
  sort: hash,
});

/** A region's settings for certificates. */
export const certificateSettingsKey = (region: string): ResourceKey => ({
  partition: 'certificate-settings',
  sort: region,
});

/** Partition of a region's client certificates; sort key is the certificate's id. */
export const clientCertificatesOf = (region: string): string => `client-certificates#${region}`;

/** A client certificate. */
export const clientCertificateKey = (region: string, id: string): ResourceKey => ({
  partition: clientCertificatesOf(region),
  sort: id,
});

/** Partition of a region's functions; sort key is the function name. */
export const functionsOf = (region: string): string => `functions#${region}`;

/** Partition of what belongs to one function (policy, later versions and aliases). */
export const functionPartsOf = (region: string, name: string): string =>
  `function#${region}#${name}`;

/** Partition of a region's deployed template stacks; sort key is the stack name. */
export const stacksOf = (region: string): string => `stacks#${region}`;

/** Partition of all API keys; sort keys are `{region}#{keyId}`, so that a node loads every region's with one query. */
export const API_KEYS = 'api-keys';

/** What the sort keys of one region begin with in `API_KEYS`, `USAGE_PLANS`, `USAGE_PLAN_KEYS` and `CERTIFICATES`. */
export const regionPrefix = (region: string): string => `${region}#`;

/** An API key. */
export const apiKeyRecordKey = (region: string, keyId: string): ResourceKey => ({
  partition: API_KEYS,
  sort: `${region}#${keyId}`,
});

/** Holds the value of an API key in its region, by its SHA-256 in hex; value `{ keyId }`. */
export const apiKeyValueKey = (region: string, hash: string): ResourceKey => ({
  partition: `api-key-values#${region}`,
  sort: hash,
});

/** Partition of all usage plans; sort keys are `{region}#{planId}`. */
export const USAGE_PLANS = 'usage-plans';

/** A usage plan. */
export const usagePlanKey = (region: string, planId: string): ResourceKey => ({
  partition: USAGE_PLANS,
  sort: `${region}#${planId}`,
});

/** Partition of the keys of all usage plans; sort keys are `{region}#{planId}#{keyId}`, values `PlanKey`. */
export const USAGE_PLAN_KEYS = 'usage-plan-keys';

/** A key in a plan. */
export const planKeyKey = (region: string, planId: string, keyId: string): ResourceKey => ({
  partition: USAGE_PLAN_KEYS,
  sort: `${region}#${planId}#${keyId}`,
});

/** Written with every edit of a region's keys and plans, so that edits never interleave. */
export const usageEditKey = (region: string): ResourceKey => ({
  partition: 'usage-edits',
  sort: region,
});

/** Partition of what has been used of a plan. */
export const usageOf = (region: string, planId: string): string => `usage#${region}#${planId}`;

/** What a key has used of a plan on a day, `2026-11-24`; days of a key lie in order. */
export const usageDayKey = ({ region, planId, keyId }: PlanKey, day: string): ResourceKey => ({
  partition: usageOf(region, planId),
  sort: `${keyId}#${day}`,
});

/** Partition of the account's settings; sort key is the region. */
export const ACCOUNTS = 'accounts';

/** The account's settings in a region. */
export const accountKey = (region: string): ResourceKey => ({
  partition: ACCOUNTS,
  sort: region,
});

/** Partition of the regions in which functions or stacks were made; sort key is the region. */
export const REGIONS = 'regions';

/** A region in which a function or stack was made. */
export const regionKey = (region: string): ResourceKey => ({ partition: REGIONS, sort: region });

/** Partition of the notes of who names which blob; sort keys are `{hash}#{note}`. */
export const BLOB_OWNERS = 'blob-owners';

/** A note of who names a blob. */
export const blobOwnerKey = (hash: string, note: string): ResourceKey => ({
  partition: BLOB_OWNERS,
  sort: `${hash}#${note}`,
});

/** Written by the node that sweeps blobs next; value `{ at }`, epoch milliseconds. */
export const SWEEP_KEY: ResourceKey = { partition: 'chores', sort: 'blob-sweep' };

/** Partition of node leases; sort key is the node id. */
export const NODES = 'nodes';
