// Integration responses of non-proxy integrations (AWS: apigatewayv2 …/integrations/{integrationId}/integrationresponses).
import type { ApiRecord, IntegrationResponseRecord } from '#shared/model/records.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { badMapping } from '../../constraints/integration.ts';
import { requireWebSocket } from '../../constraints/protocol.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  created,
  deleted,
  INTEGRATION,
  INTEGRATION_RESPONSE,
  needPart,
  pageParts,
  replaced,
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
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const INTEGRATION_RESPONSE_ID_LENGTH = 7;

const MEMBERS = [
  'IntegrationResponseKey',
  'ContentHandlingStrategy',
  'ResponseParameters',
  'ResponseTemplates',
  'TemplateSelectionExpression',
] as const;

interface Address {
  readonly ApiId: string;
  readonly IntegrationId: string;
  readonly IntegrationResponseId: string;
}

const createIntegrationResponse: V2Operation<'CreateIntegrationResponse'> = async (
  plane,
  input,
  context,
) => {
  check('IntegrationResponse', input, plane.deps.limits);
  checkResponse(input);
  const record: IntegrationResponseRecord = withoutEmpty({
    ...picked(input, MEMBERS),
    IntegrationResponseKey: input.IntegrationResponseKey,
    IntegrationId: input.IntegrationId,
    IntegrationResponseId: newResourceId(INTEGRATION_RESPONSE_ID_LENGTH),
  });
  const change = async (api: ApiRecord) => {
    requireWebSocket(api, 'IntegrationResponses');
    await requireFree(plane, input.ApiId, record);
    const at = addressOf({ ...input, ...record });
    return { writes: [created(INTEGRATION_RESPONSE, at, record)], result: record };
  };
  return integrationResponseView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** A key is `$default` or a pattern in slashes (AWS guide: apigateway-websocket-api-integration-responses). */
function checkResponse(input: {
  readonly IntegrationResponseKey?: string;
  readonly ResponseParameters?: Readonly<Record<string, string>>;
}): void {
  const key = input.IntegrationResponseKey;
  if (key !== undefined && key !== '$default' && !/^\/.+\/$/s.test(key)) {
    throw badRequest(
      `Invalid IntegrationResponseKey specified: ${key}. It must be $default or a regular expression between slashes`,
    );
  }
  const bad = Object.keys(input.ResponseParameters ?? {}).find(
    (name) => !/^(method|route)\.response\.header\.[a-zA-Z0-9._$-]+$/.test(name),
  );
  if (bad !== undefined) throw badMapping(bad);
}

async function requireFree(
  { deps }: Plane,
  apiId: string,
  { IntegrationId, IntegrationResponseId, IntegrationResponseKey: key }: IntegrationResponseRecord,
): Promise<void> {
  await needPart(deps.store, INTEGRATION, { apiId, ids: [IntegrationId] });
  const all = await allParts(deps.store, INTEGRATION_RESPONSE, { apiId, parent: IntegrationId });
  const twin = all.find((other) => other.IntegrationResponseKey === key);
  if (twin !== undefined && twin.IntegrationResponseId !== IntegrationResponseId) {
    throw conflict(`IntegrationResponse with key ${key} already exists for this Integration`);
  }
}

const addressOf = (input: Address) => ({
  apiId: input.ApiId,
  ids: [input.IntegrationId, input.IntegrationResponseId],
});

/** The response at an input's address; 404 for the integration or the response. */
async function read({ deps }: Plane, input: Address): Promise<IntegrationResponseRecord> {
  await needPart(deps.store, INTEGRATION, { apiId: input.ApiId, ids: [input.IntegrationId] });
  return needPart(deps.store, INTEGRATION_RESPONSE, addressOf(input));
}

const getIntegrationResponse: V2Operation<'GetIntegrationResponse'> = async (
  plane,
  input,
  context,
) => {
  await plane.edits.api(context, input.ApiId);
  return integrationResponseView(await read(plane, input));
};

const getIntegrationResponses: V2Operation<'GetIntegrationResponses'> = async (
  plane,
  input,
  context,
) => {
  const { ApiId: apiId, IntegrationId: parent } = input;
  await plane.edits.api(context, apiId);
  await needPart(plane.deps.store, INTEGRATION, { apiId, ids: [parent] });
  const list = { context, kind: INTEGRATION_RESPONSE, parent };
  return pageOutput(await pageParts(plane, input, list), integrationResponseView);
};

const updateIntegrationResponse: V2Operation<'UpdateIntegrationResponse'> = async (
  plane,
  input,
  context,
) => {
  checkPatch('IntegrationResponse', input, {
    limits: plane.deps.limits,
    required: ['IntegrationResponseKey'],
  });
  checkResponse(input);
  const change = async () => {
    const old = await read(plane, input);
    const record: IntegrationResponseRecord = {
      ...patched(old, input, MEMBERS),
      ...present({ ResponseParameters: merged(old.ResponseParameters, input.ResponseParameters) }),
    };
    await requireFree(plane, input.ApiId, record);
    return { writes: [replaced(INTEGRATION_RESPONSE, addressOf(input), record)], result: record };
  };
  return integrationResponseView(await define(plane, context, { apiId: input.ApiId, change }));
};

const deleteIntegrationResponse: V2Operation<'DeleteIntegrationResponse'> = async (
  plane,
  input,
  context,
) => {
  const change = async () => {
    await read(plane, input);
    return { writes: [deleted(INTEGRATION_RESPONSE, addressOf(input))], result: undefined };
  };
  return define(plane, context, { apiId: input.ApiId, change });
};

function integrationResponseView(
  record: IntegrationResponseRecord,
): V2Item<'GetIntegrationResponses'> {
  return without(record, 'IntegrationId');
}

/** Operations of this file. */
export const INTEGRATION_RESPONSE_OPERATIONS = {
  CreateIntegrationResponse: createIntegrationResponse,
  GetIntegrationResponse: getIntegrationResponse,
  GetIntegrationResponses: getIntegrationResponses,
  UpdateIntegrationResponse: updateIntegrationResponse,
  DeleteIntegrationResponse: deleteIntegrationResponse,
} satisfies Partial<V2Operations>;
