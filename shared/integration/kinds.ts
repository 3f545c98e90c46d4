// The table of integration kinds: one row a type.
import type {
  Integration,
  IntegrationDefinition,
  IntegrationKind,
} from '#shared/model/integration.ts';
import type { IntegrationType } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import type { IntegrationDeps } from './deps.ts';
import { httpCustomKind } from './http-custom.ts';
import { httpProxyKind } from './http-proxy.ts';
import { lambdaCustomKind } from './lambda-custom.ts';
import { lambdaProxyKind } from './lambda-proxy.ts';
import { mockKind } from './mock.ts';
import { serviceActionKind } from './service-action.ts';
import { isServiceUri } from './service-uri.ts';

type Compile = (definition: IntegrationDefinition, deps: IntegrationDeps) => Integration;

const ofFunction = row(lambdaCustomKind);
const ofService = row(serviceActionKind);

const KINDS: Readonly<Record<IntegrationType, Compile>> = {
  AWS: (definition, deps) =>
    isServiceUri(definition.record.IntegrationUri)
      ? ofService(definition, deps)
      : ofFunction(definition, deps),
  AWS_PROXY: row(lambdaProxyKind),
  HTTP: row(httpCustomKind),
  HTTP_PROXY: row(httpProxyKind),
  MOCK: row(mockKind),
};

/** Compiles an integration. Throws `DefinitionError`, naming it, for what can never run. */
export function createIntegration(
  definition: IntegrationDefinition,
  deps: IntegrationDeps,
): Integration {
  const { IntegrationId, IntegrationType, ConnectionType } = definition.record;
  try {
    if (ConnectionType === 'VPC_LINK' && !IntegrationType.startsWith('HTTP')) {
      throw new DefinitionError(`an integration of type ${IntegrationType} has no VPC link`);
    }
    return KINDS[IntegrationType](definition, deps);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new DefinitionError(`Integration ${IntegrationId}: ${error.message}`, { cause: error });
  }
}

function row<Settings>(kind: IntegrationKind<Settings, IntegrationDeps>): Compile {
  return (definition, deps) => kind.create(kind.parse(definition), deps);
}
