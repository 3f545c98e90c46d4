// Integrations and integration responses: create, get, list, update, delete; defaults by type; refusals of each.
import { expect, test } from 'vitest';
import { ControlDesk, FUNCTION_URI, given } from '../../../../support/control-desk.ts';
import { expectRefused, type Refusal } from '../../../../support/refusals.ts';

/** An api with a route on a Lambda integration, a MOCK integration and a response of the latter. */
async function place() {
  const desk = new ControlDesk();
  const apiId = await desk.api();
  const { integrationId: usedId, routeId } = await desk.route(apiId, 'hello');
  const { IntegrationId } = await desk.call('CreateIntegration', {
    ApiId: apiId,
    IntegrationType: 'MOCK',
  });
  const mock = { ApiId: apiId, IntegrationId: given(IntegrationId) };
  const { IntegrationResponseId } = await desk.call('CreateIntegrationResponse', {
    ...mock,
    IntegrationResponseKey: '$default',
  });
  const { ApiId: httpId } = await desk.call('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  const responseId = given(IntegrationResponseId);
  return {
    desk,
    apiId,
    routeId,
    usedId,
    mock,
    httpId: given(httpId),
    response: { ...mock, IntegrationResponseId: responseId },
  };
}

type Place = Awaited<ReturnType<typeof place>>;

const DEFAULTS = {
  IntegrationId: expect.stringMatching(/^[a-z][a-z0-9]{6}$/) as unknown,
  ConnectionType: 'INTERNET',
  PassthroughBehavior: 'WHEN_NO_MATCH',
  PayloadFormatVersion: '1.0',
  TimeoutInMillis: 29_000,
};

test.each([
  ['AWS_PROXY', FUNCTION_URI, undefined],
  ['AWS', FUNCTION_URI, '${integration.response.body.errorMessage}'],
  ['HTTP', 'https://back.example/', '${integration.response.statuscode}'],
  ['HTTP_PROXY', 'http://${stageVariables.host}/', undefined],
] as const)('%s with its defaults', async (IntegrationType, IntegrationUri, expression) => {
  const { desk, apiId } = await place();
  const made = await desk.call('CreateIntegration', {
    ApiId: apiId,
    IntegrationType,
    IntegrationUri,
  });
  expect(made).toEqual({
    ...DEFAULTS,
    IntegrationType,
    IntegrationUri,
    ...(expression !== undefined && { IntegrationResponseSelectionExpression: expression }),
  });
  const at = { ApiId: apiId, IntegrationId: given(made.IntegrationId) };
  expect(await desk.call('GetIntegration', at)).toEqual(made);
});

test('MOCK needs no URI; an HTTP api has other defaults', async () => {
  const { desk, mock, httpId } = await place();
  expect(await desk.call('GetIntegration', mock)).toEqual({
    ...DEFAULTS,
    IntegrationType: 'MOCK',
    IntegrationResponseSelectionExpression: '${integration.response.statuscode}',
  });
  const made = await desk.call('CreateIntegration', {
    ApiId: httpId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION_URI,
  });
  expect(made).toMatchObject({ TimeoutInMillis: 30_000, IntegrationMethod: 'POST' });
  expect(made).not.toHaveProperty('PassthroughBehavior');
});

test('a patch merges parameters, replaces templates and follows a change of type', async () => {
  const { desk, mock } = await place();
  const update = (more: object) => desk.call('UpdateIntegration', { ...mock, ...more });
  const [a, b] = ['integration.request.header.A', 'integration.request.querystring.B'] as const;
  await update({ RequestParameters: { [a]: "'x'" }, RequestTemplates: { one: '1' } });
  const merged = await update({
    RequestParameters: { [b]: 'context.connectionId' },
    RequestTemplates: { two: '2' },
  });
  expect(merged).toMatchObject({
    RequestParameters: { [a]: "'x'", [b]: 'context.connectionId' },
    RequestTemplates: { two: '2' },
  });
  expect((await update({ RequestParameters: { [a]: '' } })).RequestParameters).toEqual({
    [b]: 'context.connectionId',
  });
  const proxy = await update({
    IntegrationType: 'HTTP_PROXY',
    IntegrationUri: 'https://b.example',
  });
  expect(proxy).not.toHaveProperty('IntegrationResponseSelectionExpression');
});

test('response parameters of an HTTP api are laid over the old ones status by status', async () => {
  const { desk, httpId } = await place();
  const map = (value: string) => ({ 'overwrite:header.a': value });
  const { IntegrationId } = await desk.call('CreateIntegration', {
    ApiId: httpId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION_URI,
    ResponseParameters: { 200: map('1'), 404: map('2') },
  });
  const update = (ResponseParameters: Record<string, Record<string, string>>) =>
    desk.call('UpdateIntegration', {
      ApiId: httpId,
      IntegrationId: given(IntegrationId),
      ResponseParameters,
    });
  const next = await update({ 404: {}, 500: map('3') });
  expect(next.ResponseParameters).toEqual({ 200: map('1'), 500: map('3') });
  await expect(update({ 600: map('4') })).rejects.toMatchObject({
    message: 'Status Code 600 is not valid',
  });
});

test('an integration in use stays; out of use it goes with its responses', async () => {
  const { desk, apiId, usedId, routeId, mock } = await place();
  const used = { ApiId: apiId, IntegrationId: usedId };
  await expect(desk.call('DeleteIntegration', used)).rejects.toMatchObject({
    type: 'ConflictException',
    message: `Cannot delete Integration because it is referenced by the following Routes with Ids: [${routeId}]`,
  });
  await desk.call('DeleteRoute', { ApiId: apiId, RouteId: routeId });
  await desk.call('DeleteIntegration', used);
  await desk.call('DeleteIntegration', mock);
  expect((await desk.store.list(`api#${apiId}`)).items).toEqual([]);
});

test('integrations are listed in pages', async () => {
  const { desk, apiId } = await place();
  const first = await desk.call('GetIntegrations', { ApiId: apiId, MaxResults: '1' });
  const NextToken = given(first.NextToken);
  const second = await desk.call('GetIntegrations', { ApiId: apiId, NextToken });
  expect([...given(first.Items), ...given(second.Items)]).toHaveLength(2);
});

test('only so many integrations fit', async () => {
  const desk = new ControlDesk({ limits: { integrationsPerApi: 1 } });
  const apiId = await desk.api();
  const create = () => desk.call('CreateIntegration', { ApiId: apiId, IntegrationType: 'MOCK' });
  await create();
  await expect(create()).rejects.toMatchObject({ status: 429 });
});

test('an integration response is answered without its integration, changed and deleted', async () => {
  const { desk, mock, response } = await place();
  const get = () => desk.call('GetIntegrationResponse', response);
  expect(await get()).toEqual({
    IntegrationResponseId: response.IntegrationResponseId,
    IntegrationResponseKey: '$default',
  });
  const changes = {
    IntegrationResponseKey: '/2\\d\\d/',
    ResponseTemplates: { $default: '{}' },
    ContentHandlingStrategy: 'CONVERT_TO_TEXT' as const,
  };
  await desk.call('UpdateIntegrationResponse', { ...response, ...changes });
  expect(await get()).toMatchObject(changes);
  expect((await desk.call('GetIntegrationResponses', mock)).Items).toEqual([await get()]);
  await desk.call('DeleteIntegrationResponse', response);
  await expect(get()).rejects.toMatchObject({ status: 404 });
});

const create =
  (more: object, id: 'apiId' | 'httpId' = 'apiId') =>
  ({ desk, ...at }: Place) =>
    desk.call('CreateIntegration', {
      ApiId: at[id],
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: FUNCTION_URI,
      ...more,
    });

const respond = (more: object) => (at: Place) =>
  at.desk.call('CreateIntegrationResponse', {
    ...at.mock,
    IntegrationResponseKey: '/200/',
    ...more,
  });

const BAD_MAPPING =
  'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ';

const refusals: Refusal<Place>[] = [
  [
    'an unknown type',
    create({ IntegrationType: 'GRPC' }),
    'BadRequestException',
    'Invalid integration type specified. Must be one of [AWS, HTTP, MOCK, HTTP_PROXY, AWS_PROXY]',
  ],
  [
    'a non-proxy type on an HTTP api',
    create({ IntegrationType: 'MOCK' }, 'httpId'),
    'BadRequestException',
    'Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)',
  ],
  [
    'no URI',
    ({ desk, apiId }) =>
      desk.call('CreateIntegration', { ApiId: apiId, IntegrationType: 'HTTP_PROXY' }),
    'BadRequestException',
    'Integration URI is required',
  ],
  [
    'a URI that is no ARN',
    create({ IntegrationUri: 'https://x.example' }),
    'BadRequestException',
    'Invalid ARN specified in the request',
  ],
  [
    'a URI that is no URL',
    create({ IntegrationType: 'HTTP', IntegrationUri: 'ftp://x.example' }),
    'BadRequestException',
    'Invalid HTTP endpoint specified for URI',
  ],
  [
    'another method than POST for a function',
    create({ IntegrationMethod: 'GET' }),
    'BadRequestException',
    'HttpMethod must be POST for AWS_PROXY IntegrationType.',
  ],
  [
    'too long a timeout',
    create({ TimeoutInMillis: 29_001 }),
    'BadRequestException',
    'Timeout should be between 50 ms and 29000 ms',
  ],
  [
    'too short a timeout on an HTTP api',
    create({ TimeoutInMillis: 49 }, 'httpId'),
    'BadRequestException',
    'Timeout should be between 50 ms and 30000 ms',
  ],
  [
    'payload format 2.0',
    create({ PayloadFormatVersion: '2.0' }),
    'BadRequestException',
    'Unsupported PayloadFormatVersion: 2.0',
  ],
  [
    'payload format 2.0 of an HTTP proxy',
    create(
      {
        IntegrationType: 'HTTP_PROXY',
        IntegrationUri: 'https://x.example',
        PayloadFormatVersion: '2.0',
        IntegrationMethod: 'GET',
      },
      'httpId',
    ),
    'BadRequestException',
    'PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY',
  ],
  [
    'an HTTP proxy of an HTTP api without a method',
    create({ IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://x.example' }, 'httpId'),
    'BadRequestException',
    'HttpMethod parameter method must be specified for integrationType HTTPPROXY',
  ],
  [
    'a subtype without a role',
    ({ desk, httpId }) =>
      desk.call('CreateIntegration', {
        ApiId: httpId,
        IntegrationType: 'AWS_PROXY',
        IntegrationSubtype: 'SQS-SendMessage',
      }),
    'BadRequestException',
    'Role ARN must be specified for AWS integration configuration with Subtype: SQS-SendMessage',
  ],
  [
    'a VPC link without its id',
    create({ ConnectionType: 'VPC_LINK' }),
    'BadRequestException',
    'ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK',
  ],
  [
    'a service action without a role',
    create({
      IntegrationType: 'AWS',
      IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:action/SendMessage',
    }),
    'BadRequestException',
    'Role ARN must be specified for AWS integrations',
  ],
  [
    'a service without path or action',
    create({ IntegrationType: 'AWS', IntegrationUri: 'arn:aws:apigateway:us-east-1:sqs:x' }),
    'BadRequestException',
    'AWS ARN for integration must contain path or action',
  ],
  [
    'the TLS settings of private integrations on a WebSocket API',
    create({ TlsConfig: { ServerNameToVerify: 'internal.example.com' } }),
    'BadRequestException',
    'TlsConfig cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'a subtype on a WebSocket api',
    create({ IntegrationSubtype: 'SQS-SendMessage' }),
    'BadRequestException',
    'IntegrationSubtype cannot be set for WEBSOCKET protocol Apis',
  ],
  [
    'templates on an HTTP api',
    create({ RequestTemplates: { a: 'b' } }, 'httpId'),
    'BadRequestException',
    'RequestTemplates cannot be set for HTTP protocol Apis',
  ],
  [
    'a parameter of the body',
    create({ RequestParameters: { 'integration.request.body.a': "'x'" } }),
    'BadRequestException',
    `${BAD_MAPPING}integration.request.body.a]`,
  ],
  [
    'a parameter from nowhere',
    create({ RequestParameters: { 'integration.request.header.a': 'request.a' } }),
    'BadRequestException',
    `${BAD_MAPPING}request.a]`,
  ],
  [
    'getting an unknown integration',
    ({ desk, apiId }) => desk.call('GetIntegration', { ApiId: apiId, IntegrationId: 'nope' }),
    'NotFoundException',
    'Invalid Integration identifier specified nope',
  ],
  [
    'updating an unknown integration',
    ({ desk, apiId }) => desk.call('UpdateIntegration', { ApiId: apiId, IntegrationId: 'nope' }),
    'NotFoundException',
    'Invalid Integration identifier specified nope',
  ],
  [
    'deleting an unknown integration',
    ({ desk, apiId }) => desk.call('DeleteIntegration', { ApiId: apiId, IntegrationId: 'nope' }),
    'NotFoundException',
    'Invalid Integration identifier specified nope',
  ],
  [
    'a response key that is neither $default nor a pattern',
    respond({ IntegrationResponseKey: '200' }),
    'BadRequestException',
    'Invalid IntegrationResponseKey specified: 200. It must be $default or a regular expression between slashes',
  ],
  [
    'a response key that is there',
    respond({ IntegrationResponseKey: '$default' }),
    'ConflictException',
    'IntegrationResponse with key $default already exists for this Integration',
  ],
  [
    'a response parameter that is no header',
    respond({ ResponseParameters: { 'method.response.body': "'x'" } }),
    'BadRequestException',
    `${BAD_MAPPING}method.response.body]`,
  ],
  [
    'a response of an unknown integration',
    respond({ IntegrationId: 'nope' }),
    'NotFoundException',
    'Invalid Integration identifier specified nope',
  ],
  [
    'a response of an HTTP api',
    (at) => respond({ ApiId: at.httpId })(at),
    'BadRequestException',
    'IntegrationResponses are currently not supported for this API protocol type.',
  ],
  [
    'an unknown response',
    ({ desk, response }) =>
      desk.call('DeleteIntegrationResponse', { ...response, IntegrationResponseId: 'nope' }),
    'NotFoundException',
    'Invalid IntegrationResponse identifier specified nope',
  ],
];

test.each(refusals)('refused: %s', async (...refusal) => {
  await expectRefused(refusal, await place());
});
