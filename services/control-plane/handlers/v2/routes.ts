// Routes: create, get, list, update, delete, and DeleteRouteRequestParameter (AWS: apigatewayv2 /v2/apis/{apiId}/routes).
import type { ApiRecord, AuthorizerRecord, RouteRecord } from '#shared/model/records.ts';
import type { Write } from '#shared/model/store.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { refuseForeign } from '../../constraints/protocol.ts';
import {
  checkRequestParameters,
  checkRouteKey,
  requireFreeKey,
} from '../../constraints/route-key.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  AUTHORIZER,
  created,
  deleted,
  findPart,
  INTEGRATION,
  needPart,
  pageParts,
  readPart,
  replaced,
  requireRoom,
  ROUTE,
  ROUTE_RESPONSE,
} from '../../definitions/parts.ts';
import { patched, picked, without, withoutEmpty } from '../../definitions/patch.ts';
import { badRequest, notFound } from '../../faults.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const ROUTE_ID_LENGTH = 7;

const MEMBERS = [
  'RouteKey',
  'ApiKeyRequired',
  'AuthorizationType',
  'AuthorizationScopes',
  'AuthorizerId',
  'ModelSelectionExpression',
  'OperationName',
  'RequestModels',
  'RequestParameters',
  'RouteResponseSelectionExpression',
  'Target',
] as const;

const createRoute: V2Operation<'CreateRoute'> = async (plane, input, context) => {
  check('Route', input, plane.deps.limits);
  const record: RouteRecord = withoutEmpty({
    ApiKeyRequired: false,
    AuthorizationType: 'NONE' as const,
    ...picked(input, MEMBERS),
    RouteId: newResourceId(ROUTE_ID_LENGTH),
    RouteKey: input.RouteKey,
  });
  const change = async (api: ApiRecord) => {
    const others = await allParts(plane.deps.store, ROUTE, { apiId: api.ApiId });
    await checkRoute(plane, { api, others, record, input });
    requireRoom(others.length, plane.deps.limits.routesPerApi, 'Routes');
    const at = { apiId: api.ApiId, ids: [record.RouteId] };
    return { writes: [created(ROUTE, at, record)], result: record };
  };
  return routeView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** A route as it would become, beside the other routes of its api. */
interface Candidate {
  readonly api: ApiRecord;
  readonly others: readonly RouteRecord[];
  readonly record: RouteRecord;
  readonly input: Partial<Pick<RouteRecord, 'RouteKey' | 'AuthorizerId' | 'AuthorizationType'>>;
}

/** Rules that look at more than one member, and at what the route refers to. */
async function checkRoute(plane: Plane, { api, others, record, input }: Candidate): Promise<void> {
  refuseForeign('Route', api.ProtocolType, input);
  checkRouteKey(api, record.RouteKey);
  checkRequestParameters(Object.keys(record.RequestParameters ?? {}));
  requireFreeKey(api, others, record.RouteKey);
  if ((record.RouteResponseSelectionExpression ?? '$default') !== '$default') {
    throw badRequest('RouteResponseSelectionExpression must be $default');
  }
  if (api.ProtocolType === 'WEBSOCKET') refuseIdleAuthorizer(record, input);
  await checkAuthorization(plane, api, record);
  await checkTarget(plane, api, record);
}

/** The kind of authorizer that an authorization type needs. */
const AUTHORIZER_TYPES: Partial<Record<string, AuthorizerRecord['AuthorizerType']>> = {
  CUSTOM: 'REQUEST',
  JWT: 'JWT',
};

async function checkAuthorization(plane: Plane, api: ApiRecord, route: RouteRecord): Promise<void> {
  if ((route.AuthorizationScopes ?? []).length > 0 && route.AuthorizationType !== 'JWT') {
    throw badRequest(
      'Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type',
    );
  }
  if (route.AuthorizationType === 'NONE') return;
  if (api.ProtocolType === 'WEBSOCKET') checkConnectOnly(route);
  const needed = AUTHORIZER_TYPES[route.AuthorizationType];
  if (needed === undefined) return;
  const at = { apiId: api.ApiId, ids: [route.AuthorizerId ?? ''] };
  const authorizer = await findPart(plane.deps.store, AUTHORIZER, at);
  if (authorizer?.AuthorizerType === needed) return;
  const kind = route.AuthorizationType;
  throw badRequest(
    `Invalid authorizer ID specified. Setting the authorization type to ${kind} requires a valid ${kind === 'JWT' ? 'JWT ' : ''}authorizer.`,
  );
}

function checkConnectOnly({ AuthorizationType, RouteKey }: RouteRecord): void {
  if (AuthorizationType === 'JWT') {
    throw badRequest(
      'Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM] for WEBSOCKET protocol Apis',
    );
  }
  if (RouteKey === '$connect') return;
  throw badRequest('Currently, authorization is restricted to the $connect route only');
}

/**
 * An authorizer of `$connect` that its authorization type does not ask would let everybody in unnoticed. One that an
 * update leaves behind when it turns authorization off is kept, as AWS keeps those of other routes
 * (github.com/hashicorp/terraform-provider-aws/issues/40833).
 */
function refuseIdleAuthorizer(route: RouteRecord, input: Candidate['input']): void {
  const { RouteKey, AuthorizationType, AuthorizerId } = route;
  if (RouteKey !== '$connect' || AuthorizerId === undefined) return;
  // CUSTOM asks it; JWT is refused with a text of its own.
  if (AuthorizationType === 'CUSTOM' || AuthorizationType === 'JWT') return;
  const isNamed = (input.AuthorizerId ?? '') !== '';
  const becomesConnect = input.RouteKey !== undefined && input.AuthorizationType === undefined;
  if (!isNamed && !becomesConnect) return;
  throw badRequest(
    `Authorizer ${AuthorizerId} would not be asked: AuthorizationType must be CUSTOM, not ${AuthorizationType}.`,
  );
}

async function checkTarget(plane: Plane, api: ApiRecord, route: RouteRecord): Promise<void> {
  if (route.Target === undefined) return;
  const [, id] = /^integrations\/([^/]+)$/.exec(route.Target) ?? [];
  if (id === undefined) {
    throw badRequest(
      'Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.',
    );
  }
  const at = { apiId: api.ApiId, ids: [id] };
  if ((await findPart(plane.deps.store, INTEGRATION, at)) === undefined) {
    throw badRequest(`Invalid Integration identifier specified ${id}`);
  }
}

const getRoute: V2Operation<'GetRoute'> = async (plane, input, context) =>
  routeView(
    await readPart(plane, context, { kind: ROUTE, apiId: input.ApiId, ids: [input.RouteId] }),
  );

const getRoutes: V2Operation<'GetRoutes'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: ROUTE }), routeView);

const updateRoute: V2Operation<'UpdateRoute'> = async (plane, input, context) => {
  checkPatch('Route', input, {
    limits: plane.deps.limits,
    required: ['RouteKey', 'AuthorizationType'],
  });
  const at = { apiId: input.ApiId, ids: [input.RouteId] };
  const change = async (api: ApiRecord) => {
    const routes = await allParts(plane.deps.store, ROUTE, { apiId: api.ApiId });
    const route = await needPart(plane.deps.store, ROUTE, at);
    const record = patchedRoute(route, input);
    if (route.ApiGatewayManaged === true && route.RouteKey !== record.RouteKey) {
      throw badRequest('The route key of a managed route cannot be changed');
    }
    const others = routes.filter(({ RouteId }) => RouteId !== route.RouteId);
    await checkRoute(plane, { api, others, record, input });
    return { writes: [replaced(ROUTE, at, record)], result: record };
  };
  return routeView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** Request parameters are laid over the old ones; DeleteRouteRequestParameter removes one. */
function patchedRoute(
  route: RouteRecord,
  input: Parameters<V2Operation<'UpdateRoute'>>[1],
): RouteRecord {
  const next = patched(route, input, MEMBERS);
  if (input.RequestParameters === undefined) return next;
  return { ...next, RequestParameters: { ...route.RequestParameters, ...input.RequestParameters } };
}

const deleteRoute: V2Operation<'DeleteRoute'> = async (plane, input, context) => {
  const at = { apiId: input.ApiId, ids: [input.RouteId] };
  const change = async () => {
    const { store } = plane.deps;
    await needPart(store, ROUTE, at);
    const responses = await allParts(store, ROUTE_RESPONSE, {
      apiId: input.ApiId,
      parent: input.RouteId,
    });
    const writes: Write[] = responses.map(({ RouteId, RouteResponseId }) =>
      deleted(ROUTE_RESPONSE, { apiId: input.ApiId, ids: [RouteId, RouteResponseId] }),
    );
    return { writes: [...writes, deleted(ROUTE, at)], result: undefined };
  };
  return define(plane, context, { apiId: input.ApiId, change });
};

const deleteRouteRequestParameter: V2Operation<'DeleteRouteRequestParameter'> = async (
  plane,
  input,
  context,
) => {
  const at = { apiId: input.ApiId, ids: [input.RouteId] };
  const change = async () => {
    const { RequestParameters = {}, ...route } = await needPart(plane.deps.store, ROUTE, at);
    const key = input.RequestParameterKey;
    if (!Object.hasOwn(RequestParameters, key)) {
      throw notFound('RequestParameter', `Invalid request parameter key specified ${key}`);
    }
    const kept = without(RequestParameters, key);
    const record: RouteRecord = { ...route, RequestParameters: kept };
    return { writes: [replaced(ROUTE, at, record)], result: undefined };
  };
  return define(plane, context, { apiId: input.ApiId, change });
};

const routeView = (record: RouteRecord): V2Item<'GetRoutes'> => record;

/** Operations of this file. */
export const ROUTE_OPERATIONS = {
  CreateRoute: createRoute,
  GetRoute: getRoute,
  GetRoutes: getRoutes,
  UpdateRoute: updateRoute,
  DeleteRoute: deleteRoute,
  DeleteRouteRequestParameter: deleteRouteRequestParameter,
} satisfies Partial<V2Operations>;
