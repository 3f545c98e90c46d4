// Integrations of type AWS with another service than Lambda: templates make its request and the client's answer.
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { BufferBody } from '#shared/exchange/body.ts';
import type { IntegrationDeps } from './deps.ts';
import { compileRequestMapping, type RequestMapping } from './request-mapping.ts';
import { compileResponseMapping, type ResponseMapping } from './response-mapping.ts';
import { ServiceCaller, serviceSettings, type ServiceSettings } from './service-caller.ts';

/** What the record of such an integration says, compiled. */
export interface ServiceActionSettings {
  readonly service: ServiceSettings;
  readonly request: RequestMapping;
  readonly response: ResponseMapping;
}

/** AWS: apigatewayv2 `CreateIntegration`, IntegrationUri; guide: apigateway-websocket-api-integration-requests. */
export const serviceActionKind: IntegrationKind<ServiceActionSettings, IntegrationDeps> = {
  type: 'AWS',
  parse: ({ record, responses }) => ({
    service: serviceSettings(record),
    request: compileRequestMapping(record),
    response: compileResponseMapping(responses),
  }),
  create: (settings, deps) => new ServiceAction(settings, deps),
};

class ServiceAction implements Integration {
  readonly type = 'AWS';
  readonly #settings: ServiceActionSettings;
  readonly #caller: ServiceCaller;

  constructor(settings: ServiceActionSettings, deps: IntegrationDeps) {
    this.#settings = settings;
    this.#caller = new ServiceCaller(settings.service, deps);
  }

  /** Integration responses are matched against the service's status, refusals included. */
  async invoke(exchange: RoutedExchange): Promise<IntegrationResult> {
    const { request, response } = this.#settings;
    const payload = Buffer.from(request(exchange));
    const { status, headers, bytes } = await this.#caller.call(exchange, payload);
    const body = new BufferBody(bytes);
    return response(exchange, String(status), { status, headers, body, payload: bytes });
  }

  close(): Promise<void> {
    return this.#caller.close();
  }
}
