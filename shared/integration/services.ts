// The AWS services whose actions an integration can call: how each is addressed, told the action, and signed to.
import type { AccessKeys } from '#shared/model/access-keys.ts';

/** How a service learns the action: by a header, by the query, or by nothing but method and path. */
export type ServiceProtocol =
  | { readonly name: 'json'; readonly target: string; readonly contentType: string }
  | { readonly name: 'query'; readonly version: string }
  | { readonly name: 'rest' };

/** One service. */
export interface AwsService {
  /** As in integration URIs; host names begin with it and signatures name it. */
  readonly name: string;
  /** Names under which its endpoint may be configured, as in `AWS_ENDPOINT_URL_<SERVICE>`, in lower case. */
  readonly endpointNames: readonly string[];
  readonly protocol: ServiceProtocol;
}

/** Where a service answers for this node, and who calls it. */
export interface ServiceAddress {
  /** Scheme, host and port, perhaps with a path before all paths. */
  readonly url: string;
  /** Keys to sign with; rejects when there are none. The same object as long as they have not changed. */
  readonly keys: () => AccessKeys | Promise<AccessKeys>;
}

/** Addresses of services as the node's configuration says; `awsHost` is AWS's own host for when it says nothing. */
export interface ServiceDirectory {
  /** Tables of the node itself, which no integration reaches; absent: there are none. */
  readonly ownTables?: readonly string[];
  find(endpointNames: readonly string[], awsHost: string): ServiceAddress;
}

/** By their names in integration URIs. AWS: each service's API reference, "Common parameters" or a request's syntax. */
const SERVICES: ReadonlyMap<string, AwsService> = new Map(
  [
    json('dynamodb', 'DynamoDB_20120810', '1.0'),
    json('events', 'AWSEvents', '1.1', 'eventbridge'),
    json('firehose', 'Firehose_20150804', '1.1'),
    json('kinesis', 'Kinesis_20131202', '1.1'),
    json('kms', 'TrentService', '1.1'),
    json('logs', 'Logs_20140328', '1.1', 'cloudwatch_logs'),
    json('secretsmanager', 'secretsmanager', '1.1', 'secrets_manager'),
    json('states', 'AWSStepFunctions', '1.0', 'sfn'),
    query('sns', '2010-03-31'),
    query('sqs', '2012-11-05'),
    query('ssm', '2014-11-06'),
    service('s3', { name: 'rest' }),
  ].map((row) => [row.name, row]),
);

/** The service called `name` in integration URIs. */
export function serviceOf(name: string): AwsService | undefined {
  return SERVICES.get(name);
}

/** Synchronous express workflows have hosts of their own (Step Functions API reference, StartSyncExecution). */
export function hostPrefixOf({ name }: AwsService, action: string | undefined): string {
  return name === 'states' && action === 'StartSyncExecution' ? 'sync-states' : name;
}

function json(name: string, target: string, version: string, ...names: string[]): AwsService {
  const contentType = `application/x-amz-json-${version}`;
  return service(name, { name: 'json', target, contentType }, ...names);
}

function query(name: string, version: string): AwsService {
  return service(name, { name: 'query', version });
}

function service(name: string, protocol: ServiceProtocol, ...names: string[]): AwsService {
  return { name, endpointNames: [...names, name], protocol };
}
