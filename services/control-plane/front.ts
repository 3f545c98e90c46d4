// API Gateway's control plane on the admin listener: REST APIs (v1) and HTTP and WebSocket APIs (v2) under one signing name.
import { API_GATEWAY_DIALECT } from '#shared/aws-api/dialect.ts';
import { AwsEndpoint, type EndpointOptions } from '#shared/aws-api/endpoint.ts';
import { splitPath } from '#shared/aws-api/mux.ts';
import { passRole, type Permission } from '#shared/aws-api/permission.ts';
import { type AwsService, type Call, defineService } from '#shared/aws-api/service.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { RateLimiter } from '#shared/model/throttle.ts';
import { admitted } from './admission.ts';
import {
  loadV1Sdk,
  loadV2Sdk,
  type ControlHandlers,
  type V1Handlers,
  type V2Handlers,
} from './model.ts';
import { V1_NOT_IMPLEMENTED, V2_NOT_IMPLEMENTED } from './not-implemented.ts';

/** First path segments of v1. */
const V1_PREFIXES = [
  'account',
  'apikeys',
  'clientcertificates',
  'domainnameaccessassociations',
  'domainnames',
  'rejectdomainnameaccessassociations',
  'restapis',
  'sdktypes',
  'tags',
  'usageplans',
  'vpclinks',
];

/** What the front needs beside the handlers. */
export type ControlPlaneOptions = Pick<
  EndpointOptions,
  'verifier' | 'accountId' | 'limits' | 'logger'
> & {
  /** Counts calls under the limits. */
  readonly limiter: RateLimiter;
  readonly limits: Limits;
};

/**
 * Permissions of the control plane: the method on the path, which v2 has without its version (AWS developer guide:
 * arn-format-reference). Segments are written in one way, however the client wrote them. Who names a role lets the
 * gateway act with it, and needs the right to.
 */
function permissions({ method, path, context, input }: Call): readonly Permission[] {
  const segments = splitPath(path).map((segment) => encodeURIComponent(decodeSegment(segment)));
  const named = segments[0] === 'v2' ? segments.slice(1) : segments;
  const resource = `arn:aws:apigateway:${context.region}::/${named.join('/')}`;
  return [
    { action: `apigateway:${method}`, resource },
    ...passRole(input['CredentialsArn']),
    ...passRole(input['AuthorizerCredentialsArn']),
  ];
}

/** What cannot be decoded stands for itself: no handler gets to see it. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The service of REST APIs. */
export function v1Service(handlers: V1Handlers): AwsService {
  return defineService({
    service: 'apigateway',
    prefixes: V1_PREFIXES,
    sdk: loadV1Sdk,
    handlers,
    notImplemented: V1_NOT_IMPLEMENTED,
    dialect: API_GATEWAY_DIALECT,
    permissions,
  });
}

/** The service of HTTP and WebSocket APIs. */
export function v2Service(handlers: V2Handlers): AwsService {
  return defineService({
    service: 'apigatewayv2',
    prefixes: ['v2'],
    sdk: loadV2Sdk,
    handlers,
    notImplemented: V2_NOT_IMPLEMENTED,
    dialect: API_GATEWAY_DIALECT,
    permissions,
  });
}

/** The front for both. `load()` before `ready` proves that every operation is accounted for. */
export function controlPlaneFront(
  { v1, v2 }: ControlHandlers,
  options: ControlPlaneOptions,
): AwsEndpoint {
  return new AwsEndpoint({
    name: 'control-plane',
    signingName: 'apigateway',
    services: [v1Service(admitted(v1, options)), v2Service(admitted(v2, options))],
    ...options,
  });
}
