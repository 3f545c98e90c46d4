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
  if (bad !== undefined) throw badRequest(`Invalid identity source specified: ${bad}`);
  if (record.AuthorizerType === 'JWT') return checkJwt(api, record);
  if (record.AuthorizerUri === undefined) {
    throw badRequest('AuthorizerUri is a required parameter for REQUEST authorizer');
  }
  if (!record.AuthorizerUri.startsWith('arn:')) {
    throw badRequest('Invalid Authorizer URI specified');
  }
  if (api.ProtocolType === 'HTTP') return checkHttpRequest(record);
  if ((record.AuthorizerResultTtlInSeconds ?? 0) > 0) {
    throw badRequest('AuthorizerResultTtlInSeconds cannot be set for WEBSOCKET protocol Apis');
  }
  if (record.EnableSimpleResponses === true) {
    throw badRequest('EnableSimpleResponses cannot be set for WEBSOCKET protocol Apis');
  }
}

function checkJwt(api: ApiRecord, record: AuthorizerRecord): void {
  if (api.ProtocolType === 'WEBSOCKET') {
    throw badRequest(
      'Invalid authorizer type specified. Must be one of [REQUEST] for WEBSOCKET protocol Apis',
    );
  }
  const { Issuer, Audience } = (record.JwtConfiguration ?? {}) as {
    Issuer?: string;
    Audience?: string[];
  };
  if (!Issuer)
    throw badRequest('JwtConfiguration.Issuer is a required parameter for JWT authorizer');
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
    throw badRequest('At least one identity source is required when results are cached');
  }
}
