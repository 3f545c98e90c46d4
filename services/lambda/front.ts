// The Lambda API on the admin listener.
import { LAMBDA_DIALECT } from '#shared/aws-api/dialect.ts';
import { AwsEndpoint, type EndpointOptions } from '#shared/aws-api/endpoint.ts';
import { type AwsService, defineService } from '#shared/aws-api/service.ts';
import { CodeFront } from './code-front.ts';
import type { HandlerDeps } from './deps.ts';
import { createHandlers } from './handlers/create.ts';
import { invokeHandlers } from './handlers/invoke.ts';
import { policyHandlers } from './handlers/policy.ts';
import { readHandlers } from './handlers/read.ts';
import { tagHandlers } from './handlers/tags.ts';
import { updateHandlers } from './handlers/update.ts';
import { type LambdaHandlers, loadLambdaSdk } from './model.ts';
import { NOT_IMPLEMENTED } from './not-implemented.ts';
import { lambdaPermissions } from './caller-permission.ts';
import type { LambdaService } from './service.ts';

/** First path segments: the dates of the API's versions. */
const PREFIXES = [
  '2014-11-13',
  '2015-03-31',
  '2016-08-19',
  '2017-03-31',
  '2017-10-31',
  '2018-10-31',
  '2019-09-25',
  '2019-09-30',
  '2020-04-22',
  '2020-06-30',
  '2021-07-20',
  '2021-10-31',
  '2021-11-15',
  '2024-08-31',
  '2025-11-30',
  '2025-12-01',
  '2026-07-09',
];

/** What the front needs beside the handlers. */
export type LambdaFrontOptions = Pick<
  EndpointOptions,
  'verifier' | 'accountId' | 'limits' | 'logger'
>;

/** All handlers of the Lambda API. */
export function lambdaHandlers(deps: HandlerDeps): LambdaHandlers {
  return {
    ...createHandlers(deps),
    ...readHandlers(deps),
    ...updateHandlers(deps),
    ...policyHandlers(deps),
    ...tagHandlers(deps),
    ...invokeHandlers(deps),
  };
}

/** The fronts of the admin listener: the Lambda API, and the downloads its `GetFunction` points at. */
export interface LambdaFronts {
  /** `load()` before `ready` proves that every operation is accounted for. */
  readonly api: AwsEndpoint;
  readonly downloads: CodeFront;
}

/** Makes both; `adminOrigin` (`https://localhost:8444`) is asked when a URL is made. */
export function lambdaFronts(
  service: LambdaService,
  adminOrigin: () => string,
  options: LambdaFrontOptions,
): LambdaFronts {
  const downloads = new CodeFront(service.code, adminOrigin);
  const { functions, registry, code, localInvoker: invoker } = service;
  const codeUrl: HandlerDeps['codeUrl'] = (record) => downloads.url(record);
  const deps = { functions, registry, code, invoker, now: Date.now, codeUrl };
  const api = new AwsEndpoint({
    name: 'lambda',
    signingName: 'lambda',
    services: [lambdaApi(lambdaHandlers(deps))],
    ...options,
  });
  return { api, downloads };
}

function lambdaApi(handlers: LambdaHandlers): AwsService {
  return defineService({
    service: 'lambda',
    prefixes: PREFIXES,
    sdk: loadLambdaSdk,
    handlers: { ...handlers },
    notImplemented: NOT_IMPLEMENTED,
    dialect: LAMBDA_DIALECT,
    permissions: lambdaPermissions,
  });
}
