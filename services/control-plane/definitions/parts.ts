// The parts of an api (routes, integrations, …) as records under its id: reading, listing, counting.
import type { ControlContext } from '#shared/model/control.ts';
import type {
  AuthorizerRecord,
  DeploymentRecord,
  IntegrationRecord,
  IntegrationResponseRecord,
  ModelRecord,
  RouteRecord,
  RouteResponseRecord,
  StageRecord,
} from '#shared/model/records.ts';
import type { ResourceStore, StoredResource, Write } from '#shared/model/store.ts';
import { partKey, partPrefix, partsOf, type ApiPart } from '#shared/store/keys.ts';
import { tooMany, unknownId, unknownStage } from '../faults.ts';
import type { Plane } from '../plane.ts';
import { readPage, type Page, type PageRequest } from './page.ts';

/** A kind of part. `label` is AWS's word in `Invalid {label} identifier specified`. */
export interface PartKind<R> {
  readonly part: ApiPart;
  readonly label: string;
  /** Only carries the record's type. */
  readonly record?: R;
}

const kind = <R>(part: ApiPart, label: string): PartKind<R> => ({ part, label });

export const ROUTE = kind<RouteRecord>('route', 'Route');
export const ROUTE_RESPONSE = kind<RouteResponseRecord>('route-response', 'RouteResponse');
export const INTEGRATION = kind<IntegrationRecord>('integration', 'Integration');
export const INTEGRATION_RESPONSE = kind<IntegrationResponseRecord>(
  'integration-response',
  'IntegrationResponse',
);
export const MODEL = kind<ModelRecord>('model', 'Model');
export const AUTHORIZER = kind<AuthorizerRecord>('authorizer', 'Authorizer');
export const DEPLOYMENT = kind<DeploymentRecord>('deployment', 'Deployment');
export const STAGE = kind<StageRecord>('stage', 'Stage');

/** Where a part lies: its api and its own ids, the parent's first. */
export interface PartAddress {
  readonly apiId: string;
  readonly ids: readonly string[];
}

/** The part at an address, or nothing. */
export async function findPart<R>(
  store: ResourceStore,
  { part }: PartKind<R>,
  { apiId, ids }: PartAddress,
): Promise<R | undefined> {
  return (await store.get<R>(partKey(apiId, part, ...ids)))?.value;
}

/** The part at an address; 404 in AWS's words. The caller has made sure of the api. */
export async function needPart<R>(
  store: ResourceStore,
  kind: PartKind<R>,
  address: PartAddress,
): Promise<R> {
  const found = await findPart(store, kind, address);
  if (found !== undefined) return found;
  throw kind.part === 'stage' ? unknownStage() : unknownId(kind.label, address.ids.at(-1) ?? '');
}

/** The part at an address of an api of the request's region; 404 for either. */
export async function readPart<R>(
  plane: Plane,
  context: ControlContext,
  at: PartAddress & { readonly kind: PartKind<R> },
): Promise<R> {
  await plane.edits.api(context, at.apiId);
  return needPart(plane.deps.store, at.kind, at);
}

/** All parts of a kind, optionally of one parent. */
export async function allParts<R>(
  store: ResourceStore,
  { part }: PartKind<R>,
  { apiId, parent }: { readonly apiId: string; readonly parent?: string },
): Promise<readonly R[]> {
  const page = await store.list<R>(partsOf(apiId), { prefix: partPrefix(part, parent) });
  return page.items.map((item: StoredResource<R>) => item.value);
}

/** One page of an api's parts; 404 when the api is not there. */
export async function pageParts<R>(
  plane: Plane,
  input: PageRequest & { readonly ApiId: string },
  { context, kind, parent }: ListOf<R>,
): Promise<Page<R>> {
  await plane.edits.api(context, input.ApiId);
  return readPage<R>(plane.deps.store, input, {
    partition: partsOf(input.ApiId),
    prefix: partPrefix(kind.part, parent),
  });
}

/** Which list `pageParts` shall read. */
export interface ListOf<R> {
  readonly context: ControlContext;
  readonly kind: PartKind<R>;
  readonly parent?: string;
}

/** Writes a part that must not be there yet. */
export const created = <R>(kind: PartKind<R>, { apiId, ids }: PartAddress, value: R): Write => ({
  op: 'put',
  key: partKey(apiId, kind.part, ...ids),
  value,
  expect: 0,
});

/** Writes a part over what is there. */
export const replaced = <R>(kind: PartKind<R>, { apiId, ids }: PartAddress, value: R): Write => ({
  op: 'put',
  key: partKey(apiId, kind.part, ...ids),
  value,
});

/** Removes a part. */
export const deleted = <R>(kind: PartKind<R>, { apiId, ids }: PartAddress): Write => ({
  op: 'delete',
  key: partKey(apiId, kind.part, ...ids),
});

/** Throws 429 when an api already has `limit` of these. */
export function requireRoom(count: number, limit: number, plural: string): void {
  if (count >= limit) throw tooMany(plural);
}
