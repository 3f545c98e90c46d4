// Routes and route responses through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { lambdaRoute, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, list, update, delete; request parameters by their key in the path', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const key = 'route.request.querystring.a$b';
  const made = await sdk.createRoute({
    ApiId,
    RouteKey: '$connect',
    RequestParameters: { [key]: { Required: true } },
  });
  expect(made.$metadata.httpStatusCode).toBe(201);
  const { RouteId } = made;
  expect((await sdk.getRoute({ ApiId, RouteId })).RequestParameters).toEqual({
    [key]: { Required: true },
  });
  const update = await sdk.updateRoute({ ApiId, RouteId, OperationName: 'Connect' });
  expect(update).toMatchObject({ OperationName: 'Connect', RouteKey: '$connect' });
  await sdk.deleteRouteRequestParameter({ ApiId, RouteId, RequestParameterKey: key });
  expect((await sdk.getRoutes({ ApiId })).Items).toMatchObject([{ RequestParameters: {} }]);
  expect((await sdk.deleteRoute({ ApiId, RouteId })).$metadata.httpStatusCode).toBe(204);
  await expect(sdk.getRoute({ ApiId, RouteId })).rejects.toBeInstanceOf(v2.NotFoundException);
});

test('a key exists once, also when many ask for it at the same time', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const asked = await Promise.allSettled(
    Array.from({ length: 8 }, () => sdk.createRoute({ ApiId, RouteKey: 'once' })),
  );
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of asked) {
    if (result.status === 'fulfilled') continue;
    expect(result.reason).toBeInstanceOf(v2.ConflictException);
    expect(result.reason).toHaveProperty(
      'message',
      'Route with key once already exists for this API',
    );
  }
});

test('a route response makes a route two-way', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const { RouteId } = await lambdaRoute(target, ApiId, 'hello');
  const made = await sdk.createRouteResponse({ ApiId, RouteId, RouteResponseKey: '$default' });
  expect(made.$metadata.httpStatusCode).toBe(201);
  const { RouteResponseId } = made;
  const at = { ApiId, RouteId, RouteResponseId };
  await sdk.updateRouteResponse({ ...at, ResponseModels: { $default: 'm' } });
  expect(await sdk.getRouteResponse(at)).toMatchObject({ ResponseModels: { $default: 'm' } });
  expect((await sdk.getRouteResponses({ ApiId, RouteId })).Items).toHaveLength(1);
  expect((await sdk.deleteRouteResponse(at)).$metadata.httpStatusCode).toBe(204);
  await expect(sdk.getRouteResponse(at)).rejects.toMatchObject({
    name: 'NotFoundException',
    message: `Invalid RouteResponse identifier specified ${RouteResponseId}`,
  });
});
