// The `$context` variables of WebSocket APIs as one table: what each reads, and where AWS lets it be used.
import type { ClientCert } from '#shared/model/connection.ts';
import type { Exchange, Phase, PhaseOutcome, Phases } from '#shared/model/exchange.ts';
import type { Failure } from '#shared/model/observation.ts';
import type { Route } from '#shared/model/stage.ts';
import { clfTime } from './clf-time.ts';

/** An exchange whose route may not have been chosen yet. */
export interface ContextExchange extends Exchange {
  readonly route?: Route;
}

/** Who the caller is, as far as a pipeline has found out; absent members print nothing. */
export type CallerIdentity = Readonly<Partial<Record<IdentityMember, string>>>;

/** What a pipeline has found out beside the exchange. */
export interface Outcome {
  readonly status?: number;
  readonly error?: Pick<Failure, 'type' | 'message'>;
  readonly validationError?: string;
  readonly identity?: CallerIdentity;
  readonly phases?: Readonly<Phases>;
}

/** A variable's value; `undefined` prints nothing. */
export type ContextValue = string | number | undefined;

/** One variable. AWS: apigateway-websocket-api-mapping-template-reference (templates), websocket-api-logging (logs). */
export interface ContextVariable {
  readonly templates: boolean;
  readonly read: (exchange: ContextExchange, outcome?: Outcome) => ContextValue;
}

type Read = ContextVariable['read'];
type IdentityMember = (typeof IDENTITY_MEMBERS)[number];

const IDENTITY_MEMBERS = [
  'accountId',
  'apiKey',
  'apiKeyId',
  'caller',
  'cognitoAuthenticationProvider',
  'cognitoAuthenticationType',
  'cognitoIdentityId',
  'cognitoIdentityPoolId',
  'user',
  'userArn',
] as const;

const PHASES: readonly Phase[] = ['authenticate', 'authorize', 'authorizer', 'integration', 'waf'];

const everywhere = (read: Read): ContextVariable => ({ templates: true, read });
const logsOnly = (read: Read): ContextVariable => ({ templates: false, read });

/** Every variable by its name without `$context.`; `authorizer.{property}` is beside it, see `contextVariable`. */
export const CONTEXT_VARIABLES: ReadonlyMap<string, ContextVariable> = new Map([
  ['apiId', everywhere((exchange) => exchange.stage.apiId)],
  ['connectedAt', everywhere((exchange) => exchange.connection?.connectedAt)],
  ['connectionId', everywhere((exchange) => exchange.connection?.id)],
  ['domainName', everywhere((exchange) => exchange.connection?.domainName)],
  ['eventType', everywhere((exchange) => exchange.event)],
  ['extendedRequestId', everywhere((exchange) => exchange.id)],
  ['messageId', everywhere((exchange) => exchange.messageId)],
  ['requestId', everywhere((exchange) => exchange.id)],
  ['requestTime', everywhere((exchange) => clfTime(exchange.receivedAt))],
  ['requestTimeEpoch', everywhere((exchange) => exchange.receivedAt)],
  ['routeKey', everywhere((exchange) => exchange.route?.routeKey)],
  ['stage', everywhere((exchange) => exchange.stage.name)],
  ['status', everywhere((_exchange, outcome) => outcome?.status)],
  ['identity.sourceIp', everywhere((exchange) => exchange.connection?.sourceIp)],
  ['identity.userAgent', everywhere((exchange) => exchange.connection?.userAgent)],
  ...clientCertRows(),
  ['identity.principalOrgId', logsOnly(() => undefined)],
  ['error.message', logsOnly((_exchange, outcome) => outcome?.error?.message)],
  ['error.messageString', everywhere((_exchange, outcome) => quoted(outcome?.error?.message))],
  ['error.responseType', logsOnly((_exchange, outcome) => outcome?.error?.type)],
  ['error.validationErrorString', everywhere((_exchange, outcome) => outcome?.validationError)],
  ['integrationLatency', logsOnly((...args) => phaseOf('integration', ...args)?.latency)],
  ...IDENTITY_MEMBERS.map((name) => identityRow(name)),
  ...PHASES.flatMap((phase) => phaseRows(phase)),
]);

/** The variable `name` (without `$context.`); `undefined` for names AWS refuses. */
export function contextVariable(name: string): ContextVariable | undefined {
  return CONTEXT_VARIABLES.get(name) ?? authorizerProperty(name);
}

function identityRow(name: IdentityMember): [string, ContextVariable] {
  return [
    `identity.${name}`,
    everywhere(({ connection }, outcome) => {
      return outcome?.identity?.[name] ?? connection?.identity?.[name];
    }),
  ];
}

/** What the client's certificate says, where its domain asks for one; sockets keep it as long as they are open. */
function clientCertRows(): [string, ContextVariable][] {
  const row = (name: string, read: (cert: ClientCert) => string): [string, ContextVariable] => [
    `identity.clientCert.${name}`,
    everywhere(({ connection }) => connection?.clientCert && read(connection.clientCert)),
  ];
  return [
    row('clientCertPem', ({ clientCertPem }) => clientCertPem),
    row('subjectDN', ({ subjectDN }) => subjectDN),
    row('issuerDN', ({ issuerDN }) => issuerDN),
    row('serialNumber', ({ serialNumber }) => serialNumber),
    row('validity.notBefore', ({ validity }) => validity.notBefore),
    row('validity.notAfter', ({ validity }) => validity.notAfter),
  ];
}

/** What the pipeline told at its end, else what it has noted so far. */
function phaseOf(
  phase: Phase,
  exchange: ContextExchange,
  outcome?: Outcome,
): PhaseOutcome | undefined {
  return outcome?.phases?.[phase] ?? exchange.phases?.[phase];
}

function phaseRows(phase: Phase): [string, ContextVariable][] {
  const members: readonly (keyof PhaseOutcome)[] =
    phase === 'authorizer' || phase === 'integration'
      ? ['error', 'latency', 'status', 'requestId', 'integrationStatus']
      : ['error', 'latency', 'status'];
  const rows = members.map((member): [string, ContextVariable] => [
    `${phase}.${member}`,
    logsOnly((...args) => phaseOf(phase, ...args)?.[member]),
  ]);
  const latency = logsOnly((...args) => phaseOf('authorizer', ...args)?.latency);
  return phase === 'authorizer' ? [...rows, ['authorizer.integrationLatency', latency]] : rows;
}

const AUTHORIZER_PROPERTY = /^authorizer\.([^.[\]\s]+)$/;

/** `authorizer.principalId` and whatever pairs the authorizer's context had. */
function authorizerProperty(name: string): ContextVariable | undefined {
  const property = AUTHORIZER_PROPERTY.exec(name)?.[1];
  if (property === undefined) return undefined;
  return everywhere((exchange) => {
    const pairs = exchange.connection?.authorizer;
    return pairs !== undefined && Object.hasOwn(pairs, property) ? pairs[property] : undefined;
  });
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}
