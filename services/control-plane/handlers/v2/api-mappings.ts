// Api mappings of custom domains: create, get, list, update, delete (AWS: apigatewayv2 /v2/domainnames/{domainName}/apimappings).
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiMappingRecord, ApiRecord, DomainNameRecord } from '#shared/model/records.ts';
import type { StoredResource, Write } from '#shared/model/store.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { apiKey, mappingsOf } from '#shared/store/keys.ts';
import { announceDomain } from '../../announcements.ts';
import { check } from '../../constraints.ts';
import { checkMappingKey } from '../../constraints/mapping-key.ts';
import { retried } from '../../definitions/api-edits.ts';
import { pageOutput, readPage } from '../../definitions/page.ts';
import { findPart, STAGE } from '../../definitions/parts.ts';
import { present } from '../../definitions/patch.ts';
import { badRequest, conflict, notFound } from '../../faults.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import type { Plane } from '../../plane.ts';
import { needDomain } from './domain-names.ts';

const MAPPING_ID_LENGTH = 10;

const mappingKey = (domain: string, id: string) => ({ partition: mappingsOf(domain), sort: id });

async function needMapping(
  { deps }: Plane,
  domain: string,
  id: string,
): Promise<StoredResource<ApiMappingRecord>> {
  const found = await deps.store.get<ApiMappingRecord>(mappingKey(domain, id));
  if (found !== undefined) return found;
  throw notFound('ApiMapping', 'The api mapping resource specified in the request was not found.');
}

const createApiMapping: V2Operation<'CreateApiMapping'> = async (plane, input, context) => {
  check('ApiMapping', input, plane.deps.limits);
  const record: ApiMappingRecord = {
    ApiMappingId: newResourceId(MAPPING_ID_LENGTH),
    ApiId: input.ApiId,
    ApiMappingKey: input.ApiMappingKey ?? '',
    Stage: input.Stage,
  };
  await editMappings(plane, context, { domain: input.DomainName, change: async () => record });
  return mappingView(record);
};

/** An edit of a domain's mappings: what one of them becomes. */
interface MappingEdit {
  readonly domain: string;
  readonly change: () => Promise<ApiMappingRecord>;
}

/**
 * Writes one mapping in a commit that rewrites its domain and expects its api unchanged: keys stay unique, and an api
 * cannot be deleted meanwhile.
 */
async function editMappings(
  plane: Plane,
  context: ControlContext,
  { domain, change }: MappingEdit,
): Promise<ApiMappingRecord> {
  const { store } = plane.deps;
  const written = await retried(async () => {
    const head = await needDomain(store, context, domain);
    const record = await change();
    const api = await plane.edits.api(context, record.ApiId);
    await checkMapping(plane, { domain: head.value, api: api.value, record });
    await store.commit([
      { op: 'put', key: head.key, value: head.value, expect: head.version },
      { op: 'check', key: apiKey(context.region, record.ApiId), expect: api.version },
      { op: 'put', key: mappingKey(domain, record.ApiMappingId), value: record },
    ]);
    return record;
  });
  await announceDomain(plane.deps, { domainName: domain });
  return written;
}

interface Candidate {
  readonly domain: DomainNameRecord;
  readonly api: ApiRecord;
  readonly record: ApiMappingRecord;
}

async function checkMapping(plane: Plane, { domain, api, record }: Candidate): Promise<void> {
  checkMappingKey(record.ApiMappingKey);
  const { store } = plane.deps;
  const at = { apiId: record.ApiId, ids: [record.Stage] };
  if ((await findPart(store, STAGE, at)) === undefined) {
    throw badRequest('Invalid stage identifier specified');
  }
  const all = await store.list<ApiMappingRecord>(mappingsOf(domain.DomainName));
  const others = all.items
    .map(({ value }) => value)
    .filter(({ ApiMappingId }) => ApiMappingId !== record.ApiMappingId);
  if (others.some(({ ApiMappingKey }) => ApiMappingKey === record.ApiMappingKey)) {
    throw conflict('ApiMapping key already exists for this domain name');
  }
  await refuseMixed(plane, { domain, api, record }, others);
}

/** WebSocket APIs do not share a domain with HTTP APIs (AWS guide: http-api-mappings). */
async function refuseMixed(
  { deps }: Plane,
  { domain, api }: Candidate,
  others: readonly ApiMappingRecord[],
): Promise<void> {
  for (const { ApiId } of others) {
    const other = await deps.store.get<ApiRecord>(apiKey(domain.Region, ApiId));
    if (other !== undefined && other.value.ProtocolType !== api.ProtocolType) {
      throw badRequest('WEBSOCKET and HTTP protocol Apis cannot be mapped to the same domain name');
    }
  }
}

const getApiMapping: V2Operation<'GetApiMapping'> = async (plane, input, context) => {
  await needDomain(plane.deps.store, context, input.DomainName);
  return mappingView((await needMapping(plane, input.DomainName, input.ApiMappingId)).value);
};

const getApiMappings: V2Operation<'GetApiMappings'> = async (plane, input, context) => {
  await needDomain(plane.deps.store, context, input.DomainName);
  const list = { partition: mappingsOf(input.DomainName) };
  return pageOutput(await readPage<ApiMappingRecord>(plane.deps.store, input, list), mappingView);
};

const updateApiMapping: V2Operation<'UpdateApiMapping'> = async (plane, input, context) => {
  check('ApiMapping', input, plane.deps.limits);
  const { ApiId, ApiMappingKey, Stage } = input;
  const change = async () => {
    const old = await needMapping(plane, input.DomainName, input.ApiMappingId);
    return { ...old.value, ...present({ ApiId, ApiMappingKey, Stage }) } as ApiMappingRecord;
  };
  return mappingView(await editMappings(plane, context, { domain: input.DomainName, change }));
};

const deleteApiMapping: V2Operation<'DeleteApiMapping'> = async (plane, input, context) => {
  const { store } = plane.deps;
  await retried(async () => {
    const head = await needDomain(store, context, input.DomainName);
    const { key } = await needMapping(plane, input.DomainName, input.ApiMappingId);
    const touch: Write = { op: 'put', key: head.key, value: head.value, expect: head.version };
    await store.commit([touch, { op: 'delete', key }]);
  });
  await announceDomain(plane.deps, { domainName: input.DomainName });
};

const mappingView = (record: ApiMappingRecord): V2Item<'GetApiMappings'> => record;

/** Operations of this file. */
export const MAPPING_OPERATIONS = {
  CreateApiMapping: createApiMapping,
  GetApiMapping: getApiMapping,
  GetApiMappings: getApiMappings,
  UpdateApiMapping: updateApiMapping,
  DeleteApiMapping: deleteApiMapping,
} satisfies Partial<V2Operations>;
