// Calls an AWS service for one integration: makes the request, signs it, sends it.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import type { IntegrationRecord } from '#shared/model/records.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { toBackend, type ContentHandling } from '#shared/mapping/binary.ts';
import { compileParameters, type ParameterMapping } from '#shared/mapping/parameters.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { foreignAnswer, foreignBody, OWN_TABLE_REFUSAL } from '#shared/store/own-tables.ts';
import { RequestSigner } from '#shared/signing/request-signer.ts';
import { isAnswered, timeoutOf, type IntegrationDeps } from './deps.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';
import { httpRequest, type HttpRequest, type HttpRequestSettings } from './http-request.ts';
import type { HttpTarget } from './http-target.ts';
import { checkServiceUri, resolveServiceUri, type ServiceTarget } from './service-uri.ts';
import type { ServiceAddress } from './services.ts';

/** What the record of a service integration says. */
export interface ServiceSettings {
  readonly uri: string;
  readonly method: string;
  readonly parameters: readonly ParameterMapping[];
  readonly handling: ContentHandling;
  readonly timeoutInMillis: number;
}

/** Headers that the gateway or its signature writes; AWS answers 500 to requests that map onto them. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'authorization connection content-length expect host proxy-authenticate te transfer-encoding upgrade ' +
    'x-amz-content-sha256 x-amz-date x-amz-security-token x-amzn-apigateway-api-id x-amzn-trace-id'
  ).split(' '),
);

/** Reads the settings of `record`. Throws `DefinitionError` for what can never be called. */
export function serviceSettings(record: IntegrationRecord): ServiceSettings {
  // The role is kept as AWS keeps it; nobody assumes it here: the node calls with its own keys.
  if (record.CredentialsArn === undefined) {
    throw new DefinitionError('Role ARN must be specified for AWS integrations');
  }
  const { IntegrationMethod: method = 'POST' } = record;
  return {
    uri: checkServiceUri(record.IntegrationUri ?? ''),
    method: method === 'ANY' ? 'POST' : method,
    parameters: allowed(compileParameters(record.RequestParameters ?? {}, 'request')),
    handling: record.ContentHandlingStrategy,
    timeoutInMillis: record.TimeoutInMillis,
  };
}

function allowed(parameters: readonly ParameterMapping[]): readonly ParameterMapping[] {
  for (const { location, name } of parameters) {
    if (location === 'header' && RESERVED.has(name.toLowerCase())) {
      throw new DefinitionError(`header ${name} cannot be mapped`);
    }
  }
  return parameters;
}

/** All that is known of the calls before there is an exchange. */
interface Call {
  readonly service: ServiceTarget;
  readonly address: ServiceAddress;
  readonly host: string;
  readonly target: HttpTarget;
  readonly request: HttpRequestSettings;
}

/** The service of one integration on one stage. */
export class ServiceCaller {
  readonly #settings: ServiceSettings;
  readonly #call: Call | string;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #ownTables: readonly string[];
  #keys: AccessKeys | undefined;
  #signer: RequestSigner | undefined;

  constructor(settings: ServiceSettings, deps: IntegrationDeps) {
    this.#settings = settings;
    const service = resolveServiceUri(settings.uri, deps.stage.variables);
    this.#call = typeof service === 'string' ? service : callOf(service, settings, deps);
    this.#client = new HttpClient(deps.clock);
    this.#clock = deps.clock;
    this.#ownTables = deps.services.ownTables ?? [];
    this.#timeoutMs = timeoutOf(settings.timeoutInMillis, deps.limits);
  }

  /** Sends `payload`. Throws `GatewayError` when there is no answer; a refusal of the service is one. */
  async call(exchange: RoutedExchange, payload: Uint8Array): Promise<HttpAnswer> {
    const call = this.#call;
    if (typeof call === 'string') throw new GatewayError('API_CONFIGURATION_ERROR', call);
    const body = toBackend(payload, this.#settings.handling);
    if (body === undefined) {
      throw new GatewayError('API_CONFIGURATION_ERROR', 'CONVERT_TO_BINARY: the body is no base64');
    }
    const request = httpRequest(call.target, call.request, exchange, body);
    if (this.#ownTables.length > 0 && isForDatabase(request, call)) {
      return this.#callDatabase(exchange, call, request);
    }
    return this.#send(exchange, call, request);
  }

  /** Waits for the calls in flight; a later call still works. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** The node's keys open its own tables, which are none of the integration's. */
  async #callDatabase(
    exchange: RoutedExchange,
    call: Call,
    request: HttpRequest,
  ): Promise<HttpAnswer> {
    const body = foreignBody(request.body ?? new Uint8Array(), this.#ownTables);
    if (typeof body === 'string') return REFUSALS[body];
    const sent = body.length === 0 ? request : { ...request, body };
    const answer = await this.#send(exchange, call, sent);
    return { ...answer, bytes: foreignAnswer(answer.bytes, this.#ownTables) };
  }

  async #send(exchange: RoutedExchange, call: Call, request: HttpRequest): Promise<HttpAnswer> {
    const startedAt = this.#clock.now();
    const signer = await this.#signerOf(call);
    const timeoutMs = this.#timeoutMs - (this.#clock.now() - startedAt);
    const options = { timeoutMs: Math.max(timeoutMs, 1), isWanted: isAnswered(exchange) };
    return this.#client.send(signed(request, call, signer), options);
  }

  async #signerOf({ service: { service }, address }: Call): Promise<RequestSigner> {
    const keys = await this.#keysOf(address);
    if (this.#signer === undefined || keys !== this.#keys) {
      this.#keys = keys;
      const rawPath = service.protocol.name === 'rest';
      this.#signer = new RequestSigner(keys, service.name, { rawPath, statesHash: true });
    }
    return this.#signer;
  }

  async #keysOf({ url, keys }: ServiceAddress): Promise<AccessKeys> {
    try {
      const found = keys();
      return found instanceof Promise ? await this.#inTime(found, url) : found;
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const detail = `no AWS credentials for ${url}: ${reason}`;
      throw new GatewayError('API_CONFIGURATION_ERROR', detail, { cause });
    }
  }

  /** The search for keys may ask the network, which counts as waiting for the service. */
  async #inTime(keys: Promise<AccessKeys>, url: string): Promise<AccessKeys> {
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.after(this.#timeoutMs, () => {
      late.reject(new GatewayError('INTEGRATION_TIMEOUT', `no AWS credentials for ${url} in time`));
    });
    try {
      return await Promise.race([keys, late.promise]);
    } finally {
      timer.cancel();
    }
  }
}

/** What DynamoDB would say. */
const REFUSALS = {
  own: refusal(OWN_TABLE_REFUSAL.type, OWN_TABLE_REFUSAL.message),
  unreadable: refusal('SerializationException', 'The request is no JSON object'),
};

function refusal(type: string, message: string): HttpAnswer {
  const bytes = Buffer.from(
    JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }),
  );
  return { status: 400, headers: { 'content-type': 'application/x-amz-json-1.0' }, bytes };
}

/** Also behind another service's name: one address may serve several, told apart by the target. */
function isForDatabase({ headers }: HttpRequest, { service }: Call): boolean {
  const target = String(headers['x-amz-target']);
  return service.service.name === 'dynamodb' || /^dynamodb/i.test(target);
}

function callOf(service: ServiceTarget, settings: ServiceSettings, deps: IntegrationDeps): Call {
  const { endpointNames } = service.service;
  const address = deps.services.find(endpointNames, service.awsHost);
  const { origin, host, pathname } = new URL(address.url);
  const base = pathname.replace(/\/$/, '');
  const { headers, query } = actionParts(service);
  return {
    service,
    address,
    host,
    target: { origin, path: `${base}${service.path}`, query },
    request: {
      method: settings.method,
      parameters: settings.parameters,
      passesClient: false,
      headers,
    },
  };
}

/** How the service is told the action. What the record maps onto the same header replaces it. */
function actionParts({ service: { protocol }, action, query }: ServiceTarget) {
  if (action === undefined || protocol.name === 'rest') return { headers: [], query };
  if (protocol.name === 'json') {
    const headers: [string, string][] = [
      ['content-type', protocol.contentType],
      ['x-amz-target', `${protocol.target}.${action}`],
    ];
    return { headers, query };
  }
  const told = `Action=${action}&Version=${protocol.version}`;
  return { headers: [], query: query === '' ? told : `${told}&${query}` };
}

function signed(request: HttpRequest, { service, host }: Call, signer: RequestSigner): HttpRequest {
  const { method, path, body } = request;
  const headers = request.headers as Record<string, string>;
  const unsigned = { method, path, host, headers, body: body ?? Buffer.alloc(0) };
  return { ...request, headers: signer.sign(unsigned, service.region) };
}
