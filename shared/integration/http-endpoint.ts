// What both HTTP kinds share: settings from the record, and a call to the back end for one exchange.
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { toBackend, type ContentHandling } from '#shared/mapping/binary.ts';
import { compileParameters, type ParameterMapping } from '#shared/mapping/parameters.ts';
import { isAnswered, timeoutOf, type IntegrationDeps } from './deps.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';
import { httpRequest, type HttpRequestSettings } from './http-request.ts';
import { checkHttpUri, resolveHttpUri, type HttpTarget } from './http-target.ts';
import { throughLink } from './vpc-link.ts';

/** What the record of an HTTP integration says. */
export interface HttpSettings extends HttpRequestSettings {
  readonly uri: string;
  /** Id of the VPC link through which the URI is reached. */
  readonly link?: string;
  readonly timeoutInMillis: number;
  readonly handling: ContentHandling;
}

/** Headers that the gateway writes itself; AWS answers 500 to requests that map onto them. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
  'upgrade',
  'x-amzn-apigateway-api-id',
  'x-amzn-trace-id',
]);

/** Reads the settings of `record`. Throws `DefinitionError` for an address or parameter that can never be used. */
export function httpSettings(record: IntegrationRecord, passesClient: boolean): HttpSettings {
  return {
    uri: checkHttpUri(record.IntegrationUri),
    method: record.IntegrationMethod,
    parameters: allowed(compileParameters(record.RequestParameters ?? {}, 'request')),
    handling: record.ContentHandlingStrategy,
    timeoutInMillis: record.TimeoutInMillis,
    passesClient,
    ...(record.ConnectionType === 'VPC_LINK' && { link: linkOf(record) }),
  };
}

function linkOf({ ConnectionId }: IntegrationRecord): string {
  if (ConnectionId !== undefined) return ConnectionId;
  throw new DefinitionError('ConnectionType VPC_LINK without ConnectionId');
}

function allowed(parameters: readonly ParameterMapping[]): readonly ParameterMapping[] {
  for (const { location, name } of parameters) {
    if (location === 'header' && RESERVED.has(name.toLowerCase())) {
      throw new DefinitionError(`header ${name} cannot be mapped`);
    }
  }
  return parameters;
}

function targetOf({ uri, link }: HttpSettings, deps: IntegrationDeps): HttpTarget | string {
  const target = resolveHttpUri(uri, deps.stage.variables);
  if (link === undefined || typeof target === 'string') return target;
  return throughLink(target, link, deps);
}

/** The back end of one integration on one stage. */
export class HttpEndpoint {
  readonly #settings: HttpSettings;
  readonly #target: HttpTarget | string;
  readonly #client: HttpClient;
  readonly #timeoutMs: number;

  constructor(settings: HttpSettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#target = targetOf(settings, deps);
    this.#client = new HttpClient(deps.clock, deps.identity);
    this.#timeoutMs = timeoutOf(settings.timeoutInMillis, deps.limits);
  }

  /** Sends `payload`. Throws `GatewayError` when there is no answer. */
  async call(exchange: RoutedExchange, payload: Uint8Array): Promise<HttpAnswer> {
    const target = this.#target;
    if (typeof target === 'string') throw new GatewayError('API_CONFIGURATION_ERROR', target);
    const body = toBackend(payload, this.#settings.handling);
    if (body === undefined) {
      throw new GatewayError('API_CONFIGURATION_ERROR', 'CONVERT_TO_BINARY: the body is no base64');
    }
    const request = httpRequest(target, this.#settings, exchange, body);
    const isWanted = isAnswered(exchange);
    return this.#client.send(request, { timeoutMs: this.#timeoutMs, isWanted });
  }

  /** Waits for the calls in flight; a later call still works. */
  close(): Promise<void> {
    return this.#client.close();
  }
}
