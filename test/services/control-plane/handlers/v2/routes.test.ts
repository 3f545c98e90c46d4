// Routes and route responses: create, get, list, update, delete, request parameters; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, FUNCTION_URI, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

/** An api with a route `hello`, an integration, an authorizer and a route response. */
async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { routeId, integrationId } = await desk.route(apiId, 'hello');
  const authorizer = await desk.call('CreateAuthorizer', {
    ApiId: apiId,
    Name: 'auth',
    AuthorizerType: 'REQUEST',
    AuthorizerUri: FUNCTION_URI,
    IdentitySource: [],
  });
  const response = await desk.call('CreateRouteResponse', {
    ApiId: apiId,
    RouteId: routeId,
    RouteResponseKey: '$default',
  });
  const { ApiId: httpId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  return {
    desk,
    apiId,
    routeId,
    integrationId,
    authorizerId: given(authorizer.AuthorizerId),
    responseId: given(response.RouteResponseId),
    httpId: given(httpId),
    route: { ApiId: apiId, RouteId: routeId },
    response: {
      ApiId: apiId,
      RouteId: routeId,
      RouteResponseId: given(response.RouteResponseId),
    },
  };
}

type Place = Awaited<ReturnType<typeof place>>;

test('a route with its defaults, and with everything', async () => {
  const { desk, apiId, integrationId, authorizerId } = await place();
  expect(await desk.call('CreateRoute', { ApiId: apiId, RouteKey: 'bare' })).toEqual({
    RouteId: expect.stringMatching(/^[a-z][a-z0-9]{6}$/) as unknown,
    RouteKey: 'bare',
    ApiKeyRequired: false,
    AuthorizationType: 'NONE',
  });
  const all = {
    RouteKey: '$connect',
    ApiKeyRequired: true,
    AuthorizationType: 'CUSTOM' as const,
    AuthorizerId: authorizerId,
    OperationName: 'Connect',
    RequestParameters: { 'route.request.querystring.token': { Required: true } },
    RouteResponseSelectionExpression: '$default',
    ModelSelectionExpression: '$request.body.kind',
    RequestModels: { $default: 'message' },
    Target: `integrations/${integrationId}`,
  };
  const made = await desk.call('CreateRoute', { ApiId: apiId, ...all });
  expect(made).toMatchObject(all);
  expect(await desk.call('GetRoute', { ApiId: apiId, RouteId: given(made.RouteId) })).toEqual(made);
});

test('a route may name a model that is not there yet', async () => {
  const { desk, apiId } = await place();
  const RequestModels = { $default: 'later' };
  const route = { ApiId: apiId, RouteKey: 'strict', RequestModels };
  expect(await desk.call('CreateRoute', route)).toMatchObject({ RequestModels });
});

test('an authorizer named by another route than $connect is kept, and has no effect', async () => {
  const { desk, apiId } = await place();
  const route = { ApiId: apiId, RouteKey: 'guarded', AuthorizerId: 'a1b2c3' };
  expect(await desk.call('CreateRoute', route)).toMatchObject({
    AuthorizerId: 'a1b2c3',
    AuthorizationType: 'NONE',
  });
});

test('turning the authorization of $connect off leaves its authorizer behind, and later updates pass', async () => {
  const { desk, apiId, authorizerId } = await place();
  const made = await desk.call('CreateRoute', {
    ...{ ApiId: apiId, RouteKey: '$connect', AuthorizerId: authorizerId },
    AuthorizationType: 'CUSTOM',
  });
  const route = { ApiId: apiId, RouteId: given(made.RouteId) };
  const off = { ...route, RouteKey: '$connect', AuthorizationType: 'NONE' as const };
  expect(await desk.call('UpdateRoute', off)).toMatchObject({ AuthorizerId: authorizerId });
  expect(await desk.call('UpdateRoute', { ...route, OperationName: 'x' })).toMatchObject({
    AuthorizationType: 'NONE',
  });
  const again = desk.call('UpdateRoute', { ...route, AuthorizerId: authorizerId });
  await expect(again).rejects.toMatchObject({ status: 400 });
});

test('a route with an idle authorizer does not become $connect', async () => {
  const { desk, apiId } = await place();
  const made = await desk.call('CreateRoute', { ApiId: apiId, RouteKey: 'g', AuthorizerId: 'a1' });
  const route = { ApiId: apiId, RouteId: given(made.RouteId) };
  const renamed = desk.call('UpdateRoute', { ...route, RouteKey: '$connect' });
  await expect(renamed).rejects.toMatchObject({ status: 400 });
});

test('a patch lays request parameters over the old ones and removes emptied members', async () => {
  const { desk, route } = await place();
  const update = (more: object) => desk.call('UpdateRoute', { ...route, ...more });
  const [a, b] = ['route.request.header.A', 'route.request.header.B'] as const;
  await update({ RequestParameters: { [a]: { Required: true } }, OperationName: 'x' });
  expect(await update({ RequestParameters: { [b]: {} }, RouteKey: 'renamed' })).toMatchObject({
    RouteKey: 'renamed',
    OperationName: 'x',
    RequestParameters: { [a]: { Required: true }, [b]: {} },
  });
  expect(await update({ OperationName: '', Target: '' })).not.toHaveProperty('OperationName');
  await desk.call('DeleteRouteRequestParameter', { ...route, RequestParameterKey: a });
  expect((await desk.call('GetRoute', route)).RequestParameters).toEqual({ [b]: {} });
});

test('a route goes with its responses', async () => {
  const { desk, apiId, route } = await place();
  await desk.call('DeleteRoute', route);
  expect((await desk.call('GetRoutes', { ApiId: apiId })).Items).toEqual([]);
  const left = await desk.store.list(`api#${apiId}`, { prefix: 'route' });
  expect(left.items).toEqual([]);
});

test('routes are listed in pages', async () => {
  const { desk, apiId } = await place();
  await desk.call('CreateRoute', { ApiId: apiId, RouteKey: 'second' });
  const first = await desk.call('GetRoutes', { ApiId: apiId, MaxResults: '1' });
  const NextToken = given(first.NextToken);
  const second = await desk.call('GetRoutes', { ApiId: apiId, MaxResults: '1', NextToken });
  expect(second).not.toHaveProperty('NextToken');
  const keys = [...given(first.Items), ...given(second.Items)].map(({ RouteKey }) => RouteKey);
  expect(keys.sort()).toEqual(['hello', 'second']);
  const elsewhere = desk.call('GetIntegrations', { ApiId: apiId, NextToken });
  await expect(elsewhere).rejects.toMatchObject({ message: 'Invalid nextToken specified' });
});

test('a route response is answered without its route, changed and deleted', async () => {
  const { desk, response, responseId } = await place();
  const get = () => desk.call('GetRouteResponse', response);
  expect(await get()).toEqual({ RouteResponseId: responseId, RouteResponseKey: '$default' });
  const changes = { ModelSelectionExpression: '$default', ResponseModels: { $default: 'm' } };
  await desk.call('UpdateRouteResponse', { ...response, ...changes });
  expect(await get()).toMatchObject(changes);
  const { ApiId, RouteId } = response;
  expect((await desk.call('GetRouteResponses', { ApiId, RouteId })).Items).toEqual([await get()]);
  await desk.call('DeleteRouteResponse', response);
  await expect(get()).rejects.toMatchObject({ status: 404 });
});

test('only so many routes fit', async () => {
  const desk = new ControlDesk({ limits: { routesPerApi: 1 } });
  const apiId = await desk.api();
  await desk.route(apiId, 'one');
  await expect(desk.call('CreateRoute', { ApiId: apiId, RouteKey: 'two' })).rejects.toMatchObject({
    status: 429,
    message:
      'Maximum number of Routes for this API has been reached. Please contact AWS if you need additional Routes.',
  });
});

test.each(['GET /pets', 'ANY /', '$default', 'POST /a/{b}/{c+}'])(
  'an HTTP api takes the key %s',
  async (RouteKey) => {
    const { desk, httpId } = await place();
    expect(await desk.call('CreateRoute', { ApiId: httpId, RouteKey })).toMatchObject({ RouteKey });
  },
);

const create =
  (more: object, id: 'apiId' | 'httpId' = 'apiId') =>
  (at: Place) =>
    at.desk.call('CreateRoute', { ApiId: at[id], RouteKey: 'new', ...more });

const update = (more: object) => (at: Place) =>
  at.desk.call('UpdateRoute', { ...at.route, ...more });

const BAD_HTTP_KEY =
  'The provided route key is not formatted properly for HTTP protocol. Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"';

const refusals: Refusal<Place>[] = [
  ['no key', create({ RouteKey: '' }), 'BadRequestException', 'Route key is required'],
  ['an emptied key', update({ RouteKey: '' }), 'BadRequestException', 'Route key is required'],
  [
    'a key with $',
    create({ RouteKey: '$mine' }),
    'BadRequestException',
    'Invalid route key specified: $mine. Custom route keys must not begin with $',
  ],
  [
    'a key that is there',
    create({ RouteKey: 'hello' }),
    'ConflictException',
    'Route with key hello already exists for this API',
  ],
  [
    'an unknown authorization type',
    create({ AuthorizationType: 'BASIC' }),
    'BadRequestException',
    'Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM, JWT]',
  ],
  [
    'authorization off $connect',
    create({ AuthorizationType: 'AWS_IAM' }),
    'BadRequestException',
    'Currently, authorization is restricted to the $connect route only',
  ],
  [
    'CUSTOM without an authorizer',
    create({ RouteKey: '$connect', AuthorizationType: 'CUSTOM' }),
    'BadRequestException',
    'Invalid authorizer ID specified. Setting the authorization type to CUSTOM requires a valid authorizer.',
  ],
  [
    'an authorizer of $connect that nothing asks',
    create({ RouteKey: '$connect', AuthorizerId: 'zzz' }),
    'BadRequestException',
    'Authorizer zzz would not be asked: AuthorizationType must be CUSTOM, not NONE.',
  ],
  [
    'an authorizer of $connect beside AWS_IAM',
    create({ RouteKey: '$connect', AuthorizationType: 'AWS_IAM', AuthorizerId: 'zzz' }),
    'BadRequestException',
    'Authorizer zzz would not be asked: AuthorizationType must be CUSTOM, not AWS_IAM.',
  ],
  [
    'CUSTOM with an unknown authorizer',
    create({ RouteKey: '$connect', AuthorizationType: 'CUSTOM', AuthorizerId: 'nope' }),
    'BadRequestException',
    'Invalid authorizer ID specified. Setting the authorization type to CUSTOM requires a valid authorizer.',
  ],
  [
    'JWT with an unknown authorizer',
    create({ RouteKey: 'GET /', AuthorizationType: 'JWT', AuthorizerId: 'nope' }, 'httpId'),
    'BadRequestException',
    'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.',
  ],
  [
    'scopes without JWT',
    create({ AuthorizationScopes: ['a'] }),
    'BadRequestException',
    'Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type',
  ],
  [
    'a target that is no integration',
    create({ Target: 'lambda/x' }),
    'BadRequestException',
    'Unexpected or malformed target in route. Correct format should be integrations/<integration_id>.',
  ],
  [
    'a target that is not there',
    create({ Target: 'integrations/nope' }),
    'BadRequestException',
    'Invalid Integration identifier specified nope',
  ],
  [
    'another route response selection expression',
    update({ RouteResponseSelectionExpression: '$request.body.a' }),
    'BadRequestException',
    'RouteResponseSelectionExpression must be $default',
  ],
  [
    'a request parameter of the body',
    update({ RequestParameters: { 'route.request.body.a': {} } }),
    'BadRequestException',
    'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: route.request.body.a]',
  ],
  [
    'an HTTP key without a method',
    create({ RouteKey: '/a' }, 'httpId'),
    'BadRequestException',
    BAD_HTTP_KEY,
  ],
  [
    'an HTTP key with a strange method',
    create({ RouteKey: 'COPY /a' }, 'httpId'),
    'BadRequestException',
    BAD_HTTP_KEY,
  ],
  [
    'a variable in part of a segment',
    create({ RouteKey: 'GET /{id}.json' }, 'httpId'),
    'BadRequestException',
    'One or more path parts appear to be invalid',
  ],
  [
    'a greedy variable in the middle',
    create({ RouteKey: 'GET /{a+}/b' }, 'httpId'),
    'BadRequestException',
    'One or more path parts appear to be invalid',
  ],
  [
    'an HTTP key that differs in a variable only',
    async (at) => {
      await create({ RouteKey: 'GET /a/{x}' }, 'httpId')(at);
      await create({ RouteKey: 'GET /a/{y}' }, 'httpId')(at);
    },
    'ConflictException',
    'The provided route key "GET /a/{y}" has a conflicting variable on the same hierarchical level as "GET /a/{x}"',
  ],
  [
    'an api key on an HTTP route',
    create({ RouteKey: 'GET /', ApiKeyRequired: true }, 'httpId'),
    'BadRequestException',
    'ApiKeyRequired is not currently supported for HTTP APIs.',
  ],
  [
    'getting an unknown route',
    ({ desk, apiId }) => desk.call('GetRoute', { ApiId: apiId, RouteId: 'nope' }),
    'NotFoundException',
    'Invalid Route identifier specified nope',
  ],
  [
    'updating an unknown route',
    update({ RouteId: 'nope' }),
    'NotFoundException',
    'Invalid Route identifier specified nope',
  ],
  [
    'deleting an unknown route',
    ({ desk, apiId }) => desk.call('DeleteRoute', { ApiId: apiId, RouteId: 'nope' }),
    'NotFoundException',
    'Invalid Route identifier specified nope',
  ],
  [
    'routes of an unknown api',
    ({ desk }) => desk.call('GetRoutes', { ApiId: 'nope' }),
    'NotFoundException',
    'Invalid API identifier specified nope',
  ],
  [
    'removing an unknown request parameter',
    ({ desk, route }) =>
      desk.call('DeleteRouteRequestParameter', { ...route, RequestParameterKey: 'x' }),
    'NotFoundException',
    'Invalid request parameter key specified x',
  ],
  [
    'removing a request parameter with the name of a member that every object has',
    ({ desk, route }) =>
      desk.call('DeleteRouteRequestParameter', { ...route, RequestParameterKey: 'constructor' }),
    'NotFoundException',
    'Invalid request parameter key specified constructor',
  ],
  [
    'another route response key',
    ({ desk, route }) => desk.call('CreateRouteResponse', { ...route, RouteResponseKey: '/2../' }),
    'BadRequestException',
    'Currently, only $default is supported as a RouteResponseKey.',
  ],
  [
    'a second route response',
    ({ desk, route }) =>
      desk.call('CreateRouteResponse', { ...route, RouteResponseKey: '$default' }),
    'ConflictException',
    'RouteResponse with key $default already exists for this Route',
  ],
  [
    'a route response of an unknown route',
    ({ desk, apiId }) =>
      desk.call('CreateRouteResponse', {
        ApiId: apiId,
        RouteId: 'nope',
        RouteResponseKey: '$default',
      }),
    'NotFoundException',
    'Invalid Route identifier specified nope',
  ],
  [
    'a route response of an HTTP api',
    ({ desk, httpId }) =>
      desk.call('CreateRouteResponse', {
        ApiId: httpId,
        RouteId: 'r',
        RouteResponseKey: '$default',
      }),
    'BadRequestException',
    'RouteResponses are currently not supported for this API protocol type.',
  ],
  [
    'an unknown route response',
    ({ desk, response }) =>
      desk.call('UpdateRouteResponse', { ...response, RouteResponseId: 'nope' }),
    'NotFoundException',
    'Invalid RouteResponse identifier specified nope',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
