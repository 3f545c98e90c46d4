// Rules of an integration that look at several members: type, protocol, back end, mappings.
import type { Limits } from '#shared/model/limits.ts';
import type { ApiRecord, IntegrationRecord } from '#shared/model/records.ts';
import { isServiceUri } from '#shared/integration/service-uri.ts';
import { badRequest } from '../faults.ts';
import { refuseForeign } from './protocol.ts';

const NAME = '[a-zA-Z0-9._$-]+';

const REQUEST_KEYS = {
  WEBSOCKET: new RegExp(`^integration\\.request\\.(header|querystring|path)\\.${NAME}$`),
  HTTP: new RegExp(`^((append|overwrite|remove):(header|querystring)\\.${NAME}|overwrite:path)$`),
} as const;

/** AWS guide: websocket-api-data-mapping, "Request parameter data mapping". */
const WEBSOCKET_SOURCE = new RegExp(
  `^(route\\.request\\.(header|querystring|multivalueheader|multivaluequerystring)\\.${NAME}|route\\.request\\.body(\\..+)?|stageVariables\\.[A-Za-z0-9_]+|context\\.[A-Za-z0-9_.-]+|'.*')$`,
);

/** Longest timeout by protocol (AWS quotas); a node whose limit is higher takes that. */
const LONGEST_TIMEOUT = { WEBSOCKET: 29_000, HTTP: 30_000 } as const;

/** Refuses with 400 an integration that its api cannot have. `input` holds what the request itself set. */
export function checkIntegration(
  api: ApiRecord,
  record: IntegrationRecord,
  { input, limits }: { readonly input: object; readonly limits: Limits },
): void {
  refuseForeign('Integration', api.ProtocolType, input);
  checkType(api, record);
  checkFormat(api, record);
  checkBackEnd(record);
  if (api.ProtocolType === 'HTTP') checkHttpOnly(record);
  checkTimeout(api, record, limits);
  checkRequestParameters(api, record);
}

function checkType({ ProtocolType }: ApiRecord, { IntegrationType }: IntegrationRecord): void {
  if (ProtocolType === 'WEBSOCKET' || IntegrationType.endsWith('_PROXY')) return;
  throw badRequest(
    'Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)',
  );
}

/** Only a Lambda proxy of an HTTP API speaks format 2.0. */
function checkFormat({ ProtocolType }: ApiRecord, record: IntegrationRecord): void {
  if (record.PayloadFormatVersion !== '2.0') return;
  if (ProtocolType === 'WEBSOCKET') throw badRequest('Unsupported PayloadFormatVersion: 2.0');
  if (record.IntegrationType === 'AWS_PROXY' && record.IntegrationSubtype === undefined) return;
  throw badRequest(
    record.IntegrationSubtype === undefined
      ? `PayloadFormatVersion 2.0 is not supported for integration of type ${record.IntegrationType}`
      : `Operation: ${record.IntegrationSubtype} is not supported.`,
  );
}

function checkBackEnd(record: IntegrationRecord): void {
  const needsUri = record.IntegrationType !== 'MOCK' && record.IntegrationSubtype === undefined;
  if (needsUri && record.IntegrationUri === undefined) {
    throw badRequest('Integration URI is required');
  }
  const method = record.IntegrationMethod;
  if (record.IntegrationType === 'AWS_PROXY' && method !== undefined && method !== 'POST') {
    throw badRequest('HttpMethod must be POST for AWS_PROXY IntegrationType.');
  }
  checkUri(record);
  checkRole(record);
  if (record.ConnectionType === 'VPC_LINK' && record.ConnectionId === undefined) {
    throw badRequest('ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK');
  }
}

/** Functions have resource policies, other services know only the role. */
function checkRole({ IntegrationType, IntegrationUri, CredentialsArn }: IntegrationRecord): void {
  if (IntegrationType !== 'AWS' || CredentialsArn !== undefined) return;
  if (!isServiceUri(IntegrationUri)) return;
  throw badRequest('Role ARN must be specified for AWS integrations');
}

function checkHttpOnly(record: IntegrationRecord): void {
  const { IntegrationType, IntegrationSubtype, IntegrationMethod, CredentialsArn } = record;
  if (IntegrationType === 'HTTP_PROXY' && IntegrationMethod === undefined) {
    throw badRequest('HttpMethod parameter method must be specified for integrationType HTTPPROXY');
  }
  const statuses = Object.keys(record.ResponseParameters ?? {});
  const bad = statuses.find((status) => !/^[2-5]\d\d$/.test(status));
  if (bad !== undefined) throw badRequest(`Status Code ${bad} is not valid`);
  if (IntegrationSubtype !== undefined && CredentialsArn === undefined) {
    throw badRequest(
      `Role ARN must be specified for AWS integration configuration with Subtype: ${IntegrationSubtype}`,
    );
  }
}

/** Stage variables may stand anywhere in a URI, so only the fixed beginning of one is looked at. */
function checkUri({ IntegrationType, IntegrationUri, ConnectionType }: IntegrationRecord): void {
  if (IntegrationUri === undefined || IntegrationUri.startsWith('${')) return;
  const isArn = IntegrationUri.startsWith('arn:');
  if (IntegrationType.startsWith('AWS') && !isArn) {
    throw badRequest('Invalid ARN specified in the request');
  }
  if (
    IntegrationType === 'AWS' &&
    /^arn:[^:]*:apigateway:(?!.*:(?:path|action)\/)/.test(IntegrationUri)
  ) {
    throw badRequest('AWS ARN for integration must contain path or action');
  }
  if (!IntegrationType.startsWith('HTTP') || (isArn && ConnectionType === 'VPC_LINK')) return;
  if (!/^https?:\/\/./.test(IntegrationUri)) {
    throw badRequest('Invalid HTTP endpoint specified for URI');
  }
}

function checkTimeout(
  api: ApiRecord,
  { TimeoutInMillis }: IntegrationRecord,
  { integrationTimeoutMs }: Limits,
): void {
  const longest = Math.max(LONGEST_TIMEOUT[api.ProtocolType], integrationTimeoutMs);
  if (TimeoutInMillis < 50 || TimeoutInMillis > longest) {
    throw badRequest(`Timeout should be between 50 ms and ${longest} ms`);
  }
}

function checkRequestParameters(api: ApiRecord, record: IntegrationRecord): void {
  if (record.IntegrationSubtype !== undefined) return;
  for (const [key, source] of Object.entries(record.RequestParameters ?? {})) {
    const goodSource = api.ProtocolType === 'HTTP' || WEBSOCKET_SOURCE.test(source);
    if (!REQUEST_KEYS[api.ProtocolType].test(key)) throw badMapping(key);
    if (!goodSource) throw badMapping(source);
  }
}

/** AWS's report on a mapping expression (hashicorp/terraform-provider-aws#17997 shows its beginning). */
export const badMapping = (expression: string) =>
  badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${expression}]`,
  );
