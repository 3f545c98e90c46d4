// Integrations of type HTTP_PROXY: the client's body goes to an HTTP back end as it is, the answer comes back as it is.
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { toClient } from '#shared/mapping/binary.ts';
import type { IntegrationDeps } from './deps.ts';
import { HttpEndpoint, httpSettings, type HttpSettings } from './http-endpoint.ts';

/** AWS guide: apigateway-websocket-api-integration-requests, websocket-api-data-mapping. */
export const httpProxyKind: IntegrationKind<HttpSettings, IntegrationDeps> = {
  type: 'HTTP_PROXY',
  parse: ({ record }) => httpSettings(record, true),
  create: (settings, deps) => new HttpProxy(new HttpEndpoint(settings, deps)),
};

class HttpProxy implements Integration {
  readonly type = 'HTTP_PROXY';
  readonly #endpoint: HttpEndpoint;

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint;
  }

  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const { bytes } = exchange.request.body;
    const answer = await this.#endpoint.call(exchange, bytes);
    const body = answer.bytes.length === 0 ? undefined : toClient(answer.bytes, undefined);
    return { status: answer.status, headers: answer.headers, body };
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }
}
