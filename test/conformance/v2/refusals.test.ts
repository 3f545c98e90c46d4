// The refusals that AWS's users know, through the official SDK: class, status, text, and the kind of what is missing.
import * as v2 from '@aws-sdk/client-apigatewayv2';
import { beforeAll, expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { lambdaRoute, useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

let ApiId: string;
let IntegrationId: string;
let RouteId: string;
let AuthorizerId: string;
let DeploymentId: string;
const DomainName = 'refusals.example.com';
const NOPE = 'nope12';

beforeAll(async () => {
  const { sdk } = target;
  ApiId = await webSocketApi(target);
  ({ RouteId, IntegrationId } = await lambdaRoute(target, ApiId, 'hello'));
  ({ AuthorizerId = '' } = await sdk.createAuthorizer(authorizer()));
  await sdk.createRoute({
    ...{ ApiId, RouteKey: '$connect', AuthorizationType: 'CUSTOM', AuthorizerId },
  });
  await sdk.createModel({ ApiId, Name: 'used', Schema: '{}' });
  await sdk.createRoute({
    ...{ ApiId, RouteKey: 'strict', ModelSelectionExpression: '\\$default' },
    RequestModels: { $default: 'used' },
  });
  ({ DeploymentId = '' } = await sdk.createDeployment({ ApiId }));
  await sdk.createStage({ ApiId, StageName: 'live', DeploymentId });
  await sdk.createDomainName({ DomainName });
});

const authorizer = (more: object = {}): v2.CreateAuthorizerCommandInput => ({
  ...{ ApiId, Name: 'guard', AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
  ...{ IdentitySource: [], ...more },
});

interface Refused {
  readonly is: new (...args: never[]) => Error;
  readonly status: number;
  readonly message: string | (() => string);
  /** `resourceType` of a 404. */
  readonly kind?: string;
}

const bad = (message: string): Refused => ({ is: v2.BadRequestException, status: 400, message });
const conflict = (message: Refused['message']): Refused => ({
  ...{ is: v2.ConflictException, status: 409, message },
});
const missing = (kind: string, message: Refused['message']): Refused => ({
  ...{ is: v2.NotFoundException, status: 404, kind, message },
});
const unknown = (kind: string) => missing(kind, `Invalid ${kind} identifier specified ${NOPE}`);

test.each<[string, () => Promise<unknown>, Refused]>([
  [
    'another protocol',
    () => target.sdk.createApi({ Name: 'a', ProtocolType: 'TCP' as never }),
    bad('Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]'),
  ],
  [
    'a WebSocket api without a route selection expression',
    () => target.sdk.createApi({ Name: 'a', ProtocolType: 'WEBSOCKET' }),
    bad('Invalid routeSelectionExpression'),
  ],
  [
    'a deployment without routes',
    async () => target.sdk.createDeployment({ ApiId: await webSocketApi(target) }),
    bad('At least one route is required before deploying the Api'),
  ],
  [
    'a time to live of an authorizer',
    () => target.sdk.createAuthorizer(authorizer({ AuthorizerResultTtlInSeconds: 300 })),
    bad('AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis'),
  ],
  [
    'unknown variables in an access log',
    () =>
      target.sdk.updateStage({
        ...{ ApiId, StageName: 'live' },
        AccessLogSettings: {
          DestinationArn: 'arn:aws:logs:::log-group:x',
          Format: '$context.requestId $context.nothing $context.status $context.identity.shoes',
        },
      }),
    bad(
      'The following context variables are not supported: [$context.nothing, $context.identity.shoes]',
    ),
  ],
  [
    'an access log without the request id',
    () =>
      target.sdk.updateStage({
        ...{ ApiId, StageName: 'live' },
        AccessLogSettings: {
          DestinationArn: 'arn:aws:logs:::log-group:x',
          Format: '$context.status',
        },
      }),
    bad('Access Log format must include either $context.requestId or $context.extendedRequestId'),
  ],
  ...[
    'bad',
    'arn:aws:s3:::logs',
    'arn:aws:logs:us-east-1:000000000000:x',
    'arn:aws:firehose:us-east-1:000000000000:deliverystream/mine',
  ].map((DestinationArn): [string, () => Promise<unknown>, Refused] => [
    `an access log for ${DestinationArn}`,
    () =>
      target.sdk.updateStage({
        ...{ ApiId, StageName: 'live' },
        AccessLogSettings: { DestinationArn, Format: '$context.requestId' },
      }),
    bad('Invalid ARN specified in the request'),
  ]),
  [
    'credentials of an authorizer that are no role',
    () => target.sdk.createAuthorizer(authorizer({ AuthorizerCredentialsArn: 'bad' })),
    bad('Invalid ARN specified in the request'),
  ],
  [
    'a deployment for a stage that deploys itself',
    async () => {
      const auto = { ApiId, StageName: 'auto' };
      await target.sdk.createStage({ ...auto, AutoDeploy: true });
      await target.sdk.updateStage({ ...auto, DeploymentId });
    },
    bad('Deployment ID cannot be set on this stage because AutoDeploy is enabled.'),
  ],
  [
    'a route key that is there',
    () => target.sdk.createRoute({ ApiId, RouteKey: '$connect' }),
    conflict('Route with key $connect already exists for this API'),
  ],
  [
    'a domain name that is there',
    () => target.sdk.createDomainName({ DomainName }),
    conflict('The domain name resource already exists.'),
  ],
  [
    'deleting an integration that a route uses',
    () => target.sdk.deleteIntegration({ ApiId, IntegrationId }),
    conflict(
      () =>
        `Cannot delete Integration because it is referenced by the following Routes with Ids: [${RouteId}]`,
    ),
  ],
  [
    'deleting an authorizer that a route uses',
    () => target.sdk.deleteAuthorizer({ ApiId, AuthorizerId }),
    conflict("Cannot delete authorizer 'guard', is referenced in route: $connect"),
  ],
  [
    'deleting a deployment that a stage uses',
    () => target.sdk.deleteDeployment({ ApiId, DeploymentId }),
    conflict('Active stages pointing to this deployment must be moved or deleted'),
  ],
  [
    'an unknown api',
    () => target.sdk.getApi({ ApiId: NOPE }),
    missing('API', `Invalid API identifier specified ${NOPE}`),
  ],
  ['an unknown route', () => target.sdk.getRoute({ ApiId, RouteId: NOPE }), unknown('Route')],
  [
    'an unknown route response',
    () => target.sdk.getRouteResponse({ ApiId, RouteId, RouteResponseId: NOPE }),
    unknown('RouteResponse'),
  ],
  [
    'an unknown integration',
    () => target.sdk.getIntegration({ ApiId, IntegrationId: NOPE }),
    unknown('Integration'),
  ],
  [
    'an unknown integration response',
    () => target.sdk.getIntegrationResponse({ ApiId, IntegrationId, IntegrationResponseId: NOPE }),
    unknown('IntegrationResponse'),
  ],
  [
    'an unknown authorizer',
    () => target.sdk.getAuthorizer({ ApiId, AuthorizerId: NOPE }),
    unknown('Authorizer'),
  ],
  ['an unknown model', () => target.sdk.getModel({ ApiId, ModelId: NOPE }), unknown('Model')],
  [
    'an unknown deployment',
    () => target.sdk.getDeployment({ ApiId, DeploymentId: NOPE }),
    unknown('Deployment'),
  ],
  [
    'an unknown stage',
    () => target.sdk.getStage({ ApiId, StageName: NOPE }),
    missing('Stage', 'Invalid stage identifier specified'),
  ],
  [
    'an unknown domain name',
    () => target.sdk.getDomainName({ DomainName: 'nobody.example.com' }),
    missing('DomainName', 'The domain name resource specified in the request was not found.'),
  ],
  [
    'an unknown api mapping',
    () => target.sdk.getApiMapping({ DomainName, ApiMappingId: NOPE }),
    missing('ApiMapping', 'The api mapping resource specified in the request was not found.'),
  ],
])('%s', async (_name, call, { is, status, message, kind }) => {
  const refused: unknown = await call().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({
    message: typeof message === 'string' ? message : message(),
    $metadata: { httpStatusCode: status },
    ...(kind !== undefined && { ResourceType: kind }),
  });
  expect(refused).toBeInstanceOf(is);
});

test.each<[string, () => Promise<unknown>]>([
  ['ExportApi', () => target.sdk.exportApi({ ApiId, OutputType: 'JSON', Specification: 'OAS30' })],
  ['ImportApi', () => target.sdk.importApi({ Body: '{}' })],
  ['ReimportApi', () => target.sdk.reimportApi({ ApiId, Body: '{}' })],
  ['GetVpcLinks', () => target.sdk.getVpcLinks({})],
])('%s is not built and says so', async (name, call) => {
  await expect(call()).rejects.toMatchObject({
    name: 'NotImplementedException',
    message: `The operation ${name} of apigatewayv2 is not implemented by this gateway`,
    $metadata: { httpStatusCode: 501 },
  });
});
