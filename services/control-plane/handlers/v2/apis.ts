// Apis: create, get, list, update, and DeleteCorsConfiguration (AWS: apigatewayv2 /v2/apis).
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord } from '#shared/model/records.ts';
import type { Write } from '#shared/model/store.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { apiIdKey, apiKey, apisOf } from '#shared/store/keys.ts';
import { check, checkPatch } from '../../constraints.ts';
import { refuseForeign, requireHttp } from '../../constraints/protocol.ts';
import { pageOutput, readPage } from '../../definitions/page.ts';
import { patched, picked, without, withoutEmpty } from '../../definitions/patch.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V2Input } from '../../model.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';
import { deleteApi, sweepParts } from './api-removal.ts';
import { quickCreate, quickUpdate } from './quick-create.ts';

const API_ID_LENGTH = 10;

/** A tag that fixes the id of the api it is given with. */
const CUSTOM_ID = '_custom_id_';

const SETTINGS = [
  'Name',
  'ApiKeySelectionExpression',
  'RouteSelectionExpression',
  'Description',
  'DisableExecuteApiEndpoint',
  'DisableSchemaValidation',
  'IpAddressType',
  'Version',
  'CorsConfiguration',
] as const;

const createApi: V2Operation<'CreateApi'> = async (plane, input, context) => {
  check('Api', input, plane.deps.limits);
  const record = newApi(plane, input, context);
  checkApi(record, input);
  const quick = quickCreate(plane, input, { context, api: record });
  await plane.edits.exclusively(record.ApiId, () => writeApi(plane, context, { record, quick }));
  if (quick.length > 0) await plane.autoDeploy.after(context, record.ApiId);
  return apiView(record);
};

/** Writes a new api with its id; 409 when the id is taken. What a crash left under the id is swept before. */
async function writeApi(
  { deps }: Plane,
  context: ControlContext,
  { record, quick }: { readonly record: ApiRecord; readonly quick: readonly Write[] },
): Promise<void> {
  const idKey = apiIdKey(record.ApiId);
  if (await deps.store.get(idKey)) {
    throw conflict(`API with identifier ${record.ApiId} already exists`);
  }
  await sweepParts(deps, record.ApiId);
  await deps.store.commit([
    { op: 'put', key: idKey, value: { region: context.region }, expect: 0 },
    { op: 'put', key: apiKey(context.region, record.ApiId), value: record, expect: 0 },
    ...quick,
  ]);
}

function newApi(plane: Plane, input: V2Input<'CreateApi'>, context: ControlContext): ApiRecord {
  const isHttp = input.ProtocolType === 'HTTP';
  return withoutEmpty({
    ApiKeySelectionExpression: '$request.header.x-api-key',
    RouteSelectionExpression: isHttp ? '$request.method $request.path' : '',
    DisableExecuteApiEndpoint: false,
    IpAddressType: 'ipv4',
    Tags: {},
    ...picked(input, [...SETTINGS, 'Tags']),
    Name: input.Name,
    ProtocolType: input.ProtocolType,
    ApiId: apiIdOf(input.Tags),
    CreatedDate: plane.deps.clock.now(),
    Region: context.region,
  });
}

/** AWS's shape, or what the `_custom_id_` tag says: one label of a host name. */
function apiIdOf(tags: Readonly<Record<string, string>> | undefined): string {
  const custom = tags?.[CUSTOM_ID];
  if (custom === undefined) return newResourceId(API_ID_LENGTH);
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(custom)) return custom;
  throw badRequest(`Invalid ${CUSTOM_ID} specified: ${custom}`);
}

/** Rules that look at more than one member of what the api would become. */
function checkApi(record: ApiRecord, input: object): void {
  refuseForeign('Api', record.ProtocolType, input);
  if (record.ProtocolType === 'WEBSOCKET') {
    if (record.RouteSelectionExpression) return;
    throw badRequest('Invalid routeSelectionExpression');
  }
  checkHttpExpression(record.RouteSelectionExpression);
  checkCors(record.CorsConfiguration);
}

function checkHttpExpression(expression: string): void {
  if (expression.replaceAll(/[{}]/g, '') === '$request.method $request.path') return;
  throw badRequest(
    'Route selection expression is currently limited to "${request.method} ${request.path}"',
  );
}

function checkCors(cors: unknown): void {
  const { AllowCredentials, AllowOrigins } = (cors ?? {}) as NonNullable<
    V2Input<'CreateApi'>['CorsConfiguration']
  >;
  if (AllowCredentials === true && AllowOrigins?.includes('*') === true) {
    throw badRequest("allow-credentials is not supported if 'allow-origin' is *");
  }
}

const getApi: V2Operation<'GetApi'> = async (plane, input, context) =>
  apiView((await plane.edits.api(context, input.ApiId)).value);

const getApis: V2Operation<'GetApis'> = async (plane, input, context) => {
  const list = { partition: apisOf(context.region) };
  return pageOutput(await readPage<ApiRecord>(plane.deps.store, input, list), apiView);
};

const updateApi: V2Operation<'UpdateApi'> = async (plane, input, context) => {
  checkPatch('Api', input, {
    limits: plane.deps.limits,
    required: ['Name', 'RouteSelectionExpression'],
  });
  const record = await define(plane, context, {
    apiId: input.ApiId,
    change: async (api) => {
      const next = patched(api, input, SETTINGS);
      checkApi(next, input);
      return { writes: await quickUpdate(plane, input, api), result: next, api: next };
    },
  });
  return apiView(record);
};

const deleteCorsConfiguration: V2Operation<'DeleteCorsConfiguration'> = async (
  plane,
  input,
  context,
) =>
  define(plane, context, {
    apiId: input.ApiId,
    change: async (api) => {
      requireHttp(api, 'CorsConfiguration');
      return { writes: [], result: undefined, api: without(api, 'CorsConfiguration') };
    },
  });

/** An api as every operation answers it. */
function apiView(record: ApiRecord): V2Item<'GetApis'> {
  const { CreatedDate, Region, ...members } = record;
  const scheme = record.ProtocolType === 'WEBSOCKET' ? 'wss' : 'https';
  return {
    ...(members as Omit<V2Item<'GetApis'>, 'CreatedDate'>),
    CreatedDate: new Date(CreatedDate),
    ApiEndpoint: `${scheme}://${record.ApiId}.execute-api.${Region}.amazonaws.com`,
  };
}

/** Operations of this file. */
export const API_OPERATIONS = {
  CreateApi: createApi,
  GetApi: getApi,
  GetApis: getApis,
  UpdateApi: updateApi,
  DeleteApi: deleteApi,
  DeleteCorsConfiguration: deleteCorsConfiguration,
} satisfies Partial<V2Operations>;
