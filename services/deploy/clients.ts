// The AWS clients with which a template is deployed: everything goes through a node's admin endpoint, as from any SDK user.
import type { AccessKeys } from '#shared/model/access-keys.ts';
import { Agent } from 'node:https';
import type { ACM } from '@aws-sdk/client-acm';
import type { APIGateway } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { Lambda } from '@aws-sdk/client-lambda';

export type * as acm from '@aws-sdk/client-acm';
export type * as rest from '@aws-sdk/client-api-gateway';
export type * as gateway from '@aws-sdk/client-apigatewayv2';
export type * as dynamo from '@aws-sdk/client-dynamodb';
export type * as lambda from '@aws-sdk/client-lambda';

/** A node's admin endpoint and how to speak to it. */
export interface AdminEndpoint {
  /** `https://localhost:8444` */
  readonly url: string;
  /** PEM of the CA that signed the endpoint's certificate; absent: the system's. */
  readonly ca?: string;
  readonly region: string;
  readonly credentials: AccessKeys;
}

/** The services that resources are made with. */
export interface DeployClients {
  readonly gateway: ApiGatewayV2;
  /** API Gateway v1, for API keys and usage plans; loaded when first asked for, as few templates have them. */
  rest(): Promise<APIGateway>;
  /** Certificate Manager; loaded when first asked for, too. */
  certificates(): Promise<ACM>;
  readonly lambda: Lambda;
  readonly dynamodb: DynamoDB;
  /** Closes their sockets. */
  destroy(): void;
}

/** Clients of `endpoint`. */
export function createClients({ url, ca, region, credentials }: AdminEndpoint): DeployClients {
  const httpsAgent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
  const settings = { endpoint: url, region, credentials, requestHandler: { httpsAgent } };
  let v1: Promise<APIGateway> | undefined;
  const rest = async (): Promise<APIGateway> => {
    const { APIGateway: Client } = await import('@aws-sdk/client-api-gateway');
    return new Client(settings);
  };
  let acm: Promise<ACM> | undefined;
  const certificates = async (): Promise<ACM> => {
    const { ACM: Client } = await import('@aws-sdk/client-acm');
    return new Client(settings);
  };
  const gateway = new ApiGatewayV2(settings);
  const lambda = new Lambda(settings);
  const dynamodb = new DynamoDB(settings);
  return {
    gateway,
    rest: () => (v1 ??= rest()),
    certificates: () => (acm ??= certificates()),
    lambda,
    dynamodb,
    // The others have no sockets of their own: the agent has them.
    destroy: () => [gateway, lambda, dynamodb, httpsAgent].forEach((client) => client.destroy()),
  };
}
