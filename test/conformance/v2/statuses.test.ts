// The status of every operation of WebSocket APIs on the wire, as AWS's published model has it.
import { expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { REGION, useV2Target } from '../../support/v2-target.ts';

const target = useV2Target();

interface Answered {
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

test('create 201, get and list 200, update 200, delete 204', async () => {
  const { sdk } = target;
  const seen: string[] = [];
  const told = async <T extends Answered>(name: string, call: Promise<T>): Promise<T> => {
    const answer = await call;
    seen.push(`${name} ${answer.$metadata.httpStatusCode}`);
    return answer;
  };
  const DomainName = 'statuses.example.com';
  const StageName = 'live';
  const { ApiId = '' } = await told(
    'CreateApi',
    sdk.createApi({
      ...{ Name: 'n', ProtocolType: 'WEBSOCKET' },
      RouteSelectionExpression: '$request.body.action',
    }),
  );
  const { IntegrationId } = await told(
    'CreateIntegration',
    sdk.createIntegration({ ApiId, IntegrationType: 'MOCK' }),
  );
  const integration = { ApiId, IntegrationId };
  const { IntegrationResponseId } = await told(
    'CreateIntegrationResponse',
    sdk.createIntegrationResponse({ ...integration, IntegrationResponseKey: '$default' }),
  );
  const integrationResponse = { ...integration, IntegrationResponseId };
  const key = 'route.request.querystring.a';
  const { RouteId } = await told(
    'CreateRoute',
    sdk.createRoute({ ApiId, RouteKey: '$connect', RequestParameters: { [key]: {} } }),
  );
  const route = { ApiId, RouteId };
  const { RouteResponseId } = await told(
    'CreateRouteResponse',
    sdk.createRouteResponse({ ...route, RouteResponseKey: '$default' }),
  );
  const routeResponse = { ...route, RouteResponseId };
  const { ModelId } = await told(
    'CreateModel',
    sdk.createModel({ ApiId, Name: 'm', Schema: '{}' }),
  );
  const model = { ApiId, ModelId };
  const { AuthorizerId } = await told(
    'CreateAuthorizer',
    sdk.createAuthorizer({
      ...{ ApiId, Name: 'a', AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
      IdentitySource: [],
    }),
  );
  const authorizer = { ApiId, AuthorizerId };
  const { DeploymentId } = await told('CreateDeployment', sdk.createDeployment({ ApiId }));
  const deployment = { ApiId, DeploymentId };
  const stage = { ApiId, StageName };
  await told(
    'CreateStage',
    sdk.createStage({ ...stage, RouteSettings: { $connect: { ThrottlingRateLimit: 1 } } }),
  );
  const domain = { DomainName };
  await told('CreateDomainName', sdk.createDomainName(domain));
  const { ApiMappingId } = await told(
    'CreateApiMapping',
    sdk.createApiMapping({ ...domain, ApiId, Stage: StageName }),
  );
  const mapping = { DomainName, ApiMappingId };
  const ResourceArn = `arn:aws:apigateway:${REGION}::/apis/${ApiId}`;
  await told('TagResource', sdk.tagResource({ ResourceArn, Tags: { a: 'b' } }));

  await told('GetApi', sdk.getApi({ ApiId }));
  await told('GetApis', sdk.getApis({}));
  await told('GetIntegration', sdk.getIntegration(integration));
  await told('GetIntegrations', sdk.getIntegrations({ ApiId }));
  await told('GetIntegrationResponse', sdk.getIntegrationResponse(integrationResponse));
  await told('GetIntegrationResponses', sdk.getIntegrationResponses(integration));
  await told('GetRoute', sdk.getRoute(route));
  await told('GetRoutes', sdk.getRoutes({ ApiId }));
  await told('GetRouteResponse', sdk.getRouteResponse(routeResponse));
  await told('GetRouteResponses', sdk.getRouteResponses(route));
  await told('GetModel', sdk.getModel(model));
  await told('GetModels', sdk.getModels({ ApiId }));
  await told('GetModelTemplate', sdk.getModelTemplate(model));
  await told('GetAuthorizer', sdk.getAuthorizer(authorizer));
  await told('GetAuthorizers', sdk.getAuthorizers({ ApiId }));
  await told('GetDeployment', sdk.getDeployment(deployment));
  await told('GetDeployments', sdk.getDeployments({ ApiId }));
  await told('GetStage', sdk.getStage(stage));
  await told('GetStages', sdk.getStages({ ApiId }));
  await told('GetDomainName', sdk.getDomainName(domain));
  await told('GetDomainNames', sdk.getDomainNames({}));
  await told('GetApiMapping', sdk.getApiMapping(mapping));
  await told('GetApiMappings', sdk.getApiMappings(domain));
  await told('GetTags', sdk.getTags({ ResourceArn }));

  const Description = 'd';
  await told('UpdateApi', sdk.updateApi({ ApiId, Description }));
  await told('UpdateIntegration', sdk.updateIntegration({ ...integration, Description }));
  await told('UpdateIntegrationResponse', sdk.updateIntegrationResponse(integrationResponse));
  await told('UpdateRoute', sdk.updateRoute({ ...route, OperationName: 'o' }));
  await told('UpdateRouteResponse', sdk.updateRouteResponse(routeResponse));
  await told('UpdateModel', sdk.updateModel({ ...model, Description }));
  await told('UpdateAuthorizer', sdk.updateAuthorizer({ ...authorizer, Name: 'b' }));
  await told('UpdateDeployment', sdk.updateDeployment({ ...deployment, Description }));
  await told('UpdateStage', sdk.updateStage({ ...stage, Description }));
  await told('UpdateDomainName', sdk.updateDomainName(domain));
  await told('UpdateApiMapping', sdk.updateApiMapping({ ...mapping, ApiId, ApiMappingKey: 'k' }));

  await told('UntagResource', sdk.untagResource({ ResourceArn, TagKeys: ['a'] }));
  await told('DeleteApiMapping', sdk.deleteApiMapping(mapping));
  await told('DeleteDomainName', sdk.deleteDomainName(domain));
  await told('DeleteRouteSettings', sdk.deleteRouteSettings({ ...stage, RouteKey: '$connect' }));
  await told('DeleteAccessLogSettings', sdk.deleteAccessLogSettings(stage));
  await told('DeleteStage', sdk.deleteStage(stage));
  await told('DeleteDeployment', sdk.deleteDeployment(deployment));
  await told(
    'DeleteRouteRequestParameter',
    sdk.deleteRouteRequestParameter({ ...route, RequestParameterKey: key }),
  );
  await told('DeleteRouteResponse', sdk.deleteRouteResponse(routeResponse));
  await told('DeleteRoute', sdk.deleteRoute(route));
  await told('DeleteIntegrationResponse', sdk.deleteIntegrationResponse(integrationResponse));
  await told('DeleteIntegration', sdk.deleteIntegration(integration));
  await told('DeleteModel', sdk.deleteModel(model));
  await told('DeleteAuthorizer', sdk.deleteAuthorizer(authorizer));
  await told('DeleteApi', sdk.deleteApi({ ApiId }));

  const STATUSES = { Create: 201, Tag: 201, Get: 200, Update: 200, Untag: 204, Delete: 204 };
  const expected = seen.map((entry) => {
    const name = entry.slice(0, entry.indexOf(' '));
    const verb = Object.keys(STATUSES).find((prefix) => name.startsWith(prefix)) ?? '';
    return `${name} ${STATUSES[verb as keyof typeof STATUSES]}`;
  });
  expect(seen).toEqual(expected);
  expect(new Set(seen).size).toBe(62);
});
