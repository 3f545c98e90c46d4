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

type Compile = (definition: IntegrationDefinition, deps: IntegrationDeps) => Integration;

const KINDS: Readonly<Record<IntegrationType, Compile>> = {
  AWS: row(lambdaCustomKind),
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
    if (ConnectionType === 'VPC_LINK') {
      throw new DefinitionError('connection type VPC_LINK is not supported yet');
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
