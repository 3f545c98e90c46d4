// Certificate Manager's API on the admin listener.
import { ACM_DIALECT } from '#shared/aws-api/dialect.ts';
import { AwsEndpoint, type EndpointOptions } from '#shared/aws-api/endpoint.ts';
import type { Permission } from '#shared/aws-api/permission.ts';
import { type AwsService, type Call, defineService } from '#shared/aws-api/service.ts';
import type { AcmDeps } from './deps.ts';
import { importHandlers } from './handlers/import.ts';
import { readHandlers } from './handlers/read.ts';
import { removeHandlers } from './handlers/remove.ts';
import { requestHandlers } from './handlers/request.ts';
import { settingHandlers } from './handlers/settings.ts';
import { tagHandlers } from './handlers/tags.ts';
import { type AcmHandlers, loadAcmSdk } from './model.ts';
import { NOT_IMPLEMENTED } from './not-implemented.ts';

/** What the front needs beside the handlers. */
export type AcmFrontOptions = Pick<EndpointOptions, 'verifier' | 'accountId' | 'limits' | 'logger'>;

/** All handlers. */
export function acmHandlers(deps: AcmDeps): AcmHandlers {
  return {
    ...importHandlers(deps),
    ...requestHandlers(deps),
    ...readHandlers(deps),
    ...removeHandlers(deps),
    ...settingHandlers(deps),
    ...tagHandlers(deps),
  };
}

/** The service behind the front. */
export function acmService(deps: AcmDeps): AwsService {
  return defineService({
    service: 'acm',
    prefixes: [],
    target: 'CertificateManager',
    sdk: loadAcmSdk,
    handlers: { ...acmHandlers(deps) },
    notImplemented: NOT_IMPLEMENTED,
    dialect: ACM_DIALECT,
    permissions: (call) => [permission(call)],
  });
}

/** The front. `load()` before `ready` proves that every operation is accounted for. */
export function acmFront(deps: AcmDeps, options: AcmFrontOptions): AwsEndpoint {
  const services = [acmService(deps)] as const;
  return new AwsEndpoint({ name: 'acm', signingName: 'acm', services, ...options });
}

/** The operation on the certificate that it names (service authorization reference: AWS Certificate Manager). */
function permission({ operation, input }: Call): Permission {
  const arn = input['CertificateArn'] ?? input['ResourceArn'];
  return { action: `acm:${operation}`, resource: typeof arn === 'string' ? arn : '*' };
}
