// Rules of an authorizer that look at several members: protocol, type, where its identity comes from.
import type { ApiRecord, AuthorizerRecord } from '#shared/model/records.ts';
import { badRequest } from '../faults.ts';
import { refuseForeign } from './protocol.ts';

const NAME = '[a-zA-Z0-9._-]+';

/** AWS: `IdentitySource` of CreateAuthorizer. */
const SOURCES = {
  WEBSOCKET: new RegExp(
    `^(route\\.request\\.(header|querystring)\\.${NAME}|stageVariables\\.${NAME}|context\\.${NAME})$`,
  ),
  HTTP: new RegExp(`^\\$(request\\.(header|querystring)|context|stageVariables)\\.${NAME}$`),
} as const;

/** Refuses with 400 an authorizer that its api cannot have. `input` holds what the request itself set. */
export function checkAuthorizer(api: ApiRecord, record: AuthorizerRecord, input: object): void {
  refuseForeign('Authorizer', api.ProtocolType, input);
  const bad = record.IdentitySource.find((source) => !SOURCES[api.ProtocolType].test(source));
  if (bad !== undefined) {
    const kind = api.ProtocolType === 'WEBSOCKET' ? 'request identity' : 'identity';
    throw badRequest(`Invalid ${kind} source expression: ${bad}`);
  }
  if (record.AuthorizerType === 'JWT') return checkJwt(api, record);
  if (record.AuthorizerUri === undefined) {
    throw badRequest('AuthorizerUri is a required field in an Authorizer');
  }
  if (!record.AuthorizerUri.startsWith('arn:')) {
    throw badRequest('Invalid Authorizer URI specified');
  }
  if (api.ProtocolType === 'HTTP') return checkHttpRequest(record);
  refuseHttpOnly(input);
}

/** AWS refuses these even as 0 or false. */
const HTTP_ONLY = [
  'AuthorizerResultTtlInSeconds',
  'EnableSimpleResponses',
  'AuthorizerPayloadFormatVersion',
];

function refuseHttpOnly(input: object): void {
  const foreign = HTTP_ONLY.find((name) => name in input);
  if (foreign !== undefined) {
    throw badRequest(`${foreign} cannot be set for WEBSOCKET protocol Apis`);
  }
}

function checkJwt(api: ApiRecord, record: AuthorizerRecord): void {
  if (api.ProtocolType === 'WEBSOCKET') {
    throw badRequest(
      'Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.',
    );
  }
  const { Issuer, Audience } = (record.JwtConfiguration ?? {}) as {
    Issuer?: string;
    Audience?: string[];
  };
  if (Issuer === undefined || !URL.canParse(Issuer)) {
    throw badRequest('Invalid issuer: Issuer is not a valid URL for JWT Authorizer');
  }
  if ((Audience ?? []).length > 50) throw badRequest('A JWT authorizer takes at most 50 audiences');
  if (record.IdentitySource.length !== 1) {
    throw badRequest('A JWT authorizer takes exactly one identity source');
  }
}

function checkHttpRequest(record: AuthorizerRecord): void {
  if (record.AuthorizerPayloadFormatVersion === undefined) {
    throw badRequest(
      'AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer',
    );
  }
  if (record.EnableSimpleResponses === true && record.AuthorizerPayloadFormatVersion !== '2.0') {
    throw badRequest('EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0');
  }
  const caches = (record.AuthorizerResultTtlInSeconds ?? 0) > 0;
  if (caches && record.IdentitySource.length === 0) {
    throw badRequest(
      'Identity source must be set if authorizer caching is enabled (TTL is greater than 0)',
    );
  }
}
