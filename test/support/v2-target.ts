// What the conformance suite of API Gateway v2 talks to: handlers over memory behind a real listener, or (TARGET=node) a whole node.
import { type AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll } from 'vitest';
import { controlPlaneFront } from '#services/control-plane/front.ts';
import { openCredentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { ControlDesk, FUNCTION_URI } from './control-desk.ts';
import { startNode } from './node.ts';

/** Region of all requests. */
export const REGION = 'eu-west-1';

/** Where the suite's requests go. */
export class V2Target {
  #endpoint = '';
  #sdk: ApiGatewayV2 | undefined;
  #close: () => unknown = () => undefined;
  /** Certificate of the node's authority, for clients that need a file. */
  caFile: string | undefined;

  /** Address of the admin listener. */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** The official client, without retries. */
  get sdk(): ApiGatewayV2 {
    if (this.#sdk === undefined) throw new Error('the target is not open');
    return this.#sdk;
  }

  async open(): Promise<void> {
    if (process.env['TARGET'] === 'node') await this.#openNode();
    else await this.#openMemory();
  }

  async close(): Promise<void> {
    this.#sdk?.destroy();
    await this.#close();
  }

  async #openNode(): Promise<void> {
    const node = await startNode();
    this.#close = () => node.close();
    this.caFile = node.ready.ca;
    this.#connect(node.ready.admin, { requestHandler: { httpsAgent: node.agent } });
  }

  async #openMemory(): Promise<void> {
    const desk = new ControlDesk();
    const handlers = { v1: desk.v1, v2: desk.handlers };
    const front = controlPlaneFront(handlers, {
      limiter: new MemoryRateLimiter(new TestClock(0)),
      verifier: new SigV4Verifier(openCredentials()),
      accountId: '000000000000',
      limits: AWS_LIMITS,
      logger: silentLogger,
    });
    await front.load();
    const server = createServer((request, response) => {
      if (front.claims(request)) front.handle(request, response);
      else response.writeHead(599).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#close = () => {
      server.close();
      server.closeAllConnections();
    };
    this.#connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
  }

  #connect(endpoint: string, more: object): void {
    this.#endpoint = endpoint;
    this.#sdk = new ApiGatewayV2({
      endpoint,
      region: REGION,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
      ...more,
    });
  }
}

/** A target for the tests of one file, closed after them. */
export function useV2Target(): V2Target {
  const target = new V2Target();
  beforeAll(() => target.open());
  afterAll(() => target.close());
  return target;
}

/** A WebSocket api on a target; answers its id. */
export async function webSocketApi({ sdk }: V2Target, more: object = {}): Promise<string> {
  const { ApiId } = await sdk.createApi({
    Name: 'chat',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
    ...more,
  });
  return String(ApiId);
}

/** A route with a Lambda integration on a target; answers both ids. */
export async function lambdaRoute(
  { sdk }: V2Target,
  ApiId: string,
  RouteKey: string,
): Promise<{ RouteId: string; IntegrationId: string }> {
  const { IntegrationId } = await sdk.createIntegration({
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: FUNCTION_URI,
  });
  const Target = `integrations/${IntegrationId}`;
  const { RouteId } = await sdk.createRoute({ ApiId, RouteKey, Target });
  return { RouteId: String(RouteId), IntegrationId: String(IntegrationId) };
}
