// Integrations of type AWS with a function: templates make its event and the client's answer ("Lambda custom").
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { toBackend, type ContentHandling } from '#shared/mapping/binary.ts';
import { compileParameters, type ParameterMapping } from '#shared/mapping/parameters.ts';
import { ownProperty } from '#shared/mapping/json-path/path.ts';
import type { IntegrationDeps } from './deps.ts';
import { LambdaCaller, lambdaTarget, type LambdaTarget } from './lambda-caller.ts';
import { compileRequestMapping, type RequestMapping } from './request-mapping.ts';
import { compileResponseMapping, type ResponseMapping } from './response-mapping.ts';

/** What the record of such an integration says, compiled. */
export interface LambdaCustomSettings {
  readonly target: LambdaTarget;
  readonly request: RequestMapping;
  readonly response: ResponseMapping;
  readonly parameters: readonly ParameterMapping[];
  readonly handling: ContentHandling;
}

/** AWS guide: apigateway-websocket-api-integration-requests. Actions of other services: `service-action.ts`. */
export const lambdaCustomKind: IntegrationKind<LambdaCustomSettings, IntegrationDeps> = {
  type: 'AWS',
  parse: ({ record, responses }) => ({
    target: lambdaTarget(record),
    request: compileRequestMapping(record),
    response: compileResponseMapping(responses),
    parameters: compileParameters(record.RequestParameters ?? {}, 'request'),
    handling: record.ContentHandlingStrategy,
  }),
  create: (settings, deps) => new LambdaCustom(settings, deps),
};

class LambdaCustom implements Integration {
  readonly type = 'AWS';
  readonly #settings: LambdaCustomSettings;
  readonly #caller: LambdaCaller;

  constructor(settings: LambdaCustomSettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#caller = new LambdaCaller(settings.target, deps);
  }

  /** Integration responses are matched against the error's message, which is empty when there is no error. */
  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const { request, response, parameters, handling } = this.#settings;
    const isAsync = isQueued(parameters, exchange);
    const result = await this.#caller.call(exchange, eventOf(request(exchange), handling), {
      isAsync,
    });
    const body = new BufferBody(result.payload);
    const failed = result.functionError !== undefined;
    const status = failed ? 500 : isAsync ? 202 : 200;
    const key = failed ? messageOf(body.json) : '';
    return response(exchange, key, { status, headers: {}, body, payload: result.payload });
  }
}

/** What the function gets: the text, or what it says in base64 if that is asked for. */
function eventOf(text: string, handling: ContentHandling): string | Uint8Array {
  if (handling !== 'CONVERT_TO_BINARY') return text;
  const bytes = toBackend(Buffer.from(text), handling);
  if (bytes !== undefined) return bytes;
  throw new GatewayError('API_CONFIGURATION_ERROR', 'CONVERT_TO_BINARY: the body is no base64');
}

/** AWS's way to invoke asynchronously: a request parameter that sets this header to `'Event'`. */
function isQueued(parameters: readonly ParameterMapping[], exchange: RoutedExchange): boolean {
  return parameters.some(
    ({ location, name, read }) =>
      location === 'header' &&
      name.toLowerCase() === 'x-amz-invocation-type' &&
      read({ exchange }) === 'Event',
  );
}

function messageOf(error: unknown): string {
  const message = ownProperty(error, 'errorMessage');
  return typeof message === 'string' ? message : '';
}
