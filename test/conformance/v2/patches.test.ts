// What updates do to what they do not name, and to what they empty: resources with every member, patched member by member.
import { describe, expect, test } from 'vitest';
import { FUNCTION_URI } from '../../support/control-desk.ts';
import { useV2Target, webSocketApi } from '../../support/v2-target.ts';

const target = useV2Target();

type Members = Readonly<Record<string, unknown>>;

/** A resource that was made with everything. */
interface Resource {
  readonly get: () => Promise<object>;
  readonly patch: (change: object) => Promise<object>;
}

interface Kind {
  readonly make: () => Promise<Resource>;
  /** Members that an empty text removes. */
  readonly removable: readonly string[];
  /** A change of one member, and what it makes of it. */
  readonly changes: readonly (readonly [Members, Members])[];
}

/** An answer without what the SDK adds and without what every update changes. */
function membersOf(answer: object): Members {
  const passing = new Set(['$metadata', 'LastUpdatedDate', 'LastDeploymentStatusMessage']);
  return Object.fromEntries(
    Object.entries(answer).filter(([name, value]) => !passing.has(name) && value !== undefined),
  );
}

const KINDS: Readonly<Record<string, Kind>> = {
  Api: {
    make: async () => {
      const ApiId = await webSocketApi(target, {
        Description: 'd',
        Version: '1',
        Tags: { a: 'b' },
      });
      return {
        get: () => target.sdk.getApi({ ApiId }),
        patch: (change) => target.sdk.updateApi({ ApiId, ...change }),
      };
    },
    removable: ['Description', 'Version'],
    changes: [
      [{ Name: 'other' }, { Name: 'other' }],
      [{ DisableExecuteApiEndpoint: true }, { DisableExecuteApiEndpoint: true }],
      [
        { ApiKeySelectionExpression: '$context.authorizer.usageIdentifierKey' },
        { ApiKeySelectionExpression: '$context.authorizer.usageIdentifierKey' },
      ],
    ],
  },
  Route: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      const { IntegrationId } = await target.sdk.createIntegration({
        ...{ ApiId, IntegrationType: 'MOCK' },
      });
      const { RouteId } = await target.sdk.createRoute({
        ...{ ApiId, RouteKey: '$connect', OperationName: 'o', ModelSelectionExpression: 'm' },
        ...{ RequestModels: { m: 'M', n: 'N' }, RouteResponseSelectionExpression: '$default' },
        RequestParameters: { 'route.request.header.a': { Required: true } },
        Target: `integrations/${IntegrationId}`,
      });
      const at = { ApiId, RouteId };
      return {
        get: () => target.sdk.getRoute(at),
        patch: (change) => target.sdk.updateRoute({ ...at, ...change }),
      };
    },
    removable: [
      ...['OperationName', 'ModelSelectionExpression'],
      ...['RouteResponseSelectionExpression', 'Target'],
    ],
    changes: [
      [{ ApiKeyRequired: true }, { ApiKeyRequired: true }],
      [{ RequestModels: { k: 'K' } }, { RequestModels: { k: 'K' } }],
      [
        { RequestParameters: { 'route.request.querystring.b': { Required: false } } },
        {
          RequestParameters: {
            'route.request.header.a': { Required: true },
            'route.request.querystring.b': { Required: false },
          },
        },
      ],
    ],
  },
  Integration: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      const { IntegrationId } = await target.sdk.createIntegration({
        ...{ ApiId, IntegrationType: 'HTTP', IntegrationUri: 'https://a.example' },
        ...{ IntegrationMethod: 'POST', Description: 'd', TimeoutInMillis: 50 },
        ...{ ContentHandlingStrategy: 'CONVERT_TO_TEXT', PassthroughBehavior: 'NEVER' },
        ...{ CredentialsArn: 'arn:aws:iam::000000000000:role/r' },
        TemplateSelectionExpression: '\\$default',
        RequestTemplates: { $default: '{}', other: '[]' },
        RequestParameters: { 'integration.request.header.a': "'1'" },
      });
      const at = { ApiId, IntegrationId };
      return {
        get: () => target.sdk.getIntegration(at),
        patch: (change) => target.sdk.updateIntegration({ ...at, ...change }),
      };
    },
    removable: ['Description', 'TemplateSelectionExpression', 'CredentialsArn'],
    changes: [
      [{ TimeoutInMillis: 29_000 }, { TimeoutInMillis: 29_000 }],
      [{ IntegrationMethod: 'PUT' }, { IntegrationMethod: 'PUT' }],
      [{ RequestTemplates: { only: 'x' } }, { RequestTemplates: { only: 'x' } }],
      [
        { RequestParameters: { 'integration.request.header.b': 'context.connectionId' } },
        {
          RequestParameters: {
            'integration.request.header.a': "'1'",
            'integration.request.header.b': 'context.connectionId',
          },
        },
      ],
      [{ RequestParameters: { 'integration.request.header.a': '' } }, { RequestParameters: {} }],
    ],
  },
  IntegrationResponse: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      const integration = { ApiId, IntegrationType: 'MOCK' as const };
      const { IntegrationId } = await target.sdk.createIntegration(integration);
      const { IntegrationResponseId } = await target.sdk.createIntegrationResponse({
        ...{ ApiId, IntegrationId, IntegrationResponseKey: '$default' },
        ...{ ContentHandlingStrategy: 'CONVERT_TO_TEXT', ResponseTemplates: { a: '1', b: '2' } },
        TemplateSelectionExpression: '\\$default',
      });
      const at = { ApiId, IntegrationId, IntegrationResponseId };
      return {
        get: () => target.sdk.getIntegrationResponse(at),
        patch: (change) => target.sdk.updateIntegrationResponse({ ...at, ...change }),
      };
    },
    removable: ['TemplateSelectionExpression'],
    changes: [
      [{ IntegrationResponseKey: '/2\\d\\d/' }, { IntegrationResponseKey: '/2\\d\\d/' }],
      [{ ResponseTemplates: { c: '3' } }, { ResponseTemplates: { c: '3' } }],
    ],
  },
  Model: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      const { ModelId } = await target.sdk.createModel({
        ...{ ApiId, Name: 'm', Schema: '{}', Description: 'd', ContentType: 'application/json' },
      });
      const at = { ApiId, ModelId };
      return {
        get: () => target.sdk.getModel(at),
        patch: (change) => target.sdk.updateModel({ ...at, ...change }),
      };
    },
    removable: ['Description', 'ContentType'],
    changes: [[{ Schema: '{"type":"object"}' }, { Schema: '{"type":"object"}' }]],
  },
  Authorizer: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      const { AuthorizerId } = await target.sdk.createAuthorizer({
        ...{ ApiId, Name: 'a', AuthorizerType: 'REQUEST', AuthorizerUri: FUNCTION_URI },
        IdentitySource: ['route.request.header.a', 'route.request.querystring.b'],
        AuthorizerCredentialsArn: 'arn:aws:iam::000000000000:role/r',
      });
      const at = { ApiId, AuthorizerId };
      return {
        get: () => target.sdk.getAuthorizer(at),
        patch: (change) => target.sdk.updateAuthorizer({ ...at, ...change }),
      };
    },
    removable: ['AuthorizerCredentialsArn'],
    changes: [
      [{ Name: 'b' }, { Name: 'b' }],
      [{ IdentitySource: ['stageVariables.x'] }, { IdentitySource: ['stageVariables.x'] }],
    ],
  },
  Stage: {
    make: async () => {
      const ApiId = await webSocketApi(target);
      await target.sdk.createRoute({ ApiId, RouteKey: 'ask' });
      await target.sdk.createRoute({ ApiId, RouteKey: 'tell' });
      const { DeploymentId } = await target.sdk.createDeployment({ ApiId });
      const at = { ApiId, StageName: 'live' };
      await target.sdk.createStage({
        ...{ ...at, DeploymentId, Description: 'd', Tags: { a: 'b' } },
        ...{ StageVariables: { x: '1', y: '2' } },
        AccessLogSettings: {
          DestinationArn: 'arn:aws:logs:::log-group:x',
          Format: '$context.requestId',
        },
        DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 },
        RouteSettings: { ask: { LoggingLevel: 'INFO', DataTraceEnabled: true } },
      });
      return {
        get: () => target.sdk.getStage(at),
        patch: (change) => target.sdk.updateStage({ ...at, ...change }),
      };
    },
    removable: ['Description'],
    changes: [
      [{ StageVariables: { x: '', z: '3' } }, { StageVariables: { y: '2', z: '3' } }],
      [
        { RouteSettings: { tell: { ThrottlingRateLimit: 1 } } },
        {
          RouteSettings: {
            ask: { LoggingLevel: 'INFO', DataTraceEnabled: true },
            tell: { ThrottlingRateLimit: 1 },
          },
        },
      ],
      [
        { DefaultRouteSettings: { ThrottlingRateLimit: 7 } },
        {
          DefaultRouteSettings: {
            ...{ DataTraceEnabled: false, DetailedMetricsEnabled: false, LoggingLevel: 'OFF' },
            ...{ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 6 },
          },
        },
      ],
    ],
  },
};

describe.each(Object.entries(KINDS))('%s', (_name, { make, removable, changes }) => {
  test('an empty patch changes nothing, and answers the resource', async () => {
    const { get, patch } = await make();
    const before = membersOf(await get());
    expect(membersOf(await patch({}))).toEqual(before);
    expect(membersOf(await get())).toEqual(before);
  });

  test.each(removable.map((member) => [member]))(
    'an empty %s removes it, and nothing else',
    async (member) => {
      const { get, patch } = await make();
      const { [member]: was, ...others } = membersOf(await get());
      expect(was).toBeDefined();
      expect(membersOf(await patch({ [member]: '' }))).toEqual(others);
      expect(membersOf(await get())).toEqual(others);
    },
  );

  test.each(changes.map(([change, made]) => [JSON.stringify(change), change, made] as const))(
    '%s changes that and nothing else',
    async (_text, change, made) => {
      const { get, patch } = await make();
      const before = membersOf(await get());
      expect(membersOf(await patch(change))).toEqual({ ...before, ...made });
      expect(membersOf(await get())).toEqual({ ...before, ...made });
    },
  );
});
