// Members that only the other protocol has: each is refused in an update, and let pass where it says nothing.
import { test } from 'vitest';
import { FUNCTION_URI, ControlDesk, given } from '../../support/control-desk.ts';
import { expectFault } from '../../support/refusals.ts';

type Member = readonly [string, unknown, string?];

/** Members with a value that says something, and AWS's own sentence where one is known. */
const FOREIGN_TO_WEBSOCKET: Readonly<Record<string, readonly Member[]>> = {
  Api: [
    [
      'CorsConfiguration',
      { AllowOrigins: ['*'] },
      'Cors is not supported for WEBSOCKET protocolType',
    ],
    ['Target', FUNCTION_URI],
    ['RouteKey', 'GET /'],
    ['CredentialsArn', 'arn:aws:iam::000000000000:role/r'],
  ],
  Route: [
    [
      'AuthorizationScopes',
      ['email'],
      'Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type',
    ],
    [
      'AuthorizationType',
      'JWT',
      'Invalid authorization type specified. Must be one of [NONE, AWS_IAM, CUSTOM] for WEBSOCKET protocol Apis',
    ],
  ],
  Integration: [
    ['IntegrationSubtype', 'SQS-SendMessage'],
    ['TlsConfig', { ServerNameToVerify: 'a.example' }],
    ['ResponseParameters', { 200: { 'overwrite:header.a': 'b' } }],
    ['PayloadFormatVersion', '2.0', 'Unsupported PayloadFormatVersion: 2.0'],
  ],
  Authorizer: [
    ['JwtConfiguration', { Issuer: 'https://a.example', Audience: ['a'] }],
    ['AuthorizerResultTtlInSeconds', 300],
    ['EnableSimpleResponses', true],
    ['AuthorizerPayloadFormatVersion', '2.0'],
  ],
};

const FOREIGN_TO_HTTP: Readonly<Record<string, readonly Member[]>> = {
  Api: [['DisableSchemaValidation', true]],
  Route: [
    ['ApiKeyRequired', true, 'ApiKeyRequired is not currently supported for HTTP APIs.'],
    ['ModelSelectionExpression', '$request.body.a'],
    ['RequestModels', { a: 'A' }],
    ['RequestParameters', { 'route.request.header.a': { Required: true } }],
    ['RouteResponseSelectionExpression', '$default'],
  ],
  Integration: [
    ['ContentHandlingStrategy', 'CONVERT_TO_TEXT'],
    ['PassthroughBehavior', 'NEVER'],
    ['RequestTemplates', { $default: '{}' }],
    ['TemplateSelectionExpression', '\\$default'],
  ],
  Stage: [['ClientCertificateId', 'abc123']],
};

/** An api of a protocol with a part of each kind; patches by kind. */
async function place(ProtocolType: 'WEBSOCKET' | 'HTTP') {
  const desk = new ControlDesk();
  const http = ProtocolType === 'HTTP';
  const { ApiId: id } = await desk.call('CreateApi', {
    ...{ Name: 'n', ProtocolType },
    ...(http ? {} : { RouteSelectionExpression: '$request.body.action' }),
  });
  const ApiId = given(id);
  const route = await desk.call('CreateRoute', { ApiId, RouteKey: http ? 'GET /' : '$connect' });
  const integration = await desk.call('CreateIntegration', {
    ...{ ApiId, IntegrationType: 'AWS_PROXY', IntegrationUri: FUNCTION_URI },
    ...(http ? { PayloadFormatVersion: '2.0' } : {}),
  });
  const authorizer = await desk.call('CreateAuthorizer', {
    ...{ ApiId, Name: 'a', AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
    ...{ IdentitySource: [], ...(http ? { AuthorizerPayloadFormatVersion: '2.0' } : {}) },
  });
  await desk.call('CreateStage', { ApiId, StageName: 's' });
  const ids: Readonly<Record<string, object>> = {
    Api: { ApiId },
    Route: { ApiId, RouteId: route.RouteId },
    Integration: { ApiId, IntegrationId: integration.IntegrationId },
    Authorizer: { ApiId, AuthorizerId: authorizer.AuthorizerId },
    Stage: { ApiId, StageName: 's' },
  };
  return {
    patch: (kind: string, change: object): Promise<unknown> =>
      desk.call(`Update${kind}` as 'UpdateApi', { ...ids[kind], ...change } as { ApiId: string }),
  };
}

const rows = (protocol: 'WEBSOCKET' | 'HTTP', table: typeof FOREIGN_TO_HTTP) =>
  Object.entries(table).flatMap(([kind, members]) =>
    members.map(
      ([member, value, text]) =>
        [
          protocol,
          kind,
          member,
          value,
          text ?? `${member} cannot be set for ${protocol} protocol Apis`,
        ] as const,
    ),
  );

test.each([...rows('WEBSOCKET', FOREIGN_TO_WEBSOCKET), ...rows('HTTP', FOREIGN_TO_HTTP)])(
  '%s: %s.%s',
  async (protocol, kind, member, value, message) => {
    const { patch } = await place(protocol);
    await expectFault(patch(kind, { [member]: value }), { status: 400, message });
  },
);

test.each([
  ['Api', { CorsConfiguration: {}, Target: '', RouteKey: '', CredentialsArn: '' }],
  ['Route', { AuthorizationScopes: [] }],
  ['Integration', { IntegrationSubtype: '', ResponseParameters: {} }],
])('members of HTTP APIs that say nothing pass on %s', async (kind, change) => {
  const { patch } = await place('WEBSOCKET');
  await patch(kind, change);
});
