// Where AWS services answer for this node's integrations and with which keys they are called, as its configuration says.
import { hostname as machineName, networkInterfaces } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServiceAddress, ServiceDirectory } from '#shared/integration/services.ts';
import type { Backends } from './backends.ts';
import type { Config } from './config.ts';

/** What of the configuration says where services are. */
type DirectoryConfig = Pick<
  Config,
  'adminHost' | 'adminPort' | 'endpoints' | 'outsideCredentials' | 'publicUrl' | 'region'
>;

const AWS_HOST = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/**
 * The directory of a node: the endpoint configured for the service, else for all, else this node's DynamoDB, else
 * AWS's own. An endpoint that is this node's admin listener, by whatever name or address of this machine, says nothing:
 * it is set for the tools of the same shell, and nobody is to act there with the node's keys. AWS is called with what the SDK's chain finds (environment, profile, role), everybody else with the
 * configuration's keys, which need not be AWS's.
 */
export function serviceDirectory(
  config: DirectoryConfig,
  { dynamodbUrl, own }: Pick<Backends, 'dynamodbUrl' | 'own'>,
): ServiceDirectory {
  const configured = new Map(
    Object.entries(config.endpoints)
      .filter(([, url]) => !isOwn(url, config))
      .map(([name, url]) => [name.toLowerCase(), url]),
  );
  const chain = awsChain(config.region);
  return {
    ownTables: own.names,
    find: (names, awsHost): ServiceAddress => {
      const url =
        names.map((name) => configured.get(name)).find((named) => named !== undefined) ??
        configured.get('*') ??
        (names.includes('dynamodb') ? dynamodbUrl : undefined) ??
        `https://${awsHost}`;
      return {
        url,
        keys: AWS_HOST.test(new URL(url).hostname) ? chain : () => config.outsideCredentials,
      };
    },
  };
}

function isOwn(url: string, { adminHost, adminPort, publicUrl }: DirectoryConfig): boolean {
  const { hostname, port, protocol } = new URL(url);
  const given = port === '' ? { 'http:': '80', 'https:': '443' }[protocol] : port;
  if (given !== String(adminPort)) return false;
  const name = hostname.replace(/^\[|\]$/g, '');
  const own = ['localhost', '::1', '0.0.0.0', '::', adminHost, machineName().toLowerCase()];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const names = [...own, ...addresses.map(({ address }) => address)];
  if (publicUrl !== undefined) names.push(new URL(publicUrl).hostname);
  return name.startsWith('127.') || name.endsWith('.localhost') || names.includes(name);
}

/** The SDK's own search for credentials, which keeps what it finds and renews it before it expires. */
function awsChain(region: string): ServiceAddress['keys'] {
  let client: DynamoDBClient | undefined;
  return () => {
    client ??= new DynamoDBClient({ region });
    return client.config.credentials();
  };
}
