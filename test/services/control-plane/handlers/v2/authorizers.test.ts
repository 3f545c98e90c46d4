// Authorizers: create, get, list, update, delete of both protocols; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, FUNCTION_URI, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

const REQUEST = {
  Name: 'auth',
  AuthorizerType: 'REQUEST',
  AuthorizerUri: FUNCTION_URI,
  IdentitySource: ['route.request.header.Auth', 'route.request.querystring.token'],
} as const;

const JWT = {
  Name: 'jwt',
  AuthorizerType: 'JWT',
  IdentitySource: ['$request.header.Authorization'],
  JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['me'] },
} as const;

async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { AuthorizerId } = await desk.call('CreateAuthorizer', {
    ApiId: apiId,
    ...REQUEST,
    IdentitySource: [...REQUEST.IdentitySource],
  });
  const { ApiId: httpId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  return {
    desk,
    apiId,
    httpId: given(httpId),
    authorizer: { ApiId: apiId, AuthorizerId: given(AuthorizerId) },
  };
}

type Place = Awaited<ReturnType<typeof place>>;

test('an authorizer is kept as given, changed and deleted', async () => {
  const { desk, apiId, authorizer } = await place();
  const get = () => desk.call('GetAuthorizer', authorizer);
  expect(await get()).toEqual({ ...REQUEST, AuthorizerId: authorizer.AuthorizerId });
  expect(authorizer.AuthorizerId).toMatch(/^[a-z][a-z0-9]{5}$/);
  await desk.call('UpdateAuthorizer', { ...authorizer, Name: 'renamed', IdentitySource: [] });
  expect(await get()).toMatchObject({ Name: 'renamed', IdentitySource: [] });
  expect((await desk.call('GetAuthorizers', { ApiId: apiId })).Items).toEqual([await get()]);
  await desk.call('DeleteAuthorizer', authorizer);
  await expect(get()).rejects.toMatchObject({ status: 404 });
});

test('an authorizer in use stays', async () => {
  const { desk, apiId, authorizer } = await place();
  const { RouteId } = await desk.call('CreateRoute', {
    ApiId: apiId,
    RouteKey: '$connect',
    AuthorizationType: 'CUSTOM',
    AuthorizerId: authorizer.AuthorizerId,
  });
  await expect(desk.call('DeleteAuthorizer', authorizer)).rejects.toMatchObject({
    type: 'ConflictException',
    message: "Cannot delete authorizer 'auth', is referenced in route: $connect",
  });
  await desk.call('UpdateRoute', {
    ApiId: apiId,
    RouteId: given(RouteId),
    AuthorizationType: 'NONE',
  });
  await desk.call('DeleteAuthorizer', authorizer);
});

test('JWT authorizers belong to HTTP apis', async () => {
  const { desk, httpId } = await place();
  const made = await desk.call('CreateAuthorizer', {
    ApiId: httpId,
    ...structuredClone(
      JWT as unknown as { Name: string; AuthorizerType: 'JWT'; IdentitySource: string[] },
    ),
  });
  expect(made).toMatchObject(JWT);
  const route = await desk.call('CreateRoute', {
    ApiId: httpId,
    RouteKey: 'GET /',
    AuthorizationType: 'JWT',
    AuthorizerId: given(made.AuthorizerId),
    AuthorizationScopes: ['read'],
  });
  expect(route).toMatchObject({ AuthorizationType: 'JWT', AuthorizationScopes: ['read'] });
});

test('only so many authorizers fit', async () => {
  const desk = new ControlDesk({ limits: { authorizersPerApi: 1 } });
  const apiId = await desk.api();
  const create = (Name: string) =>
    desk.call('CreateAuthorizer', { ApiId: apiId, ...REQUEST, IdentitySource: [], Name });
  await create('a');
  await expect(create('b')).rejects.toMatchObject({
    status: 429,
    message:
      'Maximum number of Authorizers for this API has been reached. Please contact AWS if you need additional Authorizers.',
  });
});

const create =
  (more: object, id: 'apiId' | 'httpId' = 'apiId') =>
  ({ desk, ...at }: Place) =>
    desk.call('CreateAuthorizer', {
      ApiId: at[id],
      ...REQUEST,
      IdentitySource: [],
      Name: 'new',
      ...more,
    });

const http = (more: object) => create({ AuthorizerPayloadFormatVersion: '2.0', ...more }, 'httpId');

const refusals: Refusal<Place>[] = [
  [
    'an unknown type',
    create({ AuthorizerType: 'TOKEN' }),
    'BadRequestException',
    'Invalid authorizer type specified. Must be one of [REQUEST, JWT]',
  ],
  [
    'JWT on a WebSocket api',
    create({ AuthorizerType: 'JWT' }),
    'BadRequestException',
    'Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.',
  ],
  [
    'a time to live, even 0',
    create({ AuthorizerResultTtlInSeconds: 0 }),
    'BadRequestException',
    'AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'simple responses',
    create({ EnableSimpleResponses: false }),
    'BadRequestException',
    'EnableSimpleResponses cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'a payload format',
    create({ AuthorizerPayloadFormatVersion: '1.0' }),
    'BadRequestException',
    'AuthorizerPayloadFormatVersion cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'an identity source of HTTP apis',
    create({ IdentitySource: ['$request.header.Auth'] }),
    'BadRequestException',
    'Invalid request identity source expression: $request.header.Auth',
  ],
  [
    'an identity source of WebSocket apis',
    http({ IdentitySource: ['route.request.header.Auth'] }),
    'BadRequestException',
    'Invalid identity source expression: route.request.header.Auth',
  ],
  [
    'no URI',
    ({ desk, apiId }) =>
      desk.call('CreateAuthorizer', {
        ApiId: apiId,
        Name: 'n',
        AuthorizerType: 'REQUEST',
        IdentitySource: [],
      }),
    'BadRequestException',
    'AuthorizerUri is a required field in an Authorizer',
  ],
  [
    'a URI that is no ARN',
    create({ AuthorizerUri: 'https://x.example' }),
    'BadRequestException',
    'Invalid Authorizer URI specified',
  ],
  [
    'a role that is no ARN',
    create({ AuthorizerCredentialsArn: 'bad' }),
    'BadRequestException',
    'Invalid ARN specified in the request',
  ],
  [
    'a name that is there',
    create({ Name: 'auth' }),
    'ConflictException',
    'Authorizer name must be unique. Authorizer auth already exists in this API.',
  ],
  [
    'too long a time to live',
    http({ AuthorizerResultTtlInSeconds: 3601 }),
    'BadRequestException',
    'Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.',
  ],
  [
    'caching without an identity',
    http({ AuthorizerResultTtlInSeconds: 1 }),
    'BadRequestException',
    'Identity source must be set if authorizer caching is enabled (TTL is greater than 0)',
  ],
  [
    'no payload format on an HTTP api',
    create({}, 'httpId'),
    'BadRequestException',
    'AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer',
  ],
  [
    'an issuer that is no URL',
    create({ ...JWT, JwtConfiguration: { Issuer: 'me' } }, 'httpId'),
    'BadRequestException',
    'Invalid issuer: Issuer is not a valid URL for JWT Authorizer',
  ],
  [
    'an unknown authorizer',
    ({ desk, authorizer }) => desk.call('GetAuthorizer', { ...authorizer, AuthorizerId: 'nope' }),
    'NotFoundException',
    'Invalid Authorizer identifier specified nope',
  ],
  [
    'updating an unknown authorizer',
    ({ desk, authorizer }) =>
      desk.call('UpdateAuthorizer', { ...authorizer, AuthorizerId: 'nope' }),
    'NotFoundException',
    'Invalid Authorizer identifier specified nope',
  ],
  [
    'deleting an unknown authorizer',
    ({ desk, authorizer }) =>
      desk.call('DeleteAuthorizer', { ...authorizer, AuthorizerId: 'nope' }),
    'NotFoundException',
    'Invalid Authorizer identifier specified nope',
  ],
  [
    'resetting a cache that WebSocket apis do not have',
    ({ desk, apiId }) => desk.call('ResetAuthorizersCache', { ApiId: apiId, StageName: 's' }),
    'BadRequestException',
    'ResetAuthorizersCache is not supported for WEBSOCKET protocol Apis',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
