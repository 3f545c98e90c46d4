// Models: create, get, list, update, delete, and the sample template of one (AWS: apigatewayv2 /v2/apis/{apiId}/models).
import type { ApiRecord, ModelRecord } from '#shared/model/records.ts';
import { schemaFlaw, type SchemaFlaw } from '#shared/validation/inspect.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { check, checkPatch } from '../../constraints.ts';
import { requireModels } from '../../constraints/protocol.ts';
import { pageOutput } from '../../definitions/page.ts';
import {
  allParts,
  created,
  deleted,
  MODEL,
  needPart,
  pageParts,
  readPart,
  replaced,
  ROUTE,
} from '../../definitions/parts.ts';
import { patched, picked, withoutEmpty } from '../../definitions/patch.ts';
import { badRequest, conflict } from '../../faults.ts';
import { sampleTemplate } from '../../model-template.ts';
import type { V2Item, V2Operation, V2Operations } from '../../operation.ts';
import { define, type Plane } from '../../plane.ts';

const MODEL_ID_LENGTH = 6;

const MEMBERS = ['Name', 'ContentType', 'Description', 'Schema'] as const;

const createModel: V2Operation<'CreateModel'> = async (plane, input, context) => {
  check('Model', input, plane.deps.limits);
  const record: ModelRecord = withoutEmpty({
    ...picked(input, MEMBERS),
    ModelId: newResourceId(MODEL_ID_LENGTH),
    Name: input.Name,
    Schema: input.Schema,
  });
  const change = async (api: ApiRecord) => {
    requireModels(api);
    await checkModel(plane, api, record);
    const at = { apiId: api.ApiId, ids: [record.ModelId] };
    return { writes: [created(MODEL, at, record)], result: record };
  };
  return modelView(await define(plane, context, { apiId: input.ApiId, change }));
};

/** A schema must be one of draft 4 (unless the api says not to look), a name of its own. */
async function checkModel({ deps }: Plane, api: ApiRecord, record: ModelRecord): Promise<void> {
  if (api.DisableSchemaValidation !== true) checkSchema(deps, api, record);
  const models = await allParts(deps.store, MODEL, { apiId: api.ApiId });
  const others = models.filter(({ ModelId }) => ModelId !== record.ModelId);
  if (others.some(({ Name }) => Name === record.Name)) {
    throw conflict(`Model name already exists for this API: ${record.Name}`);
  }
}

/** What AWS tells is little: the log says more. */
function checkSchema({ logger }: Plane['deps'], { ApiId }: ApiRecord, model: ModelRecord): void {
  const flaw = schemaFlaw(model.Schema);
  if (flaw === undefined) return;
  logger.info('the schema of a model is refused', {
    ...{ apiId: ApiId, model: model.Name, detail: flaw.detail },
  });
  throw badRequest(
    `Invalid model specified: Validation Result: warnings : [], errors : [${textOf(flaw)}]`,
  );
}

/** As REST APIs tell it. */
function textOf({ kind, keywords }: SchemaFlaw): string {
  if (kind === 'reference') return 'Model reference must be in canonical form';
  const invalid = 'Invalid model schema specified';
  if (kind === 'invalid') return invalid;
  return `${invalid}. Unsupported keyword(s): ${JSON.stringify(keywords)}`;
}

function parsedSchema(text: string): object | undefined {
  try {
    const schema: unknown = JSON.parse(text);
    const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema);
    return isObject ? schema : undefined;
  } catch {
    return undefined; // its api says not to look
  }
}

const getModel: V2Operation<'GetModel'> = async (plane, input, context) =>
  modelView(
    await readPart(plane, context, { kind: MODEL, apiId: input.ApiId, ids: [input.ModelId] }),
  );

const getModels: V2Operation<'GetModels'> = async (plane, input, context) =>
  pageOutput(await pageParts(plane, input, { context, kind: MODEL }), modelView);

const getModelTemplate: V2Operation<'GetModelTemplate'> = async (plane, input, context) => {
  const at = { kind: MODEL, apiId: input.ApiId, ids: [input.ModelId] };
  const model = await readPart(plane, context, at);
  return { Value: sampleTemplate(parsedSchema(model.Schema) ?? {}) };
};

const updateModel: V2Operation<'UpdateModel'> = async (plane, input, context) => {
  checkPatch('Model', input, { limits: plane.deps.limits, required: ['Name', 'Schema'] });
  const at = { apiId: input.ApiId, ids: [input.ModelId] };
  const change = async (api: ApiRecord) => {
    const record = patched(await needPart(plane.deps.store, MODEL, at), input, MEMBERS);
    await checkModel(plane, api, record);
    return { writes: [replaced(MODEL, at, record)], result: record };
  };
  return modelView(await define(plane, context, { apiId: input.ApiId, change }));
};

const deleteModel: V2Operation<'DeleteModel'> = async (plane, input, context) => {
  const at = { apiId: input.ApiId, ids: [input.ModelId] };
  const change = async () => {
    const model = await needPart(plane.deps.store, MODEL, at);
    await refuseUsed(plane, input.ApiId, model.Name);
    return { writes: [deleted(MODEL, at)], result: undefined };
  };
  return define(plane, context, { apiId: input.ApiId, change });
};

async function refuseUsed({ deps }: Plane, apiId: string, name: string): Promise<void> {
  const routes = await allParts(deps.store, ROUTE, { apiId });
  const users = routes.filter(({ RequestModels = {} }) =>
    Object.values(RequestModels).includes(name),
  );
  if (users.length === 0) return;
  const ids = users.map(({ RouteId }) => RouteId).join(', ');
  throw conflict(
    `Cannot delete Model because it is referenced by the following Routes with Ids: [${ids}]`,
  );
}

const modelView = (record: ModelRecord): V2Item<'GetModels'> => record;

/** Operations of this file. */
export const MODEL_OPERATIONS = {
  CreateModel: createModel,
  GetModel: getModel,
  GetModels: getModels,
  GetModelTemplate: getModelTemplate,
  UpdateModel: updateModel,
  DeleteModel: deleteModel,
} satisfies Partial<V2Operations>;
