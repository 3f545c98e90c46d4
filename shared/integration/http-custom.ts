// Integrations of type HTTP: templates make the back end's request and the client's answer.
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import type { IntegrationDeps } from './deps.ts';
import { HttpEndpoint, httpSettings, type HttpSettings } from './http-endpoint.ts';
import { compileRequestMapping, type RequestMapping } from './request-mapping.ts';
import { compileResponseMapping, type ResponseMapping } from './response-mapping.ts';

/** What the record of such an integration says, compiled. */
export interface HttpCustomSettings {
  readonly endpoint: HttpSettings;
  readonly request: RequestMapping;
  readonly response: ResponseMapping;
}

/** AWS guide: websocket-api-data-transformations. Of the client only what is mapped goes out. */
export const httpCustomKind: IntegrationKind<HttpCustomSettings, IntegrationDeps> = {
  type: 'HTTP',
  parse: ({ record, responses }) => ({
    endpoint: httpSettings(record, false),
    request: compileRequestMapping(record),
    response: compileResponseMapping(responses),
  }),
  create: (settings, deps) => new HttpCustom(settings, deps),
};

class HttpCustom implements Integration {
  readonly type = 'HTTP';
  readonly #settings: HttpCustomSettings;
  readonly #endpoint: HttpEndpoint;

  constructor(settings: HttpCustomSettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#endpoint = new HttpEndpoint(settings.endpoint, deps);
  }

  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const { request, response } = this.#settings;
    const payload = Buffer.from(request(exchange));
    const { status, headers, bytes } = await this.#endpoint.call(exchange, payload);
    const body = new BufferBody(bytes);
    return response(exchange, String(status), { status, headers, body, payload: bytes });
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }
}
