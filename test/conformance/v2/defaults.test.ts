// What each resource answers that was made with no more than it needs: exactly these members, from create and get alike.
import { expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { REGION, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

/** An answer without what the SDK adds; its absent members are gone. */
function membersOf(answer: object): Record<string, unknown> {
  const entries = Object.entries(answer).filter(
    ([name, value]) => name !== '$metadata' && value !== undefined,
  );
  return Object.fromEntries(entries);
}

const id = (length: number) => expect.stringMatching(new RegExp(`^[a-z0-9]{${length}}$`)) as string;
const DATE = expect.any(Date) as Date;

interface Made {
  readonly made: object;
  readonly got: object;
}

/** Makes one of each kind in an api of its own, and reads it again. */
const KINDS: Readonly<Record<string, (ApiId: string) => Promise<Made>>> = {
  Api: async () => {
    const made = await target.sdk.createApi({
      Name: 'bare',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
    return { made, got: await target.sdk.getApi({ ApiId: made.ApiId }) };
  },
  Route: async (ApiId) => {
    const made = await target.sdk.createRoute({ ApiId, RouteKey: 'move' });
    return { made, got: await target.sdk.getRoute({ ApiId, RouteId: made.RouteId }) };
  },
  RouteResponse: async (ApiId) => {
    const { RouteId } = await target.sdk.createRoute({ ApiId, RouteKey: 'say' });
    const at = { ApiId, RouteId };
    const made = await target.sdk.createRouteResponse({ ...at, RouteResponseKey: '$default' });
    const { RouteResponseId } = made;
    return { made, got: await target.sdk.getRouteResponse({ ...at, RouteResponseId }) };
  },
  'Integration of type MOCK': async (ApiId) => {
    const made = await target.sdk.createIntegration({ ApiId, IntegrationType: 'MOCK' });
    const { IntegrationId } = made;
    return { made, got: await target.sdk.getIntegration({ ApiId, IntegrationId }) };
  },
  'Integration of type AWS_PROXY': async (ApiId) => {
    const made = await target.sdk.createIntegration({
      ...{ ApiId, IntegrationType: 'AWS_PROXY', IntegrationUri: FUNCTION_URI },
      IntegrationMethod: 'POST',
    });
    const { IntegrationId } = made;
    return { made, got: await target.sdk.getIntegration({ ApiId, IntegrationId }) };
  },
  IntegrationResponse: async (ApiId) => {
    const integration = { ApiId, IntegrationType: 'MOCK' as const };
    const { IntegrationId } = await target.sdk.createIntegration(integration);
    const at = { ApiId, IntegrationId };
    const response = { ...at, IntegrationResponseKey: '$default' };
    const made = await target.sdk.createIntegrationResponse(response);
    const { IntegrationResponseId } = made;
    return { made, got: await target.sdk.getIntegrationResponse({ ...at, IntegrationResponseId }) };
  },
  Model: async (ApiId) => {
    const made = await target.sdk.createModel({ ApiId, Name: 'm', Schema: '{}' });
    return { made, got: await target.sdk.getModel({ ApiId, ModelId: made.ModelId }) };
  },
  Authorizer: async (ApiId) => {
    const made = await target.sdk.createAuthorizer({
      ...{ ApiId, Name: 'a', AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
      IdentitySource: [],
    });
    return {
      made,
      got: await target.sdk.getAuthorizer({ ApiId, AuthorizerId: made.AuthorizerId }),
    };
  },
  Deployment: async (ApiId) => {
    await target.sdk.createRoute({ ApiId, RouteKey: '$default' });
    const made = await target.sdk.createDeployment({ ApiId });
    const { DeploymentId } = made;
    return { made, got: await target.sdk.getDeployment({ ApiId, DeploymentId }) };
  },
  Stage: async (ApiId) => {
    const made = await target.sdk.createStage({ ApiId, StageName: 'bare' });
    return { made, got: await target.sdk.getStage({ ApiId, StageName: 'bare' }) };
  },
  DomainName: async () => {
    const DomainName = 'bare.example.com';
    const DomainNameConfigurations = [{ CertificateArn: 'arn:aws:acm:::certificate/x' }];
    const made = await target.sdk.createDomainName({ DomainName, DomainNameConfigurations });
    return { made, got: await target.sdk.getDomainName({ DomainName }) };
  },
  ApiMapping: async (ApiId) => {
    const DomainName = 'mapped.example.com';
    await target.sdk.createStage({ ApiId, StageName: 'live' });
    await target.sdk.createDomainName({ DomainName });
    const made = await target.sdk.createApiMapping({ DomainName, ApiId, Stage: 'live' });
    const { ApiMappingId } = made;
    return { made, got: await target.sdk.getApiMapping({ DomainName, ApiMappingId }) };
  },
};

const MEMBERS: Readonly<Record<keyof typeof KINDS, (ApiId: string) => object>> = {
  Api: () => ({
    ApiEndpoint: expect.stringMatching(
      new RegExp(`^wss://[a-z0-9]{10}\\.execute-api\\.${REGION}\\.amazonaws\\.com$`),
    ) as string,
    ApiId: id(10),
    ApiKeySelectionExpression: '$request.header.x-api-key',
    CreatedDate: DATE,
    DisableExecuteApiEndpoint: false,
    IpAddressType: 'ipv4',
    Name: 'bare',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
    Tags: {},
  }),
  Route: () => ({
    ApiKeyRequired: false,
    AuthorizationType: 'NONE',
    RouteId: id(7),
    RouteKey: 'move',
  }),
  RouteResponse: () => ({ RouteResponseId: id(7), RouteResponseKey: '$default' }),
  'Integration of type MOCK': () => ({
    ConnectionType: 'INTERNET',
    IntegrationId: id(7),
    IntegrationResponseSelectionExpression: '${integration.response.statuscode}',
    IntegrationType: 'MOCK',
    PassthroughBehavior: 'WHEN_NO_MATCH',
    PayloadFormatVersion: '1.0',
    TimeoutInMillis: 29_000,
  }),
  'Integration of type AWS_PROXY': () => ({
    ConnectionType: 'INTERNET',
    IntegrationId: id(7),
    IntegrationMethod: 'POST',
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION_URI,
    PassthroughBehavior: 'WHEN_NO_MATCH',
    PayloadFormatVersion: '1.0',
    TimeoutInMillis: 29_000,
  }),
  IntegrationResponse: () => ({
    IntegrationResponseId: id(7),
    IntegrationResponseKey: '$default',
  }),
  Model: () => ({ ModelId: id(6), Name: 'm', Schema: '{}' }),
  Authorizer: () => ({
    AuthorizerId: id(6),
    AuthorizerType: 'REQUEST',
    AuthorizerUri: FUNCTION_URI,
    IdentitySource: [],
    Name: 'a',
  }),
  Deployment: () => ({
    AutoDeployed: false,
    CreatedDate: DATE,
    DeploymentId: id(6),
    DeploymentStatus: 'DEPLOYED',
  }),
  Stage: () => ({
    AutoDeploy: false,
    CreatedDate: DATE,
    DefaultRouteSettings: {
      DataTraceEnabled: false,
      DetailedMetricsEnabled: false,
      LoggingLevel: 'OFF',
    },
    LastUpdatedDate: DATE,
    RouteSettings: {},
    StageName: 'bare',
    StageVariables: {},
    Tags: {},
  }),
  DomainName: () => ({
    ApiMappingSelectionExpression: '$request.basepath',
    DomainName: 'bare.example.com',
    DomainNameArn: `arn:aws:apigateway:${REGION}::/domainnames/bare.example.com`,
    DomainNameConfigurations: [
      {
        ApiGatewayDomainName: expect.stringMatching(
          new RegExp(`^d-[a-z0-9]{10}\\.execute-api\\.${REGION}\\.amazonaws\\.com$`),
        ) as string,
        CertificateArn: 'arn:aws:acm:::certificate/x',
        DomainNameStatus: 'AVAILABLE',
        EndpointType: 'REGIONAL',
        HostedZoneId: expect.stringMatching(/^Z[A-Z0-9]+$/) as string,
        IpAddressType: 'ipv4',
        SecurityPolicy: 'TLS_1_2',
      },
    ],
    RoutingMode: 'API_MAPPING_ONLY',
    Tags: {},
  }),
  ApiMapping: (ApiId) => ({ ApiId, ApiMappingId: id(10), ApiMappingKey: '', Stage: 'live' }),
};

test.each(Object.entries(KINDS))('%s', async (name, make) => {
  const ApiId = await webSocketApi(target);
  const { made, got } = await make(ApiId);
  expect(membersOf(made)).toEqual(MEMBERS[name]?.(ApiId));
  expect(membersOf(got)).toEqual(membersOf(made));
});
