// Compiles the stage of a WebSocket API: routes by key, the three fixed routes, integrations made once and shared.
import type { Authorizer } from '#shared/model/authorizer.ts';
import type { Integration } from '#shared/model/integration.ts';
import type { RouteRecord, StageRecord } from '#shared/model/records.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { RequiredParameter, Route, Stage, WebSocketStage } from '#shared/model/stage.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { createAuthorizer } from '#shared/authorizer/kinds.ts';
import { compileRouteSelection, compileSelection } from '#shared/mapping/selection.ts';
import type { IntegrationDeps } from '#shared/integration/deps.ts';
import { createIntegration } from '#shared/integration/kinds.ts';
import { authorizerEvent, WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import { Models } from '#shared/validation/models.ts';
import { compileRequestValidator } from '#shared/validation/request.ts';
import { ownIntegrations } from './close.ts';
import type { StageDeps } from './compile.ts';
import { observerOf } from './observers/observers.ts';
import { RouteKeyTable } from './routes/route-key.ts';
import { routeThrottle } from './throttles.ts';

const FIXED_KEYS: ReadonlySet<string> = new Set(['$connect', '$disconnect', '$default']);

/** Compiles `snapshot` over `base` with the stage's live `settings`; see `compileStage` for what it promises. */
export function compileWebSocketStage(
  base: Stage,
  { snapshot, settings }: { readonly snapshot: Snapshot; readonly settings: StageRecord },
  deps: StageDeps,
): WebSocketStage {
  const selectRouteKey = compileRouteSelection(snapshot.api.RouteSelectionExpression);
  compileSelection(snapshot.api.ApiKeySelectionExpression, 'apiKey');
  const integrations = new IntegrationPool(snapshot, {
    ...deps,
    stage: base,
    events: WEBSOCKET_EVENTS,
    ...identityOf(base, settings, deps),
  });
  const models = modelsOf(snapshot);
  const routes = snapshot.routes.map((record) =>
    withSettings(compileRoute(record, { snapshot, integrations, models, base, deps }), base, {
      settings,
      deps,
    }),
  );
  const fixed = new Map(routes.map((route) => [route.routeKey, route]));
  const connectRoute = fixed.get('$connect');
  const disconnectRoute = fixed.get('$disconnect');
  const defaultRoute = fixed.get('$default');
  const observer = observerOf(base, settings, { deps });
  const stage: WebSocketStage = {
    ...base,
    protocol: 'WEBSOCKET',
    selectRouteKey,
    apiKeySource: apiKeySourceOf(snapshot),
    routes: new RouteKeyTable(routes.filter(({ routeKey }) => !FIXED_KEYS.has(routeKey))),
    ...(connectRoute && { connectRoute }),
    ...(disconnectRoute && { disconnectRoute }),
    ...(defaultRoute && { defaultRoute }),
    ...(observer && { observer }),
  };
  ownIntegrations(stage, integrations.created);
  return stage;
}

/** Read when a back end is first called: a stage that is only proved reads nothing. */
function identityOf(
  { region }: Stage,
  { ClientCertificateId: id }: StageRecord,
  { findIdentity }: StageDeps,
): Pick<IntegrationDeps, 'identity'> {
  return id === undefined ? {} : { identity: () => findIdentity(region, id) };
}

/** There are two expressions for it (apigateway-websocket-api-selection-expressions). */
function apiKeySourceOf({ api }: Snapshot): 'HEADER' | 'AUTHORIZER' {
  return api.ApiKeySelectionExpression.startsWith('$context.authorizer.') ? 'AUTHORIZER' : 'HEADER';
}

/** Integrations of a snapshot, each compiled when a route first needs it. */
class IntegrationPool {
  readonly #snapshot: Snapshot;
  readonly #deps: IntegrationDeps;
  readonly #byId = new Map<string, Integration>();

  constructor(snapshot: Snapshot, deps: IntegrationDeps) {
    this.#snapshot = snapshot;
    this.#deps = deps;
  }

  get created(): readonly Integration[] {
    return [...this.#byId.values()];
  }

  /** The integration `target` names (`integrations/{id}`). */
  of(target: string): Integration {
    const id = /^integrations\/(\w+)$/.exec(target)?.[1];
    const record = this.#snapshot.integrations.find(({ IntegrationId }) => IntegrationId === id);
    if (id === undefined || record === undefined) {
      throw new DefinitionError(`target ${JSON.stringify(target)} names no integration`);
    }
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const responses = this.#snapshot.integrationResponses.filter(
      ({ IntegrationId }) => IntegrationId === id,
    );
    const integration = createIntegration({ record, responses }, this.#deps);
    this.#byId.set(id, integration);
    return integration;
  }
}

/** The models of an api, which must all be able to check something unless the api says not to look. */
function modelsOf({ api, models: records }: Snapshot): Models {
  const models = new Models(api.ApiId, records);
  if (api.DisableSchemaValidation !== true) models.prove();
  return models;
}

/** What routes are compiled with. */
interface RouteParts {
  readonly snapshot: Snapshot;
  readonly integrations: IntegrationPool;
  readonly models: Models;
  readonly base: Stage;
  readonly deps: StageDeps;
}

function compileRoute(record: RouteRecord, parts: RouteParts): Route {
  const { snapshot, integrations, models } = parts;
  try {
    checkReferences(record, snapshot);
    const authorizer = authorizerOf(record, parts);
    const validate = compileRequestValidator(record, models, {
      lenient: snapshot.api.DisableSchemaValidation === true,
    });
    return {
      routeId: record.RouteId,
      routeKey: record.RouteKey,
      twoWay: isTwoWay(record, snapshot),
      apiKeyRequired: record.ApiKeyRequired,
      authorizationType: record.AuthorizationType,
      ...(authorizer && { authorizer }),
      requiredParameters: requiredParameters(record),
      ...(record.Target !== undefined && { integration: integrations.of(record.Target) }),
      ...(validate !== undefined && { validate }),
    };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const name = `Route ${record.RouteKey} (${record.RouteId})`;
    throw new DefinitionError(`${name}: ${error.message}`, { cause: error });
  }
}

/** A route with what its stage has set for it. */
function withSettings(
  route: Route,
  base: Stage,
  { settings, deps }: { readonly settings: StageRecord; readonly deps: StageDeps },
): Route {
  const { routeKey } = route;
  const throttle = routeThrottle(base, routeKey, { settings, limits: deps.limits });
  const observer = observerOf(base, settings, { deps, routeKey });
  return { ...route, ...(throttle && { throttle }), ...(observer && { observer }) };
}

/** Clients are authorized once, when they connect: what other routes say of it has no effect, as on AWS. */
function authorizerOf(
  record: RouteRecord,
  { snapshot, base, deps }: RouteParts,
): Authorizer | undefined {
  if (record.RouteKey !== '$connect') return undefined;
  const { region, accountId, apiId, name } = base;
  return createAuthorizer(
    record,
    snapshot.authorizers.find(({ AuthorizerId }) => AuthorizerId === record.AuthorizerId),
    {
      ...deps,
      stage: base,
      methodArn: `arn:aws:execute-api:${region}:${accountId}:${apiId}/${name}/$connect`,
      event: authorizerEvent,
    },
  );
}

/** Two-way needs both the expression and the `$default` route response (apigateway-websocket-api-route-response). */
function isTwoWay(record: RouteRecord, snapshot: Snapshot): boolean {
  if (record.RouteResponseSelectionExpression === undefined) return false;
  return snapshot.routeResponses.some(
    ({ RouteId, RouteResponseKey }) =>
      RouteId === record.RouteId && RouteResponseKey === '$default',
  );
}

function checkReferences(record: RouteRecord, snapshot: Snapshot): void {
  for (const name of Object.values(record.RequestModels ?? {})) {
    if (!snapshot.models.some((model) => model.Name === name)) {
      throw new DefinitionError(`unknown model ${JSON.stringify(name)}`);
    }
  }
  const { AuthorizerId: id } = record;
  if (id !== undefined && !snapshot.authorizers.some(({ AuthorizerId }) => AuthorizerId === id)) {
    throw new DefinitionError(`unknown authorizer ${JSON.stringify(id)}`);
  }
}

const PARAMETER = /^(?:route|method)\.request\.(header|querystring)\.([\w.$-]+)$/;

function requiredParameters(record: RouteRecord): RequiredParameter[] {
  return Object.entries(record.RequestParameters ?? {}).flatMap(([expression, { Required }]) => {
    const [, location, name] = PARAMETER.exec(expression) ?? [];
    if (name === undefined) {
      throw new DefinitionError(`invalid request parameter ${JSON.stringify(expression)}`);
    }
    if (Required !== true) return [];
    return [{ location: location === 'header' ? 'header' : 'querystring', name }];
  });
}
