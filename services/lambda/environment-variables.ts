// The environment variables of a function: AWS's own, the addresses of this node, and the user's; never the node's.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { dirname } from 'node:path';
import type { FunctionRecord } from './function-record.ts';

/** What the node puts into every function's environment. */
export interface NodeVariables {
  readonly credentials: AccessKeys;
  /** PEM file of the CA that signs this node's certificates; absent without TLS. */
  readonly caFile?: string;
  /** Endpoints by service as in `AWS_ENDPOINT_URL_{SERVICE}`: DYNAMODB, LAMBDA, API_GATEWAY, …; key `''`: all services. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Variables that AWS keeps for itself (dg configuration-envvars, "Defined runtime environment variables"). */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

/** The whole environment of a process that runs `record`; what the user set wins over this node's addresses. */
export function environmentVariables(
  record: FunctionRecord,
  node: NodeVariables,
  place: { readonly taskRoot: string; readonly runtimeDir: string; readonly logStream: string },
): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    PWD: place.taskRoot,
    SHLVL: '0',
    NODE_PATH: place.taskRoot,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    ...addresses(node),
    ...record.Environment,
    ...reserved(record, node, place),
  };
}

function addresses({ caFile, endpoints }: NodeVariables): Record<string, string> {
  const variables: Record<string, string> = {};
  if (caFile !== undefined) variables.NODE_EXTRA_CA_CERTS = caFile;
  for (const [service, url] of Object.entries(endpoints)) {
    variables[service === '' ? 'AWS_ENDPOINT_URL' : `AWS_ENDPOINT_URL_${service}`] = url;
  }
  return variables;
}

function reserved(
  record: FunctionRecord,
  { credentials }: NodeVariables,
  place: { readonly taskRoot: string; readonly runtimeDir: string; readonly logStream: string },
): Record<string, string> {
  return {
    _HANDLER: record.Handler,
    AWS_REGION: record.Region,
    AWS_DEFAULT_REGION: record.Region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${record.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: record.FunctionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(record.MemorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: record.LogGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: place.logStream,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined
      ? {}
      : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    LAMBDA_TASK_ROOT: place.taskRoot,
    LAMBDA_RUNTIME_DIR: place.runtimeDir,
  };
}
