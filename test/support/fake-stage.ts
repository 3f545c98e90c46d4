// A WebSocket stage made by hand: routes with functions as integrations, selected by the message's `action`.
import type { Body } from '#shared/model/exchange.ts';
import type { IntegrationResult } from '#shared/model/integration.ts';
import type {
  Route,
  RoutedExchange,
  Stage,
  StageSource,
  WebSocketStage,
} from '#shared/model/stage.ts';

/** What a fake integration does; a result, at once or later, or what it throws. */
export type Behaviour = (
  exchange: RoutedExchange,
) => Partial<IntegrationResult> | Promise<Partial<IntegrationResult>>;

/** Routes by key; `$connect`, `$disconnect` and `$default` go where they belong. */
export type FakeRoutes = Readonly<
  Record<string, Behaviour | (Partial<Route> & { run?: Behaviour })>
>;

export const ok =
  (body?: string): Behaviour =>
  () =>
    body === undefined ? {} : { body: Buffer.from(body) };

function route(routeKey: string, entry: FakeRoutes[string]): Route {
  const { run, ...rest } = typeof entry === 'function' ? { run: entry } : entry;
  return {
    routeId: `id-${routeKey}`,
    routeKey,
    twoWay: true,
    apiKeyRequired: false,
    authorizationType: 'NONE',
    requiredParameters: [],
    ...(run === undefined
      ? {}
      : {
          integration: {
            type: 'MOCK' as const,
            invoke: (exchange: RoutedExchange) => {
              const result = run(exchange);
              return result instanceof Promise ? result.then(complete) : complete(result);
            },
          },
        }),
    ...rest,
  };
}

function complete(result: Partial<IntegrationResult>): IntegrationResult {
  return { status: 200, headers: {}, body: undefined, ...result };
}

/** A stage `prod` of the api `abcdefghij`. */
export function fakeStage(entries: FakeRoutes, name = 'prod'): WebSocketStage {
  const routes = new Map(Object.entries(entries).map(([key, entry]) => [key, route(key, entry)]));
  const special = (key: string): Route | undefined => routes.get(key);
  const [connectRoute, disconnectRoute, defaultRoute] = ['$connect', '$disconnect', '$default'].map(
    special,
  );
  return {
    apiId: 'abcdefghij',
    name,
    region: 'us-east-1',
    accountId: '000000000000',
    deploymentId: 'abc123',
    protocol: 'WEBSOCKET',
    variables: {},
    selectRouteKey: selectAction,
    routes: {
      match: (key) => {
        const found = key.startsWith('$') ? undefined : routes.get(key);
        return found === undefined ? undefined : { route: found, params: {} };
      },
    },
    ...(connectRoute === undefined ? {} : { connectRoute }),
    ...(disconnectRoute === undefined ? {} : { disconnectRoute }),
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
  };
}

function selectAction(body: Body): string | undefined {
  const { json } = body;
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.hasOwn(json, 'action') ? String((json as { action: unknown }).action) : '';
}

/** Stages that a test can put and delete. */
export class FakeStages implements StageSource {
  readonly #stages = new Map<string, Stage>();
  readonly #listeners: ((apiId: string, stageName: string) => void)[] = [];

  put(stage: Stage): void {
    this.#stages.set(`${stage.apiId}/${stage.name}`, stage);
  }

  delete(apiId: string, stageName: string): void {
    this.#stages.delete(`${apiId}/${stageName}`);
    for (const listener of this.#listeners) listener(apiId, stageName);
  }

  get(apiId: string, stageName: string): Stage | undefined {
    return this.#stages.get(`${apiId}/${stageName}`);
  }

  resolve(): undefined {
    return undefined;
  }

  onDeleted(listener: (apiId: string, stageName: string) => void): void {
    this.#listeners.push(listener);
  }
}
