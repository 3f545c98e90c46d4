// Apis: create, get, list, update, delete, CORS removal; regions, ids, defaults, refusals.
import { describe, expect, test } from 'vitest';
import { ControlDesk, FUNCTION_URI, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

const WEBSOCKET = {
  Name: 'chat',
  ProtocolType: 'WEBSOCKET',
  RouteSelectionExpression: '$request.body.action',
} as const;

test('a WebSocket api with its defaults', async () => {
  const desk = new ControlDesk();
  const api = await desk.call('CreateApi', WEBSOCKET);
  expect(api).toEqual({
    ...WEBSOCKET,
    ApiId: expect.stringMatching(/^[a-z][a-z0-9]{9}$/) as unknown,
    ApiEndpoint: `wss://${given(api.ApiId)}.execute-api.eu-west-1.amazonaws.com`,
    ApiKeySelectionExpression: '$request.header.x-api-key',
    DisableExecuteApiEndpoint: false,
    IpAddressType: 'ipv4',
    Tags: {},
    CreatedDate: new Date('2026-01-02T03:04:05Z'),
  });
  expect(await desk.call('GetApi', { ApiId: given(api.ApiId) })).toEqual(api);
});

test('an HTTP api with its defaults', async () => {
  const desk = new ControlDesk();
  const api = await desk.call('CreateApi', { Name: 'shop', ProtocolType: 'HTTP' });
  expect(api).toMatchObject({
    ApiEndpoint: `https://${given(api.ApiId)}.execute-api.eu-west-1.amazonaws.com`,
    RouteSelectionExpression: '$request.method $request.path',
  });
});

test('the tag _custom_id_ fixes the id, once in all regions', async () => {
  const desk = new ControlDesk();
  const input = { ...WEBSOCKET, Tags: { _custom_id_: 'my-chat' } };
  expect(await desk.call('CreateApi', input)).toMatchObject({ ApiId: 'my-chat' });
  await expect(desk.call('CreateApi', input, 'us-east-1')).rejects.toMatchObject({ status: 409 });
  await desk.call('DeleteApi', { ApiId: 'my-chat' });
  await desk.call('CreateApi', input);
});

test('what a crash left under an id is gone when the id is used again', async () => {
  const desk = new ControlDesk();
  const left = { partition: 'api#my-chat', sort: 'route#old' };
  await desk.store.commit([{ op: 'put', key: left, value: { RouteKey: 'old', RouteId: 'old' } }]);
  await desk.call('CreateApi', { ...WEBSOCKET, Tags: { _custom_id_: 'my-chat' } });
  expect((await desk.call('GetRoutes', { ApiId: 'my-chat' })).Items).toEqual([]);
});

test('each region has its own apis', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  expect((await desk.call('GetApis', {}, 'us-east-1')).Items).toEqual([]);
  expect((await desk.call('GetApis', {})).Items).toHaveLength(1);
  const unknown = { status: 404, message: `Invalid API identifier specified ${apiId}` };
  const there = 'us-east-1';
  await expect(desk.call('GetApi', { ApiId: apiId }, there)).rejects.toMatchObject(unknown);
  await expect(desk.call('GetRoutes', { ApiId: apiId }, there)).rejects.toMatchObject(unknown);
  await expect(desk.call('DeleteApi', { ApiId: apiId }, there)).rejects.toMatchObject(unknown);
});

test('pages follow each other to the last', async () => {
  const desk = new ControlDesk();
  const ids: string[] = [];
  for (let at = 0; at < 5; at++) ids.push(await desk.api());
  const seen: string[] = [];
  let token: string | undefined;
  let pages = 0;
  do {
    const page = await desk.call('GetApis', {
      MaxResults: '2',
      ...(token !== undefined && { NextToken: token }),
    });
    seen.push(...given(page.Items).map(({ ApiId }) => given(ApiId)));
    token = page.NextToken;
    pages += 1;
  } while (token !== undefined);
  expect(pages).toBe(3);
  expect(seen.sort()).toEqual(ids.sort());
});

test('a patch keeps what it does not name and removes what it empties', async () => {
  const desk = new ControlDesk();
  const apiId = await desk.api({ Description: 'first', Version: '1' });
  const updated = await desk.call('UpdateApi', {
    ApiId: apiId,
    Name: 'renamed',
    Description: '',
  });
  expect(updated).toMatchObject({ Name: 'renamed', Version: '1', ProtocolType: 'WEBSOCKET' });
  expect(updated).not.toHaveProperty('Description');
  expect(await desk.call('GetApi', { ApiId: apiId })).toEqual(updated);
});

test('the CORS settings of an HTTP api can be set and removed', async () => {
  const desk = new ControlDesk();
  const CorsConfiguration = { AllowOrigins: ['https://a.example'], AllowCredentials: true };
  const { ApiId } = await desk.call('CreateApi', {
    Name: 'shop',
    ProtocolType: 'HTTP',
    CorsConfiguration,
  });
  const api = { ApiId: given(ApiId) };
  expect(await desk.call('GetApi', api)).toMatchObject({ CorsConfiguration });
  await desk.call('DeleteCorsConfiguration', api);
  expect(await desk.call('GetApi', api)).not.toHaveProperty('CorsConfiguration');
});

describe('quick create', () => {
  test('makes a managed integration, route and stage that serve at once', async () => {
    const desk = new ControlDesk();
    const apiId = given(
      (await desk.call('CreateApi', { Name: 'q', ProtocolType: 'HTTP', Target: FUNCTION_URI }))
        .ApiId,
    );
    expect((await desk.call('GetRoutes', { ApiId: apiId })).Items).toMatchObject([
      { RouteKey: '$default', ApiGatewayManaged: true },
    ]);
    expect((await desk.call('GetIntegrations', { ApiId: apiId })).Items).toMatchObject([
      { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', ApiGatewayManaged: true },
    ]);
    expect(await desk.served(apiId, '$default')).toBeDefined();
  });

  test('is changed by UpdateApi', async () => {
    const desk = new ControlDesk();
    const apiId = given(
      (await desk.call('CreateApi', { Name: 'q', ProtocolType: 'HTTP', Target: FUNCTION_URI }))
        .ApiId,
    );
    await desk.call('UpdateApi', {
      ApiId: apiId,
      RouteKey: 'GET /a',
      Target: 'https://back.example/x',
    });
    expect((await desk.call('GetRoutes', { ApiId: apiId })).Items).toMatchObject([
      { RouteKey: 'GET /a' },
    ]);
    await desk.route(apiId, 'GET /b');
    await expect(
      desk.call('UpdateApi', { ApiId: apiId, RouteKey: 'GET /b' }),
    ).rejects.toMatchObject({ status: 409 });
    expect((await desk.call('GetIntegrations', { ApiId: apiId })).Items).toContainEqual(
      expect.objectContaining({
        IntegrationType: 'HTTP_PROXY',
        IntegrationUri: 'https://back.example/x',
      }) as unknown,
    );
  });
});

interface Place {
  readonly desk: ControlDesk;
  readonly apiId: string;
}

const refusals: Refusal<Place>[] = [
  [
    'an unknown protocol',
    ({ desk }) => desk.call('CreateApi', { ...WEBSOCKET, ProtocolType: 'REST' as never }),
    'BadRequestException',
    'Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]',
  ],
  [
    'no route selection expression',
    ({ desk }) => desk.call('CreateApi', { Name: 'a', ProtocolType: 'WEBSOCKET' }),
    'BadRequestException',
    'Invalid routeSelectionExpression',
  ],
  [
    'an empty name',
    ({ desk }) => desk.call('CreateApi', { ...WEBSOCKET, Name: '' }),
    'BadRequestException',
    'Invalid API name specified',
  ],
  [
    'CORS on a WebSocket api',
    ({ desk }) => desk.call('CreateApi', { ...WEBSOCKET, CorsConfiguration: { MaxAge: 3 } }),
    'BadRequestException',
    'Cors is not supported for WEBSOCKET protocolType',
  ],
  [
    'quick create on a WebSocket api',
    ({ desk }) => desk.call('CreateApi', { ...WEBSOCKET, Target: FUNCTION_URI }),
    'BadRequestException',
    'Target cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'another selection expression on an HTTP api',
    ({ desk }) =>
      desk.call('CreateApi', {
        Name: 'a',
        ProtocolType: 'HTTP',
        RouteSelectionExpression: '$request.body.a',
      }),
    'BadRequestException',
    'Route selection expression is currently limited to "${request.method} ${request.path}"',
  ],
  [
    'credentials for every origin',
    ({ desk }) =>
      desk.call('CreateApi', {
        Name: 'a',
        ProtocolType: 'HTTP',
        CorsConfiguration: { AllowCredentials: true, AllowOrigins: ['*'] },
      }),
    'BadRequestException',
    "allow-credentials is not supported if 'allow-origin' is *",
  ],
  [
    'another api key selection expression',
    ({ desk }) =>
      desk.call('CreateApi', { ...WEBSOCKET, ApiKeySelectionExpression: '$request.header.key' }),
    'BadRequestException',
    'Invalid ApiKeySelectionExpression specified. Must be one of [$request.header.x-api-key, $context.authorizer.usageIdentifierKey]',
  ],
  [
    'a custom id that is no host label',
    ({ desk }) => desk.call('CreateApi', { ...WEBSOCKET, Tags: { _custom_id_: 'A.b' } }),
    'BadRequestException',
    'Invalid _custom_id_ specified: A.b',
  ],
  [
    'a version of 65 characters',
    ({ desk, apiId }) => desk.call('UpdateApi', { ApiId: apiId, Version: 'v'.repeat(65) }),
    'BadRequestException',
    `1 validation error detected: Value '${'v'.repeat(65)}' at 'version' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ],
  [
    'removing the route selection expression',
    ({ desk, apiId }) => desk.call('UpdateApi', { ApiId: apiId, RouteSelectionExpression: '' }),
    'BadRequestException',
    "1 validation error detected: Value '' at 'routeSelectionExpression' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'CORS removal on a WebSocket api',
    ({ desk, apiId }) => desk.call('DeleteCorsConfiguration', { ApiId: apiId }),
    'BadRequestException',
    'CorsConfiguration is not supported for WEBSOCKET protocol Apis',
  ],
  [
    'a page size that is no number',
    ({ desk }) => desk.call('GetApis', { MaxResults: 'many' }),
    'BadRequestException',
    'Invalid value for maxResults: many',
  ],
  [
    'a token of nobody',
    ({ desk }) => desk.call('GetApis', { NextToken: 'abc' }),
    'BadRequestException',
    'Invalid nextToken specified',
  ],
  [
    'updating an unknown api',
    ({ desk }) => desk.call('UpdateApi', { ApiId: 'nope' }),
    'NotFoundException',
    'Invalid API identifier specified nope',
  ],
  [
    'deleting an unknown api',
    ({ desk }) => desk.call('DeleteApi', { ApiId: 'nope' }),
    'NotFoundException',
    'Invalid API identifier specified nope',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  const desk = new ControlDesk();
  await expectRefused(refusal, { desk, apiId: await desk.api() });
});
