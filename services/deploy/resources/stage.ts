// AWS::ApiGatewayV2::Deployment and AWS::ApiGatewayV2::Stage.
import type { gateway } from '../clients.ts';
import { isObject, plainText } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { apiArn } from './api.ts';
import { emptied, resetsOf, stringIn } from './definition.ts';
import type { Change, Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';
import { putTags } from './tags.ts';

const STRING: PropertySpec = { kind: 'string' };
const PARENT: PropertySpec = { kind: 'string', required: true, replaces: true };

/**
 * AWS: AWS::ApiGatewayV2::Deployment. An older deployment stays in the api's history when another takes its place,
 * so that a stage can be pointed back at it.
 */
export const DEPLOYMENT: ResourceType = {
  type: 'AWS::ApiGatewayV2::Deployment',
  properties: { ApiId: PARENT, Description: STRING, StageName: STRING },
  attributes: ['DeploymentId'],
  freezes: true,
  create: async (properties, { clients }) => {
    const output = await clients.gateway.createDeployment(
      properties as unknown as gateway.CreateDeploymentCommandInput,
    );
    const id = stringIn(output, 'DeploymentId');
    if (output.DeploymentStatus === 'FAILED') {
      throw new Error(output.DeploymentStatusMessage ?? 'the deployment failed');
    }
    return {
      ref: id,
      attributes: { DeploymentId: id },
      keys: { ApiId: stringIn(properties, 'ApiId'), DeploymentId: id },
    };
  },
  update: async (properties, { made, changed }, { clients }) => {
    const ApiId = stringIn(made.keys, 'ApiId');
    const StageName = properties['StageName'];
    if (changed.has('Description')) {
      const Description = plainText(properties['Description'] ?? '');
      await clients.gateway.updateDeployment({ ApiId, DeploymentId: made.ref, Description });
    }
    if (changed.has('StageName') && typeof StageName === 'string') {
      await clients.gateway.updateStage({ ApiId, StageName, DeploymentId: made.ref });
    }
    return made;
  },
  exists: async ({ ref: DeploymentId, keys }, { clients }) =>
    isObject(await clients.gateway.getDeployment({ ApiId: keys['ApiId'], DeploymentId })),
  remove: async (made, { clients }) => {
    const ApiId = stringIn(made.keys, 'ApiId');
    await clients.gateway.deleteDeployment({ ApiId, DeploymentId: made.ref });
  },
};

/** What an update must send for properties that were taken away. */
const RESETS: JsonObject = {
  AutoDeploy: false,
  ClientCertificateId: '',
  DefaultRouteSettings: {},
  Description: '',
};

/** AWS: AWS::ApiGatewayV2::Stage. Ref is the stage's name. */
export const STAGE: ResourceType = {
  type: 'AWS::ApiGatewayV2::Stage',
  properties: {
    AccessLogSettings: { kind: 'texts' },
    AccessPolicyId: { kind: 'string', ignored: true },
    ApiId: PARENT,
    AutoDeploy: { kind: 'boolean' },
    ClientCertificateId: STRING,
    DefaultRouteSettings: { kind: 'settings' },
    DeploymentId: STRING,
    Description: STRING,
    RouteSettings: { kind: 'settings' },
    StageName: PARENT,
    StageVariables: { kind: 'texts' },
    Tags: { kind: 'tags' },
  },
  attributes: ['Id'],
  create: async (properties, { clients }) => {
    await clients.gateway.createStage(properties as unknown as gateway.CreateStageCommandInput);
    return stageOf(properties);
  },
  find: async (properties) => stageOf(properties),
  update: async (properties, change, context) => {
    const { Tags, ...rest } = properties;
    const { made, changed } = change;
    const present = await dropSettings(properties, change, context);
    await context.clients.gateway.updateStage({
      ...resetsOf(RESETS, properties, change),
      ...rest,
      ...emptied(present, properties, change),
      ...made.keys,
    } as unknown as gateway.UpdateStageCommandInput);
    if (changed.has('Tags')) {
      const api = apiArn(context.stack.region, stringIn(made.keys, 'ApiId'));
      await putTags(`${api}/stages/${made.ref}`, Tags, context);
    }
    return made;
  },
  exists: async ({ ref: StageName, keys }, { clients }) =>
    isObject(await clients.gateway.getStage({ ApiId: keys['ApiId'], StageName })),
  remove: async (made, { clients }) => {
    const ApiId = stringIn(made.keys, 'ApiId');
    await clients.gateway.deleteStage({ ApiId, StageName: made.ref });
  },
};

function stageOf(properties: JsonObject): Made {
  const name = stringIn(properties, 'StageName');
  const keys = { ApiId: stringIn(properties, 'ApiId'), StageName: name };
  return { ref: name, attributes: { Id: name }, keys };
}

/** A PATCH merges these maps; what left the template needs a call each. Answers the stage's variables as they are. */
async function dropSettings(
  properties: JsonObject,
  { made, changed }: Change,
  { clients }: ResourceContext,
): Promise<Readonly<Record<string, unknown>>> {
  const keys = { ApiId: stringIn(made.keys, 'ApiId'), StageName: made.ref };
  if (changed.has('AccessLogSettings') && properties['AccessLogSettings'] === undefined) {
    await clients.gateway.deleteAccessLogSettings(keys);
  }
  const { RouteSettings, StageVariables } = await clients.gateway.getStage(keys);
  const wanted = properties['RouteSettings'];
  for (const RouteKey of changed.has('RouteSettings') ? Object.keys(RouteSettings ?? {}) : []) {
    if (isObject(wanted) && RouteKey in wanted) continue;
    await clients.gateway.deleteRouteSettings({ ...keys, RouteKey });
  }
  return { StageVariables };
}
