// Lambda authorizers of type REQUEST (AWS guide: apigateway-websocket-api-lambda-auth).
import type { Admission, Authorizer, AuthorizerKind } from '#shared/model/authorizer.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import type { FunctionRef, InvokeOptions, InvokeResult } from '#shared/model/functions.ts';
import type { AuthorizerRecord } from '#shared/model/records.ts';
import { DefinitionError, GatewayError, InvokeError } from '#shared/exchange/errors.ts';
import { inPhase, type PhaseNotes } from '#shared/exchange/phases.ts';
import { checkFunctionUri, resolveFunctionUri } from '#shared/mapping/function-uri.ts';
import { compileSource, type ParameterMapping } from '#shared/mapping/parameters.ts';
import type { AuthorizerDeps } from './deps.ts';
import { requireInvoke } from './exchange-access.ts';
import { readOutput, type AuthorizerOutput } from './lambda-output.ts';

/** What a record says of its function. */
interface Settings {
  readonly authorizerId: string;
  /** Invocation URI or function ARN, perhaps with stage variables. */
  readonly uri: string;
  readonly sources: readonly ParameterMapping['read'][];
  /** Whether API Gateway calls with a role of its own: the function's resource policy is not asked then. */
  readonly assumesRole: boolean;
}

/** Every handshake invokes: results of WebSocket APIs are not kept. */
export const lambdaKind: AuthorizerKind<AuthorizerRecord | undefined, Settings, AuthorizerDeps> = {
  type: 'lambda',
  parse: (record) => {
    if (record === undefined) throw new DefinitionError('authorization CUSTOM has no authorizer');
    return {
      authorizerId: record.AuthorizerId,
      uri: checkFunctionUri(record.AuthorizerUri),
      sources: record.IdentitySource.map(compileSource),
      assumesRole: record.AuthorizerCredentialsArn !== undefined,
    };
  },
  create: (settings, deps) => new LambdaAuthorizer(settings, deps),
};

class LambdaAuthorizer implements Authorizer {
  readonly type = 'lambda';
  readonly #sources: Settings['sources'];
  readonly #deps: AuthorizerDeps;
  readonly #ref: FunctionRef | string;
  readonly #options: InvokeOptions;

  constructor(settings: Settings, deps: AuthorizerDeps) {
    const { stage, limits } = deps;
    this.#sources = settings.sources;
    this.#deps = deps;
    this.#ref = resolveFunctionUri(settings.uri, stage.variables, stage);
    const api = `arn:aws:execute-api:${stage.region}:${stage.accountId}:${stage.apiId}`;
    this.#options = {
      timeoutMs: limits.integrationTimeoutMs,
      ...(settings.assumesRole ? {} : { sourceArn: `${api}/authorizers/${settings.authorizerId}` }),
    };
  }

  identity(exchange: Exchange): string | undefined {
    const values = this.#sources.map((read) => read({ exchange }));
    return values.every((value) => value !== undefined && value !== '')
      ? JSON.stringify(values)
      : undefined;
  }

  async admit(exchange: Exchange): Promise<Admission> {
    const { clock, methodArn } = this.#deps;
    const { policy, ...admission } = await inPhase(exchange, 'authorizer', {
      clock,
      run: (notes) => this.#ask(exchange, notes),
    });
    await inPhase(exchange, 'authorize', {
      clock,
      run: () => requireInvoke(policy, exchange, { methodArn }),
    });
    return admission;
  }

  async #ask(exchange: Exchange, notes: PhaseNotes): Promise<AuthorizerOutput> {
    const { limits, methodArn, event } = this.#deps;
    const result = await this.#invoke(event(exchange, methodArn));
    notes.requestId = result.requestId;
    notes.integrationStatus = 200;
    if (result.functionError !== undefined) throw functionFailure(result.payload);
    return readOutput(result.payload, limits);
  }

  async #invoke(event: string): Promise<InvokeResult> {
    const ref = this.#ref;
    if (typeof ref === 'string') throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', ref);
    try {
      return await this.#deps.invoker.invoke(ref, event, this.#options);
    } catch (error) {
      throw error instanceof InvokeError ? translated(error) : error;
    }
  }
}

/** A function that is not there or may not be called is a fault of the definition; everything else is a failure. */
function translated(error: InvokeError): GatewayError {
  const missing = error.failure === 'NotFound' || error.failure === 'AccessDenied';
  return new GatewayError(
    missing ? 'AUTHORIZER_CONFIGURATION_ERROR' : 'AUTHORIZER_FAILURE',
    error.message,
    { cause: error },
  );
}

const EXCERPT_BYTES = 512;

/** By the exact text `Unauthorized` a function says that it does not know the client. */
function functionFailure(payload: Buffer): GatewayError {
  if (errorMessage(payload) === 'Unauthorized') {
    return new GatewayError('UNAUTHORIZED', 'the authorizer said Unauthorized');
  }
  const excerpt = payload.subarray(0, EXCERPT_BYTES).toString('utf8');
  return new GatewayError('AUTHORIZER_FAILURE', `the authorizer failed: ${excerpt}`);
}

function errorMessage(payload: Buffer): unknown {
  try {
    const failure: unknown = JSON.parse(payload.toString('utf8'));
    return (failure as { errorMessage?: unknown } | null)?.errorMessage;
  } catch {
    return undefined;
  }
}
