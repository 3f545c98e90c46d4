// Where each kind of record lies in the resource table; the only file that knows the layout.
import type { ResourceKey } from '#shared/model/store.ts';

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

/** Holds a custom domain's name for the whole account: hosts tell no region; value `{ region }`. */
export const domainNameKey = (domainName: string): ResourceKey => ({
  partition: 'domain-names',
  sort: domainName,
});

/** Partition of the api mappings of a custom domain; sort key is the mapping id. */
export const mappingsOf = (domainName: string): string => `domain#${domainName}`;

/** Partition of a region's functions; sort key is the function name. */
export const functionsOf = (region: string): string => `functions#${region}`;

/** Partition of what belongs to one function (policy, later versions and aliases). */
export const functionPartsOf = (region: string, name: string): string =>
  `function#${region}#${name}`;

/** Partition of a region's deployed template stacks; sort key is the stack name. */
export const stacksOf = (region: string): string => `stacks#${region}`;

/** Partition of node leases; sort key is the node id. */
export const NODES = 'nodes';
