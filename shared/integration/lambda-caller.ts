// Invokes the function of an integration: resolves it once, keeps the options of each route, translates failures.
import type { FunctionRef, InvokeOptions, InvokeResult } from '#shared/model/functions.ts';
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError, InvokeError } from '#shared/exchange/errors.ts';
import { timeoutOf, type IntegrationDeps } from './deps.ts';
import { checkFunctionUri, resolveFunctionUri } from '#shared/mapping/function-uri.ts';

/** What a record says of its function. */
export interface LambdaTarget {
  /** Invocation URI or function ARN, perhaps with stage variables. */
  readonly uri: string;
  readonly timeoutInMillis: number;
  /** Whether API Gateway calls with a role of its own: the function's resource policy is not asked then. */
  readonly assumesRole: boolean;
}

/** Reads the target of `record`. Throws `DefinitionError` when its URI names no function. */
export function lambdaTarget(record: IntegrationRecord): LambdaTarget {
  return {
    uri: checkFunctionUri(record.IntegrationUri),
    timeoutInMillis: record.TimeoutInMillis,
    assumesRole: record.CredentialsArn !== undefined,
  };
}

/** Calls one function for the routes that share an integration. */
export class LambdaCaller {
  readonly #target: LambdaTarget;
  readonly #deps: IntegrationDeps;
  readonly #ref: FunctionRef | string;
  readonly #options = new Map<string, InvokeOptions>();

  constructor(target: LambdaTarget, deps: IntegrationDeps) {
    this.#target = target;
    this.#deps = deps;
    this.#ref = resolveFunctionUri(target.uri, deps.stage.variables, deps.stage);
  }

  /** Invokes with `event`; `isAsync` only queues it. Throws `GatewayError` when there is no result. */
  async call(
    exchange: RoutedExchange,
    event: string | Uint8Array,
    options: { readonly isAsync?: boolean } = {},
  ): Promise<InvokeResult> {
    const ref = this.#ref;
    if (typeof ref === 'string') throw new GatewayError('API_CONFIGURATION_ERROR', ref);
    const known = this.#optionsOf(exchange);
    const chosen: InvokeOptions =
      options.isAsync === true ? { ...known, invocationType: 'Event' } : known;
    try {
      const result = await this.#deps.invoker.invoke(ref, event, chosen);
      noteCall(exchange, result);
      return result;
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
      timeoutMs: timeoutOf(this.#target.timeoutInMillis, this.#deps.limits),
      ...(!this.#target.assumesRole && { sourceArn }),
    };
    this.#options.set(routeKey, options);
    return options;
  }
}

/** For access logs: the call itself has succeeded, whatever the function answered. */
function noteCall({ phases }: RoutedExchange, { requestId }: InvokeResult): void {
  if (phases !== undefined) phases.integration = { requestId, integrationStatus: 200 };
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
