// Official SDK v3 clients pointed at a node's admin listener and gateway, over TLS with its CA.
import { ACM } from '@aws-sdk/client-acm';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { openDeployer, type Deployer } from '#services/deploy/deployer.ts';
import type { TestNode } from './node.ts';
import type { Keys } from './signed-url.ts';

const DEFAULT_KEYS: Keys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };

/** What every client of the tests is made with. */
export function clientSettings(
  node: TestNode,
  endpoint: string = node.ready.admin,
  credentials: Keys = DEFAULT_KEYS,
) {
  return {
    endpoint,
    region: node.ready.region,
    credentials,
    requestHandler: { httpsAgent: node.agent },
    maxAttempts: 1,
  };
}

/** Clients of the admin listener. */
export function adminClients(node: TestNode, credentials: Keys = DEFAULT_KEYS) {
  const settings = clientSettings(node, node.ready.admin, credentials);
  return {
    gateway: new ApiGatewayV2Client(settings),
    acm: new ACM(settings),
    lambda: new LambdaClient(settings),
    dynamodb: new DynamoDBClient(settings),
  };
}

/** What brings templates to the node; close it. */
export function nodeDeployer(node: TestNode): Deployer {
  const { admin: url, region } = node.ready;
  return openDeployer({ url, ca: node.caText, region, credentials: DEFAULT_KEYS });
}

/** A client for pushes, with the path form of a stage's address as its endpoint. */
export function managementClient(
  node: TestNode,
  apiId: string,
  stage: string,
  credentials: Keys = DEFAULT_KEYS,
) {
  return new ApiGatewayManagementApiClient(
    clientSettings(node, `${node.ready.gateway}/_aws/execute-api/${apiId}/${stage}`, credentials),
  );
}
