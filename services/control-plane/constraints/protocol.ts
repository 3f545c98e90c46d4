// Members that only one of the two protocols has (AWS: "Supported only for …" in the apigatewayv2 API reference).
import type { ApiRecord } from '#shared/model/records.ts';
import { badRequest } from '../faults.ts';

/** Members of one protocol only, by kind of resource. */
const FOREIGN = {
  Api: {
    WEBSOCKET: ['CorsConfiguration', 'Target', 'RouteKey', 'CredentialsArn'],
    HTTP: ['DisableSchemaValidation'],
  },
  Route: {
    WEBSOCKET: [],
    HTTP: [
      'ApiKeyRequired',
      'ModelSelectionExpression',
      'RequestModels',
      'RequestParameters',
      'RouteResponseSelectionExpression',
    ],
  },
  Integration: {
    WEBSOCKET: ['IntegrationSubtype', 'TlsConfig', 'ResponseParameters'],
    HTTP: [
      'ContentHandlingStrategy',
      'PassthroughBehavior',
      'RequestTemplates',
      'TemplateSelectionExpression',
    ],
  },
  Authorizer: {
    WEBSOCKET: ['JwtConfiguration'],
    HTTP: [],
  },
  Stage: { WEBSOCKET: [], HTTP: ['ClientCertificateId'] },
} as const;

/** Members for which AWS has a sentence of its own. */
const KNOWN: Readonly<Partial<Record<string, string>>> = {
  CorsConfiguration: 'Cors is not supported for WEBSOCKET protocolType',
  ApiKeyRequired: 'ApiKeyRequired is not currently supported for HTTP APIs.',
};

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== '' && value !== false && !isEmpty(value);

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Refuses with 400 what the api's protocol does not have, in AWS's words for the one known case. */
export function refuseForeign(
  kind: keyof typeof FOREIGN,
  protocol: ApiRecord['ProtocolType'],
  input: object,
): void {
  const members = input as Readonly<Record<string, unknown>>;
  const names: readonly string[] = FOREIGN[kind][protocol];
  const foreign = names.find((name) => isSet(members[name]));
  if (foreign === undefined) return;
  throw badRequest(KNOWN[foreign] ?? `${foreign} cannot be set for ${protocol} protocol Apis`);
}

/** Refuses with 400 parts that only WebSocket APIs have. */
export function requireWebSocket(api: ApiRecord, plural: string): void {
  if (api.ProtocolType === 'WEBSOCKET') return;
  throw badRequest(`${plural} are currently not supported for this API protocol type.`);
}

/** Refuses with 400 a model of an HTTP API. */
export function requireModels({ ProtocolType }: ApiRecord): void {
  if (ProtocolType === 'WEBSOCKET') return;
  throw badRequest(
    `Currently, Models are not permitted for APIs with a protocol type of ${ProtocolType}`,
  );
}

/** Refuses with 400 an operation that only HTTP APIs have. */
export function requireHttp(api: ApiRecord, what: string): void {
  if (api.ProtocolType !== 'HTTP') {
    throw badRequest(`${what} is not supported for ${api.ProtocolType} protocol Apis`);
  }
}
