// Integrations and integration responses through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { lambdaRoute, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, list, update, delete', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const made = await sdk.createIntegration({
    ApiId,
    IntegrationType: 'HTTP',
    IntegrationUri: 'https://back.example/${stageVariables.path}',
    IntegrationMethod: 'POST',
    RequestParameters: { 'integration.request.header.connectionId': 'context.connectionId' },
    RequestTemplates: { $default: '{"a":\n"ü"}' },
  });
  expect(made).toMatchObject({
    $metadata: { httpStatusCode: 201 },
    ConnectionType: 'INTERNET',
    TimeoutInMillis: 29_000,
    IntegrationResponseSelectionExpression: '${integration.response.statuscode}',
    RequestTemplates: { $default: '{"a":\n"ü"}' },
  });
  const { IntegrationId } = made;
  const updated = await sdk.updateIntegration({ ApiId, IntegrationId, TimeoutInMillis: 50 });
  expect(updated).toMatchObject({ TimeoutInMillis: 50, IntegrationMethod: 'POST' });
  const [listed] = (await sdk.getIntegrations({ ApiId })).Items ?? [];
  expect(listed).toEqual({ ...updated, $metadata: undefined });
  await sdk.deleteIntegration({ ApiId, IntegrationId });
  await expect(sdk.getIntegration({ ApiId, IntegrationId })).rejects.toMatchObject({
    name: 'NotFoundException',
    ResourceType: 'Integration',
  });
});

test('an integration in use is not deleted', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const { IntegrationId } = await lambdaRoute(target, ApiId, 'hello');
  const deletion = sdk.deleteIntegration({ ApiId, IntegrationId });
  await expect(deletion).rejects.toBeInstanceOf(v2.ConflictException);
});

test('integration responses', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const { IntegrationId } = await sdk.createIntegration({ ApiId, IntegrationType: 'MOCK' });
  const made = await sdk.createIntegrationResponse({
    ApiId,
    IntegrationId,
    IntegrationResponseKey: '/2\\d\\d/',
    ResponseTemplates: { $default: '{}' },
  });
  expect(made.$metadata.httpStatusCode).toBe(201);
  const { IntegrationResponseId } = made;
  const at = { ApiId, IntegrationId, IntegrationResponseId };
  await sdk.updateIntegrationResponse({ ...at, IntegrationResponseKey: '$default' });
  expect(await sdk.getIntegrationResponse(at)).toMatchObject({
    IntegrationResponseKey: '$default',
    ResponseTemplates: { $default: '{}' },
  });
  expect((await sdk.getIntegrationResponses({ ApiId, IntegrationId })).Items).toHaveLength(1);
  expect((await sdk.deleteIntegrationResponse(at)).$metadata.httpStatusCode).toBe(204);
});
