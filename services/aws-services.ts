// Where AWS services answer for this node's integrations and with which keys they are called, as its configuration says.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServiceAddress, ServiceDirectory } from '#shared/integration/services.ts';
import type { Backends } from './backends.ts';
import type { Config } from './config.ts';

const AWS_HOST = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/**
 * The directory of a node: the endpoint configured for the service, else for all, else this node's DynamoDB, else
 * AWS's own. An endpoint that is this node's admin listener says nothing: it is set for the tools of the same shell. AWS is called with what the SDK's chain finds (environment, profile, role), everybody else with the
 * configuration's keys, which need not be AWS's.
 */
export function serviceDirectory(
  config: Pick<Config, 'adminHost' | 'adminPort' | 'endpoints' | 'outsideCredentials' | 'region'>,
  { dynamodbUrl }: Pick<Backends, 'dynamodbUrl'>,
): ServiceDirectory {
  const configured = new Map(
    Object.entries(config.endpoints)
      .filter(([, url]) => !isOwn(url, config))
      .map(([name, url]) => [name.toLowerCase(), url]),
  );
  const chain = awsChain(config.region);
  return {
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

function isOwn(url: string, { adminHost, adminPort }: Pick<Config, 'adminHost' | 'adminPort'>) {
  const { hostname, port } = new URL(url);
  return (
    ['localhost', '127.0.0.1', '[::1]', adminHost].includes(hostname) && port === String(adminPort)
  );
}

/** The SDK's own search for credentials, which keeps what it finds and renews it before it expires. */
function awsChain(region: string): ServiceAddress['keys'] {
  let client: DynamoDBClient | undefined;
  return () => {
    client ??= new DynamoDBClient({ region });
    return client.config.credentials();
  };
}
