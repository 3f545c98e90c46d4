// Integrations: create, get, list, update, delete (AWS: apigatewayv2 /v2/apis/{apiId}/integrations).
import type { ApiRecord, IntegrationRecord, IntegrationType } from '#shared/model/records.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { checkIntegration } from '../../constraints/integration.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  created,
  deleted,
  INTEGRATION,
  INTEGRATION_RESPONSE,
  needPart,
  pageParts,
  readPart,
  replaced,
  requireRoom,
  ROUTE,
} from '../../definitions/parts.ts';
import {
  merged,
  patched,
  picked,
  present,
  without,
  withoutEmpty,
} from '../../definitions/patch.ts';
import { badRequest, conflict } from '../../faults.ts';
import type { V2Input } from '../../model.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const INTEGRATION_ID_LENGTH = 7;

const MEMBERS = [
  'IntegrationType',
  'IntegrationUri',
  'IntegrationMethod',
  'IntegrationSubtype',
  'ConnectionId',
  'ConnectionType',
  'ContentHandlingStrategy',
  'CredentialsArn',
  'Description',
  'PassthroughBehavior',
  'PayloadFormatVersion',
  'RequestParameters',
  'RequestTemplates',
  'ResponseParameters',
  'TemplateSelectionExpression',
  'TimeoutInMillis',
  'TlsConfig',
] as const;

/** What AWS answers as selection expression, by type; proxies have none. */
const SELECTION: Partial<Record<IntegrationType, string>> = {
  AWS: '${integration.response.body.errorMessage}',
  HTTP: '${integration.response.statuscode}',
  MOCK: '${integration.response.statuscode}',
};

const createIntegration: V2Operation<'CreateIntegration'> = async (plane, input, context) => {
  check('Integration', input, plane.deps.limits);
  const change = async (api: ApiRecord) => {
    const record = newIntegration(api, input);
    checkIntegration(api, record, { input, limits: plane.deps.limits });
    const others = await allParts(plane.deps.store, INTEGRATION, { apiId: api.ApiId });
    requireRoom(others.length, plane.deps.limits.integrationsPerApi, 'Integrations');
    const at = { apiId: api.ApiId, ids: [record.IntegrationId] };
    return { writes: [created(INTEGRATION, at, record)], result: record };
  };
  return integrationView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** The record that an input makes, with the defaults of the api's protocol. */
export function newIntegration(
  { ProtocolType }: ApiRecord,
  input: Omit<V2Input<'CreateIntegration'>, 'ApiId'>,
): IntegrationRecord {
  const lambdaOfHttp = ProtocolType === 'HTTP' && input.IntegrationType === 'AWS_PROXY';
  const defaults = present({
    ConnectionType: 'INTERNET' as const,
    PayloadFormatVersion: '1.0',
    TimeoutInMillis: ProtocolType === 'HTTP' ? 30_000 : 29_000,
    PassthroughBehavior: ProtocolType === 'HTTP' ? undefined : ('WHEN_NO_MATCH' as const),
    IntegrationMethod: lambdaOfHttp && input.IntegrationSubtype === undefined ? 'POST' : undefined,
  });
  return withSelection(
    withoutEmpty({
      ...defaults,
      ...picked(input, MEMBERS),
      IntegrationType: input.IntegrationType,
      IntegrationId: newResourceId(INTEGRATION_ID_LENGTH),
    }),
  );
}

function withSelection(record: IntegrationRecord): IntegrationRecord {
  const rest = without(record, 'IntegrationResponseSelectionExpression');
  const expression = SELECTION[record.IntegrationType];
  return expression === undefined
    ? rest
    : { ...rest, IntegrationResponseSelectionExpression: expression };
}

const getIntegration: V2Operation<'GetIntegration'> = async (plane, input, context) => {
  const at = { kind: INTEGRATION, apiId: input.ApiId, ids: [input.IntegrationId] };
  return integrationView(await readPart(plane, context, at));
};

const getIntegrations: V2Operation<'GetIntegrations'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: INTEGRATION }), integrationView);

const updateIntegration: V2Operation<'UpdateIntegration'> = async (plane, input, context) => {
  checkPatch('Integration', input, {
    limits: plane.deps.limits,
    required: ['IntegrationType', 'ConnectionType'],
  });
  const at = { apiId: input.ApiId, ids: [input.IntegrationId] };
  const change = async (api: ApiRecord) => {
    const record = patchedIntegration(await needPart(plane.deps.store, INTEGRATION, at), input);
    checkIntegration(api, record, { input, limits: plane.deps.limits });
    return { writes: [replaced(INTEGRATION, at, record)], result: record };
  };
  return integrationView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** Parameters are laid over the old ones key by key: `""` (for responses `{}`) removes one. Templates are replaced. */
export function patchedIntegration(
  old: IntegrationRecord,
  input: Omit<V2Input<'UpdateIntegration'>, 'ApiId' | 'IntegrationId'>,
): IntegrationRecord {
  const maps = present({
    RequestParameters: merged(old.RequestParameters, input.RequestParameters),
    ResponseParameters: mergedStatuses(old.ResponseParameters, input.ResponseParameters),
  });
  return withSelection({ ...patched(old, input, MEMBERS), ...maps });
}

function mergedStatuses(old: unknown, changes: unknown): unknown {
  if (changes === undefined) return old;
  const all = { ...(old as object | undefined), ...(changes as object) };
  return Object.fromEntries(
    Object.entries(all).filter(([, map]) => Object.keys(map as object).length > 0),
  );
}

const deleteIntegration: V2Operation<'DeleteIntegration'> = async (plane, input, context) => {
  const { ApiId: apiId, IntegrationId: id } = input;
  const change = async () => {
    const { store } = plane.deps;
    const at = { apiId, ids: [id] };
    const integration = await needPart(store, INTEGRATION, at);
    if (integration.ApiGatewayManaged === true) {
      throw badRequest('A managed integration cannot be deleted');
    }
    await refuseUsed(plane, apiId, id);
    const responses = await allParts(store, INTEGRATION_RESPONSE, { apiId, parent: id });
    const writes = responses.map(({ IntegrationResponseId }) =>
      deleted(INTEGRATION_RESPONSE, { apiId, ids: [id, IntegrationResponseId] }),
    );
    return { writes: [...writes, deleted(INTEGRATION, at)], result: undefined };
  };
  return define(plane, context, { apiId, change });
};

async function refuseUsed({ deps }: Plane, apiId: string, id: string): Promise<void> {
  const routes = await allParts(deps.store, ROUTE, { apiId });
  const users = routes.filter(({ Target }) => Target === `integrations/${id}`);
  if (users.length === 0) return;
  const ids = users.map(({ RouteId }) => RouteId).join(', ');
  throw conflict(
    `Cannot delete Integration because it is referenced by the following Routes with Ids: [${ids}]`,
  );
}

const integrationView = (record: IntegrationRecord): V2Item<'GetIntegrations'> =>
  record as V2Item<'GetIntegrations'>;

/** Operations of this file. */
export const INTEGRATION_OPERATIONS = {
  CreateIntegration: createIntegration,
  GetIntegration: getIntegration,
  GetIntegrations: getIntegrations,
  UpdateIntegration: updateIntegration,
  DeleteIntegration: deleteIntegration,
} satisfies Partial<V2Operations>;
