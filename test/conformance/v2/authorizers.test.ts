// Authorizers through the official SDK.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

test('create, get, list, update, delete', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  const IdentitySource = ['route.request.header.Auth'];
  const made = await sdk.createAuthorizer({
    ApiId,
    Name: 'auth',
    AuthorizerType: 'REQUEST',
    AuthorizerUri: FUNCTION_URI,
    IdentitySource,
  });
  expect(made).toMatchObject({ $metadata: { httpStatusCode: 201 }, IdentitySource });
  const { AuthorizerId } = made;
  await sdk.updateAuthorizer({ ApiId, AuthorizerId, Name: 'renamed' });
  expect(await sdk.getAuthorizer({ ApiId, AuthorizerId })).toMatchObject({ Name: 'renamed' });
  const route = { ApiId, RouteKey: '$connect', AuthorizationType: 'CUSTOM' as const, AuthorizerId };
  const { RouteId } = await sdk.createRoute(route);
  const used = sdk.deleteAuthorizer({ ApiId, AuthorizerId });
  await expect(used).rejects.toBeInstanceOf(v2.ConflictException);
  await sdk.deleteRoute({ ApiId, RouteId });
  await sdk.deleteAuthorizer({ ApiId, AuthorizerId });
  expect((await sdk.getAuthorizers({ ApiId })).Items).toEqual([]);
  await expect(sdk.getAuthorizer({ ApiId, AuthorizerId })).rejects.toMatchObject({
    name: 'NotFoundException',
    message: `Invalid Authorizer identifier specified ${AuthorizerId}`,
  });
});

test('caches are for HTTP apis', async () => {
  const { sdk } = target;
  const ApiId = await webSocketApi(target);
  await sdk.createStage({ ApiId, StageName: 's' });
  const reset = sdk.resetAuthorizersCache({ ApiId, StageName: 's' });
  await expect(reset).rejects.toBeInstanceOf(v2.BadRequestException);
});
