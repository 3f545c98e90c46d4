// Integrations of type HTTP_PROXY: the client's body goes to an HTTP back end as it is, the answer comes back as it is.
import { Agent } from 'undici';
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { DefinitionError, GatewayError } from '#shared/exchange/errors.ts';
import { toClient } from '#shared/mapping/binary.ts';
import { compileParameters, type ParameterMapping } from '#shared/mapping/parameters.ts';
import { isAnswered, timeoutOf, type IntegrationDeps } from './deps.ts';
import { httpRequest, type HttpRequest, type HttpRequestSettings } from './http-request.ts';
import { checkHttpUri, resolveHttpUri, type HttpTarget } from './http-target.ts';

/** The largest answer that is read, in bytes: API Gateway's payload limit. */
export const HTTP_ANSWER_BYTES = 10_485_760;

/** Connections of one integration to its back end; further calls wait for one within their own timeout. */
const CONNECTIONS = 256;

/** What an HTTP proxy integration's record says. */
export interface HttpProxySettings extends HttpRequestSettings {
  readonly uri: string;
  readonly timeoutInMillis: number;
}

/** AWS guide: apigateway-websocket-api-integration-requests, websocket-api-data-mapping. */
export const httpProxyKind: IntegrationKind<HttpProxySettings, IntegrationDeps> = {
  type: 'HTTP_PROXY',
  parse: ({ record }) => ({
    uri: checkHttpUri(record.IntegrationUri),
    method: record.IntegrationMethod,
    parameters: allowed(compileParameters(record.RequestParameters ?? {}, 'request')),
    handling: record.ContentHandlingStrategy,
    timeoutInMillis: record.TimeoutInMillis,
  }),
  create: (settings, deps) => new HttpProxy(settings, deps),
};

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

function allowed(parameters: readonly ParameterMapping[]): readonly ParameterMapping[] {
  for (const { location, name } of parameters) {
    if (location === 'header' && RESERVED.has(name.toLowerCase())) {
      throw new DefinitionError(`header ${name} cannot be mapped`);
    }
  }
  return parameters;
}

class HttpProxy implements Integration {
  readonly type = 'HTTP_PROXY';
  readonly #settings: HttpProxySettings;
  readonly #deps: IntegrationDeps;
  readonly #target: HttpTarget | string;
  #agent: Agent | undefined;

  constructor(settings: HttpProxySettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#target = resolveHttpUri(settings.uri, deps.stage.variables);
  }

  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    if (typeof this.#target === 'string') {
      throw new GatewayError('API_CONFIGURATION_ERROR', this.#target);
    }
    const request = httpRequest(this.#target, this.#settings, exchange);
    const timeoutMs = timeoutOf(this.#settings.timeoutInMillis, this.#deps.limits);
    const abort = new AbortController();
    const timer = this.#deps.clock.after(timeoutMs, () => abort.abort());
    try {
      return await this.#send(request, abort.signal, isAnswered(exchange));
    } catch (error) {
      throw failureOf(error, abort.signal, `${request.method} ${request.origin}`);
    } finally {
      timer.cancel();
    }
  }

  /** Waits for the calls in flight. A later call opens connections anew, which close themselves when idle. */
  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await agent?.close();
  }

  async #send(
    { origin, path, method, headers, body }: HttpRequest,
    signal: AbortSignal,
    isWanted: boolean,
  ): Promise<IntegrationResult> {
    this.#agent ??= new Agent({ connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 });
    const response = await this.#agent.request({
      origin,
      path,
      method: method,
      headers,
      body,
      signal,
    });
    const bytes = await read(response.body, isWanted);
    return {
      status: response.statusCode,
      headers: singleHeaders(response.headers),
      body: bytes.length === 0 ? undefined : toClient(bytes, undefined),
    };
  }
}

/** All bytes of an answer; an unwanted one is read to its end, so that the connection can be used again. */
async function read(body: AsyncIterable<Buffer>, isWanted: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > HTTP_ANSWER_BYTES) {
      const detail = `the answer is larger than ${HTTP_ANSWER_BYTES} bytes`;
      throw new GatewayError('INTEGRATION_FAILURE', detail);
    }
    if (isWanted) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function singleHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const single = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(single);
}

function failureOf(error: unknown, signal: AbortSignal, call: string): GatewayError {
  if (error instanceof GatewayError) return error;
  if (signal.aborted) {
    return new GatewayError('INTEGRATION_TIMEOUT', `${call} timed out`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new GatewayError('INTEGRATION_FAILURE', `${call}: ${reason}`, { cause: error });
}
