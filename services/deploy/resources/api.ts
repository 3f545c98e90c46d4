// AWS::ApiGatewayV2::Api.
import type { gateway } from '../clients.ts';
import { isObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { resetsOf, stringIn } from './definition.ts';
import type { Made, PropertySpec, ResourceType } from './resource-type.ts';
import { putTags } from './tags.ts';

const STRING: PropertySpec = { kind: 'string' };
const IMPORT = 'importing an OpenAPI document is not supported';

/** What an update must send for properties that were taken away. */
const RESETS: JsonObject = {
  ApiKeySelectionExpression: '$request.header.x-api-key',
  Description: '',
  DisableExecuteApiEndpoint: false,
  DisableSchemaValidation: false,
  IpAddressType: 'ipv4',
  Version: '',
};

/** AWS: AWS::ApiGatewayV2::Api. Ref is the api id. The tag `_custom_id_` fixes it. */
export const API: ResourceType = {
  type: 'AWS::ApiGatewayV2::Api',
  properties: {
    ApiKeySelectionExpression: STRING,
    BasePath: { kind: 'string', ignored: true },
    Body: { kind: 'json', refused: IMPORT },
    BodyS3Location: { kind: 'json', refused: IMPORT },
    CorsConfiguration: { kind: 'settings' },
    CredentialsArn: STRING,
    Description: STRING,
    DisableExecuteApiEndpoint: { kind: 'boolean' },
    DisableSchemaValidation: { kind: 'boolean' },
    FailOnWarnings: { kind: 'boolean', ignored: true },
    IpAddressType: STRING,
    Name: { kind: 'string', required: true },
    ProtocolType: { kind: 'string', required: true, replaces: true },
    RouteKey: STRING,
    RouteSelectionExpression: STRING,
    Tags: { kind: 'tags' },
    Target: STRING,
    Version: STRING,
  },
  attributes: ['ApiEndpoint', 'ApiId'],
  definition: true,
  create: async (properties, { clients }) => {
    const output = await clients.gateway.createApi(
      properties as unknown as gateway.CreateApiCommandInput,
    );
    return madeOf(stringIn(output, 'ApiId'), stringIn(output, 'ApiEndpoint'), properties);
  },
  find: async (properties, { clients }) => {
    const tags = properties['Tags'];
    const id = isObject(tags) ? tags['_custom_id_'] : undefined;
    if (typeof id !== 'string') return undefined;
    const output = await clients.gateway.getApi({ ApiId: id });
    return madeOf(id, stringIn(output, 'ApiEndpoint'), properties);
  },
  update: async (properties, change, context) => {
    const ApiId = change.made.ref;
    const { Tags, ...rest } = properties;
    await context.clients.gateway.updateApi({
      ...resetsOf(RESETS, properties, change),
      ...rest,
      ProtocolType: undefined,
      ApiId,
    } as unknown as gateway.UpdateApiCommandInput);
    if (change.changed.has('Tags'))
      await putTags(apiArn(context.stack.region, ApiId), Tags, context);
    return change.made;
  },
  exists: async ({ ref: ApiId }, { clients }) => isObject(await clients.gateway.getApi({ ApiId })),
  remove: async (made, { clients }) => {
    await clients.gateway.deleteApi({ ApiId: made.ref });
  },
};

/** AWS: ARN format reference, API Gateway resources. */
export function apiArn(region: string, apiId: string): string {
  return `arn:aws:apigateway:${region}::/apis/${apiId}`;
}

function madeOf(apiId: string, endpoint: string, properties: JsonObject): Made {
  return {
    ref: apiId,
    attributes: { ApiId: apiId, ApiEndpoint: endpoint },
    keys: { ApiId: apiId, ProtocolType: stringIn(properties, 'ProtocolType') },
  };
}
