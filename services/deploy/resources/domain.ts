// AWS::ApiGatewayV2::DomainName and AWS::ApiGatewayV2::ApiMapping.
import type { gateway } from '../clients.ts';
import { isObject, type Json } from '../json.ts';
import { stringIn } from './definition.ts';
import type { Made, PropertySpec, ResourceContext, ResourceType } from './resource-type.ts';
import { putTags } from './tags.ts';

const STRING: PropertySpec = { kind: 'string' };
const REQUIRED: PropertySpec = { kind: 'string', required: true };
const PARENT: PropertySpec = { kind: 'string', required: true, replaces: true };

/** AWS: AWS::ApiGatewayV2::DomainName. Ref is the domain name. */
export const DOMAIN_NAME: ResourceType = {
  type: 'AWS::ApiGatewayV2::DomainName',
  properties: {
    DomainName: PARENT,
    DomainNameConfigurations: { kind: 'list' },
    MutualTlsAuthentication: { kind: 'map' },
    RoutingMode: STRING,
    Tags: { kind: 'tags' },
  },
  attributes: ['DomainNameArn', 'RegionalDomainName', 'RegionalHostedZoneId'],
  create: async (properties, context) => {
    const output = await context.clients.gateway.createDomainName(
      properties as unknown as gateway.CreateDomainNameCommandInput,
    );
    return madeOf(output, context);
  },
  find: async (properties, context) => {
    const DomainName = stringIn(properties, 'DomainName');
    return madeOf(await context.clients.gateway.getDomainName({ DomainName }), context);
  },
  update: async (properties, { made, changed }, context) => {
    const { Tags, MutualTlsAuthentication, ...rest } = properties;
    const output = await context.clients.gateway.updateDomainName({
      ...rest,
      // Whoever speaks of a truststore has it read again.
      ...(changed.has('MutualTlsAuthentication') && {
        MutualTlsAuthentication: mutualTlsOf(MutualTlsAuthentication),
      }),
      DomainName: made.ref,
    });
    if (changed.has('Tags')) await putTags(domainArn(made.ref, context), Tags, context);
    return madeOf(output, context);
  },
  exists: async ({ ref: DomainName }, { clients }) =>
    isObject(await clients.gateway.getDomainName({ DomainName })),
  remove: async (made, { clients }) => {
    await clients.gateway.deleteDomainName({ DomainName: made.ref });
  },
};

/** What the template no longer says is off. */
function mutualTlsOf(given: Json | undefined): gateway.MutualTlsAuthenticationInput {
  if (!isObject(given)) return { TruststoreUri: '' };
  return { TruststoreVersion: '', ...(given as gateway.MutualTlsAuthenticationInput) };
}

function domainArn(name: string, { stack }: ResourceContext): string {
  return `arn:aws:apigateway:${stack.region}::/domainnames/${name}`;
}

function madeOf(output: gateway.CreateDomainNameCommandOutput, context: ResourceContext): Made {
  const name = stringIn(output, 'DomainName');
  const [configuration] = output.DomainNameConfigurations ?? [];
  return {
    ref: name,
    attributes: {
      DomainNameArn: domainArn(name, context),
      RegionalDomainName: configuration?.ApiGatewayDomainName ?? name,
      RegionalHostedZoneId: configuration?.HostedZoneId ?? '',
    },
    keys: { DomainName: name },
  };
}

/** AWS: AWS::ApiGatewayV2::ApiMapping. Ref is the mapping's id. */
export const API_MAPPING: ResourceType = {
  type: 'AWS::ApiGatewayV2::ApiMapping',
  properties: { ApiId: REQUIRED, ApiMappingKey: STRING, DomainName: PARENT, Stage: REQUIRED },
  attributes: ['ApiMappingId'],
  create: async (properties, { clients }) => {
    const output = await clients.gateway.createApiMapping(
      properties as unknown as gateway.CreateApiMappingCommandInput,
    );
    const id = stringIn(output, 'ApiMappingId');
    return {
      ref: id,
      attributes: { ApiMappingId: id },
      keys: { DomainName: stringIn(properties, 'DomainName'), ApiMappingId: id },
    };
  },
  update: async (properties, { made }, { clients }) => {
    const input = { ApiMappingKey: '', ...properties, ...made.keys };
    await clients.gateway.updateApiMapping(
      input as unknown as gateway.UpdateApiMappingCommandInput,
    );
    return made;
  },
  exists: async ({ ref: ApiMappingId, keys }, { clients }) =>
    isObject(await clients.gateway.getApiMapping({ DomainName: keys['DomainName'], ApiMappingId })),
  remove: async (made, { clients }) => {
    const DomainName = stringIn(made.keys, 'DomainName');
    await clients.gateway.deleteApiMapping({ DomainName, ApiMappingId: made.ref });
  },
};
