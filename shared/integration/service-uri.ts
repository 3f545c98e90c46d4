// URIs of AWS service integrations: `arn:aws:apigateway:{region}:{service}:action/{Action}` and `…:path/{path}`.
import type { StringMap } from '#shared/model/records.ts';
import { DefinitionError } from '#shared/exchange/errors.ts';
import { fillStageVariables, maskStageVariables } from '#shared/mapping/stage-variables.ts';
import { type AwsService, hostPrefixOf, serviceOf } from './services.ts';

/** What a URI names. */
export interface ServiceTarget {
  readonly service: AwsService;
  readonly region: string;
  /** AWS's own host for it. */
  readonly awsHost: string;
  /** Absent in the path form. */
  readonly action?: string;
  /** With `{name}` still in it; `/` in the action form. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

/** AWS: apigatewayv2 `CreateIntegration`, IntegrationUri. Functions are invoked through a kind of their own. */
const SERVICE_URI = /^arn:(aws[\w-]*):apigateway:([^:]*):(?!lambda:)([^:]+):(action|path)\/(.*)$/s;
const VARIABLE_SERVICE = /:\$\{stageVariables\.\w+\}:(?:action|path)\//;
const ACTION = /^([A-Za-z]\w*)(?:[?&](\S*))?$/;
const PATH = /^([^?#\s]*)(?:\?([^#\s]*))?$/;
const BUCKET = /^(.+)\.s3$/;

/** Whether `uri` has the form of a service integration, of a known service or not. */
export function isServiceUri(uri: string | undefined): uri is string {
  return uri !== undefined && SERVICE_URI.test(maskStageVariables(uri, 'x'));
}

/** Throws `DefinitionError` when `uri` names nothing that can be called, whatever its stage variables are. */
export function checkServiceUri(uri: string): string {
  const target = parse(maskStageVariables(uri, 'x'));
  if (typeof target !== 'string' || VARIABLE_SERVICE.test(uri)) return uri;
  throw new DefinitionError(target);
}

/** The target on a stage with `variables`; the reason as text when there is none. */
export function resolveServiceUri(uri: string, variables: StringMap): ServiceTarget | string {
  const filled = fillStageVariables(uri, variables);
  if (filled.text === undefined) return `stage variable ${filled.missing} is not set`;
  return parse(filled.text);
}

/** The target, or why there is none. */
function parse(uri: string): ServiceTarget | string {
  const [, partition = '', region = '', name = '', form, spec = ''] = SERVICE_URI.exec(uri) ?? [];
  const bucket = BUCKET.exec(name)?.[1];
  const service = serviceOf(bucket === undefined ? name : 's3');
  if (service === undefined) return `actions of the service ${name} are not supported`;
  if (!/^[a-z0-9-]+$/.test(region)) return `${uri} names no region`;
  const rest = form === 'action' ? actionOf(service, spec) : pathOf(spec, bucket);
  if (rest === undefined) return `${uri} names no ${form} of ${name}`;
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const awsHost = `${hostPrefixOf(service, rest.action)}.${region}.${suffix}`;
  return { service, region, awsHost, ...rest };
}

type Rest = Pick<ServiceTarget, 'action' | 'path' | 'query'>;

/** `Action` or, with parameters, `Action&name=value`. Services without actions have only paths. */
function actionOf({ protocol }: AwsService, spec: string): Rest | undefined {
  const [, action, query = ''] = ACTION.exec(spec) ?? [];
  if (action === undefined || protocol.name === 'rest') return undefined;
  return { action, path: '/', query };
}

/** Written with or without its slash. A bucket before the service's name becomes the path's beginning. */
function pathOf(spec: string, bucket: string | undefined): Rest | undefined {
  const [, path, query = ''] = PATH.exec(spec) ?? [];
  if (path === undefined) return undefined;
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return { path: bucket === undefined ? rooted : `/${bucket}${rooted}`, query };
}
