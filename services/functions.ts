// The function service as a node wires it: what functions are given to reach the node, and who they are.
import { randomBytes } from 'node:crypto';
import { LambdaService } from '#services/lambda/service.ts';
import { FUNCTIONS, type Credentials } from '#shared/aws-api/credentials.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { canonicalSuffix } from '#shared/stage/address.ts';
import type { Backends } from './backends.ts';
import type { Config } from './config.ts';
import { newKeyPair } from './key-pair.ts';
import type { Output } from './output.ts';

/** The node's addresses, asked for when a function starts: ports are known late. */
export interface NodeAddresses {
  readonly gatewayPort: number;
  readonly admin: string;
  readonly caFile: string;
}

/** What the function service is wired with. */
export interface FunctionDeps {
  readonly backends: Backends;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly output: Output;
  readonly logger: Logger;
  readonly addresses: () => NodeAddresses;
  /** Custom domains: functions reach this gateway by them too. */
  readonly domainNames: () => readonly string[];
}

/** The function service of `config`, not started. */
export function createFunctions(config: Config, deps: FunctionDeps): LambdaService {
  const { backends, credentials, clock, output, logger, addresses } = deps;
  const key = functionKey(credentials);
  return new LambdaService(
    {
      store: backends.store.resources,
      blobs: backends.store.blobs,
      bus: backends.bus,
      clock,
      logger,
      functionLog: (line) => output.functionLine(line),
    },
    {
      dataDir: config.data,
      accountId: config.account,
      limits: config.limits,
      permissions: config.limitsProfile === 'aws' ? 'enforce' : 'warn',
      eventsPerEnvironment: config.eventsPerEnvironment,
      // They cost more than an invocation: a quiet log does without.
      platformLines: config.logLevel === 'debug' || config.logLevel === 'info',
      ...remoteOf(config),
      variables: () => ({
        credentials: key,
        caFile: addresses().caFile,
        endpoints: endpointsOf(config, backends, addresses().admin),
      }),
      gateway: () => ({
        host: dialled(config.host),
        port: addresses().gatewayPort,
        tls: config.tls,
        suffixes: suffixesOf(config, addresses().gatewayPort),
        hosts: deps.domainNames(),
      }),
    },
  );
}

/**
 * What functions may do where not everybody may do everything: whoever may only write functions would have all rights
 * by theirs else. Roles are not assumed, so it is the same for all.
 */
const FUNCTION_POLICY = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: ['execute-api:*', 'dynamodb:*', 'lambda:InvokeFunction'],
    Resource: '*',
  },
} as const;

/** Functions sign with a key of their own, new with every node. */
function functionKey(credentials: Credentials) {
  const key = { ...newKeyPair(), sessionToken: randomBytes(48).toString('base64') };
  const policy = credentials.open ? {} : { policy: FUNCTION_POLICY };
  const principal = { name: FUNCTIONS, accessKeyId: key.accessKeyId, ...policy };
  credentials.add({ ...key, principal });
  return key;
}

/** The configured endpoints, over this node's own for what it serves itself. */
function endpointsOf(config: Config, { dynamodbUrl }: Backends, admin: string) {
  const endpoints: Record<string, string> = {
    ACM: admin,
    LAMBDA: admin,
    API_GATEWAY: admin,
    APIGATEWAYV2: admin,
    ...(dynamodbUrl === undefined ? {} : { DYNAMODB: dynamodbUrl }),
  };
  for (const [service, url] of Object.entries(config.endpoints)) {
    endpoints[service === '*' ? '' : service.toUpperCase()] = url;
  }
  return endpoints;
}

/** Functions elsewhere: `AWS_ENDPOINT_URL_LAMBDA`, unless that is this node's own Lambda API. */
function remoteOf({ endpoints, adminPort, outsideCredentials }: Config) {
  const endpoint = endpoints['lambda'];
  if (endpoint === undefined) return {};
  const { hostname, port } = new URL(endpoint);
  const own = Number(port) === adminPort && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (own) return {};
  return { remote: { endpoint, credentials: outsideCredentials } };
}

/** A public URL's name reaches this gateway from its functions too. */
function suffixesOf({ publicUrl }: Config, port: number): string[] {
  return publicUrl === undefined ? [] : [canonicalSuffix(port, publicUrl).replace(/:\d+$/, '')];
}

/** Where a process on this machine dials what listens on `host`. */
function dialled(host: string): string {
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
