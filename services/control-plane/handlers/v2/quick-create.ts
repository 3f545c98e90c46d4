// Quick create of HTTP APIs: one target becomes an integration, a route and a `$default` stage that deploys itself (AWS: CreateApi `target`).
import type { ControlContext } from '#shared/model/control.ts';
import type { ApiRecord, RouteRecord, StageRecord } from '#shared/model/records.ts';
import type { Write } from '#shared/model/store.ts';
import { newResourceId } from '#shared/runtime/ids.ts';
import { checkIntegration } from '../../constraints/integration.ts';
import { checkRouteKey, requireFreeKey } from '../../constraints/route-key.ts';
import { DEFAULT_SETTINGS } from '../../constraints/stage.ts';
import { allParts, created, INTEGRATION, replaced, ROUTE } from '../../definitions/parts.ts';
import { present } from '../../definitions/patch.ts';
import { liveStage, stageWrites } from '../../deployments/live.ts';
import { badRequest } from '../../faults.ts';
import type { V2Input } from '../../model.ts';
import type { Plane } from '../../plane.ts';
import { newIntegration, patchedIntegration } from './integrations.ts';

const ROUTE_ID_LENGTH = 7;

/** The stage that quick create makes. */
const QUICK_STAGE = '$default';

/** Members of CreateApi and UpdateApi that quick create works with. */
type QuickInput = Pick<V2Input<'UpdateApi'>, 'Target' | 'RouteKey' | 'CredentialsArn'>;

/** The writes that quick create adds to a new api; none without a target. */
export function quickCreate(
  { deps }: Plane,
  input: QuickInput,
  { context, api }: { readonly context: ControlContext; readonly api: ApiRecord },
): Write[] {
  if (input.Target === undefined) {
    const alone = input.RouteKey ?? input.CredentialsArn;
    if (alone !== undefined) throw badRequest('Target is required for quick create');
    return [];
  }
  const integration = { ...quickIntegration(api, input), ApiGatewayManaged: true };
  checkIntegration(api, integration, { input: {}, limits: deps.limits });
  const route = quickRoute(input.RouteKey ?? '$default', integration.IntegrationId);
  checkRouteKey(api, route.RouteKey);
  const stage = quickStage(api, deps.clock.now());
  return [
    created(INTEGRATION, { apiId: api.ApiId, ids: [integration.IntegrationId] }, integration),
    created(ROUTE, { apiId: api.ApiId, ids: [route.RouteId] }, route),
    ...stageWrites(liveStage(context, api, { stage, snapshot: undefined })),
  ];
}

function quickIntegration(api: ApiRecord, { Target, CredentialsArn }: QuickInput) {
  return newIntegration(api, {
    ...targetMembers(Target ?? ''),
    ...present({ CredentialsArn }),
  } as Parameters<typeof newIntegration>[1]);
}

/** A function's ARN becomes a Lambda proxy of format 2.0, everything else an HTTP proxy. */
function targetMembers(target: string) {
  const isFunction = target.startsWith('arn:');
  return {
    IntegrationUri: target,
    IntegrationType: isFunction ? 'AWS_PROXY' : 'HTTP_PROXY',
    IntegrationMethod: isFunction ? 'POST' : 'ANY',
    PayloadFormatVersion: isFunction ? '2.0' : '1.0',
  };
}

function quickRoute(key: string, integrationId: string): RouteRecord {
  return {
    RouteId: newResourceId(ROUTE_ID_LENGTH),
    RouteKey: key,
    ApiKeyRequired: false,
    AuthorizationType: 'NONE',
    Target: `integrations/${integrationId}`,
    ApiGatewayManaged: true,
  };
}

function quickStage(api: ApiRecord, now: number): StageRecord {
  return {
    StageName: QUICK_STAGE,
    AutoDeploy: true,
    CreatedDate: now,
    LastUpdatedDate: now,
    DefaultRouteSettings: DEFAULT_SETTINGS[api.ProtocolType],
    RouteSettings: {},
    StageVariables: {},
    Tags: {},
    ApiGatewayManaged: true,
  };
}

/** The writes of UpdateApi's `target`, `routeKey` and `credentialsArn`: they change what quick create made. */
export async function quickUpdate(
  plane: Plane,
  input: QuickInput,
  api: ApiRecord,
): Promise<Write[]> {
  const { Target, RouteKey, CredentialsArn } = input;
  // Those of WebSocket APIs say nothing: others have been refused.
  if (api.ProtocolType === 'WEBSOCKET') return [];
  if ((Target ?? RouteKey ?? CredentialsArn) === undefined) return [];
  const { store } = plane.deps;
  const apiId = api.ApiId;
  const routes = await allParts(store, ROUTE, { apiId });
  const route = routes.find(({ ApiGatewayManaged }) => ApiGatewayManaged === true);
  const integrations = await allParts(store, INTEGRATION, { apiId });
  const integration = integrations.find(({ ApiGatewayManaged }) => ApiGatewayManaged === true);
  if (route === undefined || integration === undefined) {
    throw badRequest(
      'Target, RouteKey and CredentialsArn can be updated on quick-created Apis only',
    );
  }
  const target = Target === undefined ? {} : targetMembers(Target);
  const changes = { ...target, ...present({ CredentialsArn }) };
  const nextIntegration = patchedIntegration(integration, changes);
  checkIntegration(api, nextIntegration, { input: {}, limits: plane.deps.limits });
  const nextRoute = { ...route, ...present({ RouteKey }) } as RouteRecord;
  checkRouteKey(api, nextRoute.RouteKey);
  const others = routes.filter(({ RouteId }) => RouteId !== route.RouteId);
  requireFreeKey(api, others, nextRoute.RouteKey);
  return [
    replaced(INTEGRATION, { apiId, ids: [integration.IntegrationId] }, nextIntegration),
    replaced(ROUTE, { apiId, ids: [route.RouteId] }, nextRoute),
  ];
}
