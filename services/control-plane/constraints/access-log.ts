// The format of an access log: one line, `$context.requestId` in it, and only variables that AWS knows in logs.
import { saying, text, type Rule } from './rules.ts';

/** Names after `$context.`; a trailing `.*` takes any name below. AWS guides: websocket-api-logging, http-api-logging-variables. */
const VARIABLES = new Set(
  `accountId apiId authenticate.error authenticate.latency authenticate.status authorize.error
  authorize.latency authorize.status awsEndpointRequestId awsEndpointRequestId2 connectedAt connectionId
  customDomain.basePathMatched customDomain.routingRuleIdMatched dataProcessed domainName domainPrefix
  error.message error.messageString error.responseType error.validationErrorString eventType
  extendedRequestId httpMethod identity.accountId identity.apiKey identity.apiKeyId identity.caller
  identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId
  identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp identity.user
  identity.userAgent identity.userArn identity.clientCert.clientCertPem identity.clientCert.subjectDN
  identity.clientCert.issuerDN identity.clientCert.serialNumber identity.clientCert.validity.notBefore
  identity.clientCert.validity.notAfter integration.error integration.integrationStatus
  integration.latency integration.requestId integration.status integrationErrorMessage
  integrationLatency integrationStatus messageDirection messageId path protocol requestId requestTime
  requestTimeEpoch responseLatency responseLength routeKey stage status waf.error waf.latency waf.status`.split(
    /\s+/,
  ),
);

const isKnown = (name: string): boolean =>
  VARIABLES.has(name) || /^authorizer\.[A-Za-z0-9_.]+$/.test(name);

/**
 * The rule of `AccessLogSettings.DestinationArn`: a log group, or a Firehose stream whose name begins with
 * `amazon-apigateway-` (SDK's documentation of `AccessLogSettings`).
 */
export const accessLogDestination: Rule = saying(
  'Invalid ARN specified in the request',
  text(
    1,
    2048,
    /^arn:aws[\w-]*:(?:logs:[^:]*:[^:]*:log-group:[^:]+(?::\*)?|firehose:[^:]*:[^:]*:deliverystream\/amazon-apigateway-[^:]+)$/,
  ),
);

/** The names of the `$context` variables of a format. */
function variablesOf(format: string): string[] {
  return [...format.matchAll(/\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)/g)].map(
    ([, name = '']) => name,
  );
}

/** The rule of `AccessLogSettings.Format`. The SDK's model says 1 to 1024 characters, AWS's quotas 3 KB. */
export const accessLogFormat: Rule = (value, _member, { accessLogFormatBytes }) => {
  const format = String(value);
  if (format.length === 0 || Buffer.byteLength(format) > accessLogFormatBytes) {
    return `Access log format must have between 1 and ${accessLogFormatBytes} characters`;
  }
  if (/[\r\n]/.test(format)) return 'Access log format must be on a single line';
  const names = variablesOf(format);
  const unknown = names.filter((name) => !isKnown(name)).map((name) => `$context.${name}`);
  if (unknown.length > 0) {
    return `The following context variables are not supported: [${unknown.join(', ')}]`;
  }
  return names.includes('requestId') || names.includes('extendedRequestId')
    ? undefined
    : 'Access Log format must include either $context.requestId or $context.extendedRequestId';
};
