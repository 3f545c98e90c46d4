// Authorizers: create, get, list, update, delete, and ResetAuthorizersCache (AWS: apigatewayv2 /v2/apis/{apiId}/authorizers).
import type { ApiRecord, AuthorizerRecord } from '#shared/model/records.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { checkAuthorizer } from '../../constraints/authorizer.ts';
import { requireHttp } from '../../constraints/protocol.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  AUTHORIZER,
  created,
  deleted,
  needPart,
  pageParts,
  readPart,
  replaced,
  requireRoom,
  ROUTE,
  STAGE,
} from '../../definitions/parts.ts';
import { patched, picked, withoutEmpty } from '../../definitions/patch.ts';
import { conflict } from '../../faults.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const AUTHORIZER_ID_LENGTH = 6;

const MEMBERS = [
  'Name',
  'AuthorizerType',
  'AuthorizerCredentialsArn',
  'AuthorizerPayloadFormatVersion',
  'AuthorizerResultTtlInSeconds',
  'AuthorizerUri',
  'EnableSimpleResponses',
  'IdentitySource',
  'IdentityValidationExpression',
  'JwtConfiguration',
] as const;

const createAuthorizer: V2Operation<'CreateAuthorizer'> = async (plane, input, context) => {
  check('Authorizer', input, plane.deps.limits);
  const record: AuthorizerRecord = withoutEmpty({
    ...picked(input, MEMBERS),
    AuthorizerId: newResourceId(AUTHORIZER_ID_LENGTH),
    Name: input.Name,
    AuthorizerType: input.AuthorizerType,
    IdentitySource: input.IdentitySource,
  });
  const change = async (api: ApiRecord) => {
    checkAuthorizer(api, record, input);
    const others = await requireFreeName(plane, api, record);
    requireRoom(others, plane.deps.limits.authorizersPerApi, 'Authorizers');
    const at = { apiId: api.ApiId, ids: [record.AuthorizerId] };
    return { writes: [created(AUTHORIZER, at, record)], result: record };
  };
  return authorizerView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** How many other authorizers the api has; 409 when one of them has the name. */
async function requireFreeName(
  { deps }: Plane,
  api: ApiRecord,
  record: AuthorizerRecord,
): Promise<number> {
  const all = await allParts(deps.store, AUTHORIZER, { apiId: api.ApiId });
  const others = all.filter(({ AuthorizerId }) => AuthorizerId !== record.AuthorizerId);
  if (others.some(({ Name }) => Name === record.Name)) {
    throw conflict(
      `Authorizer name must be unique. Authorizer ${record.Name} already exists in this API.`,
    );
  }
  return others.length;
}

const getAuthorizer: V2Operation<'GetAuthorizer'> = async (plane, input, context) => {
  const at = { kind: AUTHORIZER, apiId: input.ApiId, ids: [input.AuthorizerId] };
  return authorizerView(await readPart(plane, context, at));
};

const getAuthorizers: V2Operation<'GetAuthorizers'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: AUTHORIZER }), authorizerView);

const updateAuthorizer: V2Operation<'UpdateAuthorizer'> = async (plane, input, context) => {
  checkPatch('Authorizer', input, {
    limits: plane.deps.limits,
    required: ['Name', 'AuthorizerType'],
  });
  const at = { apiId: input.ApiId, ids: [input.AuthorizerId] };
  const change = async (api: ApiRecord) => {
    const record = patched(await needPart(plane.deps.store, AUTHORIZER, at), input, MEMBERS);
    checkAuthorizer(api, record, input);
    await requireFreeName(plane, api, record);
    return { writes: [replaced(AUTHORIZER, at, record)], result: record };
  };
  return authorizerView(await define(plane, context, { apiId: input.ApiId, change }));
};

const deleteAuthorizer: V2Operation<'DeleteAuthorizer'> = async (plane, input, context) => {
  const { ApiId: apiId, AuthorizerId: id } = input;
  const at = { apiId, ids: [id] };
  const change = async () => {
    await refuseUsed(plane, apiId, await needPart(plane.deps.store, AUTHORIZER, at));
    return { writes: [deleted(AUTHORIZER, at)], result: undefined };
  };
  return define(plane, context, { apiId, change });
};

async function refuseUsed(
  { deps }: Plane,
  apiId: string,
  { AuthorizerId: id, Name }: AuthorizerRecord,
): Promise<void> {
  const routes = await allParts(deps.store, ROUTE, { apiId });
  const user = routes.find(
    ({ AuthorizationType, AuthorizerId }) => AuthorizerId === id && AuthorizationType !== 'NONE',
  );
  if (user === undefined) return;
  throw conflict(`Cannot delete authorizer '${Name}', is referenced in route: ${user.RouteKey}`);
}

/** HTTP APIs only; their data plane keeps no results yet, so there is nothing to forget. */
const resetAuthorizersCache: V2Operation<'ResetAuthorizersCache'> = async (
  plane,
  input,
  context,
) => {
  const api = await plane.edits.api(context, input.ApiId);
  requireHttp(api.value, 'ResetAuthorizersCache');
  await needPart(plane.deps.store, STAGE, { apiId: input.ApiId, ids: [input.StageName] });
};

const authorizerView = (record: AuthorizerRecord): V2Item<'GetAuthorizers'> =>
  record as V2Item<'GetAuthorizers'>;

/** Operations of this file. */
export const AUTHORIZER_OPERATIONS = {
  CreateAuthorizer: createAuthorizer,
  GetAuthorizer: getAuthorizer,
  GetAuthorizers: getAuthorizers,
  UpdateAuthorizer: updateAuthorizer,
  DeleteAuthorizer: deleteAuthorizer,
  ResetAuthorizersCache: resetAuthorizersCache,
} satisfies Partial<V2Operations>;
