// Integrations of type MOCK: the request template says the status code, an integration response makes the answer.
import type { Integration, IntegrationKind, IntegrationResult } from '#shared/model/integration.ts';
import type { RoutedExchange } from '#shared/model/stage.ts';
import { GatewayError } from '#shared/exchange/errors.ts';
import { ownProperty } from '#shared/mapping/json-path/path.ts';
import type { IntegrationDeps } from './deps.ts';
import { compileRequestMapping, type RequestMapping } from './request-mapping.ts';
import { compileResponseMapping, type ResponseMapping } from './response-mapping.ts';

/** What a mock integration's record says, compiled. */
export interface MockSettings {
  readonly request: RequestMapping;
  readonly response: ResponseMapping;
}

/** AWS guide: apigateway-websocket-api-integration-requests, how-to-mock-integration. */
export const mockKind: IntegrationKind<MockSettings, IntegrationDeps> = {
  type: 'MOCK',
  parse: ({ record, responses }) => ({
    request: compileRequestMapping(record),
    response: compileResponseMapping(responses),
  }),
  create: (settings) => new Mock(settings),
};

class Mock implements Integration {
  readonly type = 'MOCK';
  readonly #settings: MockSettings;
  /** The last rendered text and its status: most request templates are constant. */
  #lastText: string | undefined;
  #lastStatus: number | undefined;

  constructor(settings: MockSettings) {
    this.#settings = settings;
  }

  invoke(exchange: RoutedExchange): IntegrationResult {
    const status = this.#statusOf(this.#settings.request(exchange));
    if (status === undefined) {
      const detail = 'Unable to parse statusCode. It should be an integer of the request template.';
      throw new GatewayError('API_CONFIGURATION_ERROR', detail);
    }
    const { body } = exchange.request;
    const answer = { status, headers: {}, body, payload: undefined };
    return this.#settings.response(exchange, String(status), answer);
  }

  #statusOf(text: string): number | undefined {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastStatus = statusOf(text);
    }
    return this.#lastStatus;
  }
}

const STATUS_CODE = /[{,]\s*(["']?)statusCode\1\s*:\s*(-?\d{1,9})\s*[,}]/;
const OBJECT = /^\s*\{[\s\S]*\}\s*$/;

/** AWS reads the template's answer leniently: bare and single-quoted names and commas at the end are accepted. */
function statusOf(text: string): number | undefined {
  const document = parse(text);
  const code = document === undefined ? lenientCode(text) : ownProperty(document, 'statusCode');
  return typeof code === 'number' && Number.isInteger(code) ? code : undefined;
}

function lenientCode(text: string): number | undefined {
  const code = OBJECT.test(text) ? STATUS_CODE.exec(text)?.[2] : undefined;
  return code === undefined ? undefined : Number(code);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
