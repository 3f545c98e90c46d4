// Integrations of type AWS_PROXY: a Lambda function gets the proxy event and may answer `{statusCode, headers, body}`.
import type { FunctionRef, InvokeOptions, InvokeResult } from '#shared/model/functions.ts';
import type {
  Integration,
  IntegrationDefinition,
  IntegrationKind,
  IntegrationResult,
} from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError, InvokeError } from '#shared/exchange/errors.ts';
import { isAnswered, timeoutOf, type IntegrationDeps } from './deps.ts';
import { checkFunctionUri, resolveFunctionUri } from './function-uri.ts';
import { decodeAnswer, LambdaAnswer } from './lambda-answer.ts';

/** What a proxy integration's record says. */
export interface LambdaProxySettings {
  /** Invocation URI or function ARN, perhaps with stage variables. */
  readonly uri: string;
  readonly timeoutInMillis: number;
  /** Whether API Gateway calls with a role of its own: the function's resource policy is not asked then. */
  readonly assumesRole: boolean;
}

/** AWS guide: apigateway-websocket-api-integration-requests. The method does not matter: invoking is always a POST. */
export const lambdaProxyKind: IntegrationKind<LambdaProxySettings, IntegrationDeps> = {
  type: 'AWS_PROXY',
  parse: ({ record }: IntegrationDefinition) => ({
    uri: checkFunctionUri(record.IntegrationUri),
    timeoutInMillis: record.TimeoutInMillis,
    assumesRole: record.CredentialsArn !== undefined,
  }),
  create: (settings, deps) => new LambdaProxy(settings, deps),
};

class LambdaProxy implements Integration {
  readonly type = 'AWS_PROXY';
  readonly #deps: IntegrationDeps;
  readonly #settings: LambdaProxySettings;
  readonly #target: FunctionRef | string;
  /** One entry a route that shares this integration. */
  readonly #options = new Map<string, InvokeOptions>();

  constructor(settings: LambdaProxySettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#target = resolveFunctionUri(settings.uri, deps.stage.variables, deps.stage);
  }

  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const { payload, functionError } = await this.#call(exchange);
    if (functionError !== undefined) {
      throw new GatewayError('INTEGRATION_FAILURE', `the function failed: ${excerpt(payload)}`);
    }
    if (!isAnswered(exchange)) return new LambdaAnswer(payload, exchange.event);
    const answer = decodeAnswer(payload, exchange.event);
    if (answer !== undefined) return answer;
    const detail = `Malformed Lambda proxy response: ${excerpt(payload)}`;
    throw new GatewayError('INTEGRATION_FAILURE', detail);
  }

  async #call(exchange: RoutedExchange): Promise<InvokeResult> {
    const target = this.#target;
    const write = this.#deps.events[exchange.event];
    if (typeof target === 'string') throw new GatewayError('API_CONFIGURATION_ERROR', target);
    if (write === undefined) {
      throw new GatewayError('NOT_IMPLEMENTED', `no Lambda event for ${exchange.event} exchanges`);
    }
    try {
      return await this.#deps.invoker.invoke(target, write(exchange), this.#optionsOf(exchange));
    } catch (error) {
      throw error instanceof InvokeError ? translated(error) : error;
    }
  }

  #optionsOf({ route: { routeKey } }: RoutedExchange): InvokeOptions {
    const known = this.#options.get(routeKey);
    if (known !== undefined) return known;
    const { region, accountId, apiId, name } = this.#deps.stage;
    const sourceArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${name}/${routeKey}`;
    const options: InvokeOptions = {
      timeoutMs: timeoutOf(this.#settings.timeoutInMillis, this.#deps.limits),
      ...(!this.#settings.assumesRole && { sourceArn }),
    };
    this.#options.set(routeKey, options);
    return options;
  }
}

/** API Gateway's failure for an invocation that did not happen or did not end. */
function translated(error: InvokeError): GatewayError {
  const options = { cause: error };
  switch (error.failure) {
    case 'AccessDenied':
    case 'NotFound':
      return new GatewayError('API_CONFIGURATION_ERROR', error.message, options);
    case 'TimedOut':
      return new GatewayError('INTEGRATION_TIMEOUT', error.message, options);
    default:
      return new GatewayError('INTEGRATION_FAILURE', error.message, options);
  }
}

const EXCERPT_BYTES = 512;

function excerpt(payload: Buffer): string {
  return payload.subarray(0, EXCERPT_BYTES).toString('utf8');
}
