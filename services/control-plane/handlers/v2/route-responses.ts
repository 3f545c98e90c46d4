// Route responses, which make a WebSocket route two-way (AWS: apigatewayv2 …/routes/{routeId}/routeresponses).
import type { ApiRecord, RouteResponseRecord } from '#shared/model/records.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { requireWebSocket } from '../../constraints/protocol.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  created,
  deleted,
  needPart,
  pageParts,
  replaced,
  ROUTE,
  ROUTE_RESPONSE,
} from '../../definitions/parts.ts';
import { patched, picked, without, withoutEmpty } from '../../definitions/patch.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const ROUTE_RESPONSE_ID_LENGTH = 7;

const MEMBERS = [
  'RouteResponseKey',
  'ModelSelectionExpression',
  'ResponseModels',
  'ResponseParameters',
] as const;

const createRouteResponse: V2Operation<'CreateRouteResponse'> = async (plane, input, context) => {
  check('RouteResponse', input, plane.deps.limits);
  checkKey(input.RouteResponseKey);
  const record: RouteResponseRecord = withoutEmpty({
    ...picked(input, MEMBERS),
    RouteResponseKey: input.RouteResponseKey,
    RouteId: input.RouteId,
    RouteResponseId: newResourceId(ROUTE_RESPONSE_ID_LENGTH),
  });
  const change = async (api: ApiRecord) => {
    requireWebSocket(api, 'RouteResponses');
    await requireFree(plane, input);
    const at = { apiId: input.ApiId, ids: [input.RouteId, record.RouteResponseId] };
    return { writes: [created(ROUTE_RESPONSE, at, record)], result: record };
  };
  return routeResponseView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** Only `$default` is possible (AWS guide: apigateway-websocket-api-route-response). */
function checkKey(key: string | undefined): void {
  if (key === undefined || key === '$default') return;
  throw badRequest('Currently, only $default is supported as a RouteResponseKey.');
}

async function requireFree(
  { deps }: Plane,
  {
    ApiId,
    RouteId,
    RouteResponseKey,
  }: { ApiId: string; RouteId: string; RouteResponseKey: string },
): Promise<void> {
  await needPart(deps.store, ROUTE, { apiId: ApiId, ids: [RouteId] });
  const others = await allParts(deps.store, ROUTE_RESPONSE, { apiId: ApiId, parent: RouteId });
  if (others.some((other) => other.RouteResponseKey === RouteResponseKey)) {
    throw conflict(`RouteResponse with key ${RouteResponseKey} already exists for this Route`);
  }
}

/** Address of the response named by an input. */
const addressOf = (input: { ApiId: string; RouteId: string; RouteResponseId: string }) => ({
  apiId: input.ApiId,
  ids: [input.RouteId, input.RouteResponseId],
});

/** The response at an input's address; 404 for the api, the route or the response. */
async function read(
  { deps }: Plane,
  input: { ApiId: string; RouteId: string; RouteResponseId: string },
): Promise<RouteResponseRecord> {
  await needPart(deps.store, ROUTE, { apiId: input.ApiId, ids: [input.RouteId] });
  return needPart(deps.store, ROUTE_RESPONSE, addressOf(input));
}

const getRouteResponse: V2Operation<'GetRouteResponse'> = async (plane, input, context) => {
  await plane.edits.api(context, input.ApiId);
  return routeResponseView(await read(plane, input));
};

const getRouteResponses: V2Operation<'GetRouteResponses'> = async (plane, input, context) => {
  await plane.edits.api(context, input.ApiId);
  await needPart(plane.deps.store, ROUTE, { apiId: input.ApiId, ids: [input.RouteId] });
  const list = { context, kind: ROUTE_RESPONSE, parent: input.RouteId };
  return pageOutput(await pageParts(plane, input, list), routeResponseView);
};

const updateRouteResponse: V2Operation<'UpdateRouteResponse'> = async (plane, input, context) => {
  checkPatch('RouteResponse', input, { limits: plane.deps.limits, required: ['RouteResponseKey'] });
  checkKey(input.RouteResponseKey);
  const change = async () => {
    const record = patched(await read(plane, input), input, MEMBERS);
    return { writes: [replaced(ROUTE_RESPONSE, addressOf(input), record)], result: record };
  };
  return routeResponseView(await define(plane, context, { apiId: input.ApiId, change }));
};

const deleteRouteResponse: V2Operation<'DeleteRouteResponse'> = async (plane, input, context) => {
  const change = async () => {
    await read(plane, input);
    return { writes: [deleted(ROUTE_RESPONSE, addressOf(input))], result: undefined };
  };
  return define(plane, context, { apiId: input.ApiId, change });
};

function routeResponseView(record: RouteResponseRecord): V2Item<'GetRouteResponses'> {
  return without(record, 'RouteId');
}

/** Operations of this file. */
export const ROUTE_RESPONSE_OPERATIONS = {
  CreateRouteResponse: createRouteResponse,
  GetRouteResponse: getRouteResponse,
  GetRouteResponses: getRouteResponses,
  UpdateRouteResponse: updateRouteResponse,
  DeleteRouteResponse: deleteRouteResponse,
} satisfies Partial<V2Operations>;
