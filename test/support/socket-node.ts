// The connection service and the router behind a plain HTTP server on a free port, with fakes for stage and store.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import { ConnectionService } from '#services/connection/connection-service.ts';
import { Router } from '#services/router/router.ts';
import type { Exchange } from '#shared/model/exchange.ts';
import { AWS_LIMITS, type Limits } from '#shared/model/limits.ts';
import type { Front } from '#shared/model/services.ts';
import type { StageMatch, WebSocketStage } from '#shared/model/stage.ts';
import type { ApiKeyGate } from '#shared/model/usage.ts';
import { TestClock } from '#shared/runtime/clock.ts';
import { Logger, type LogLine } from '#shared/runtime/logger.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { fakeKeys } from './api-keys.ts';
import { FakeConnectionStore } from './fake-connection-store.ts';
import { FakeStages, fakeStage, type FakeRoutes } from './fake-stage.ts';

/** 24 November 2026, 12:00 UTC. */
export const NOW = Date.UTC(2026, 10, 24, 12);

/** A running node of sockets. */
export interface SocketNode {
  readonly service: ConnectionService;
  readonly router: Router;
  readonly store: FakeConnectionStore;
  readonly stages: FakeStages;
  readonly clock: TestClock;
  readonly limits: Limits;
  readonly logs: readonly LogLine[];
  /** DISCONNECT events that the stage's `$disconnect` route got, in order. */
  readonly disconnects: readonly Exchange[];
  readonly port: number;
  /** `ws://localhost:{port}/prod`. */
  readonly url: string;
  /** What comes to `/prod/@connections…` goes to it once it is set. */
  management: Front | undefined;
  client(options?: ClientOptions, protocols?: string[]): WebSocket;
  close(): Promise<void>;
}

/** What may differ from one node to the next. */
export interface SocketNodeOptions {
  readonly routes?: FakeRoutes;
  readonly limits?: Partial<Limits>;
  readonly deflate?: boolean;
  readonly nodeId?: string;
  /** Absent: no key is good. */
  readonly apiKeys?: ApiKeyGate;
}

export async function startSocketNode(options: SocketNodeOptions = {}): Promise<SocketNode> {
  const clock = new TestClock(NOW);
  const store = new FakeConnectionStore();
  const stages = new FakeStages();
  const logs: LogLine[] = [];
  const disconnects: Exchange[] = [];
  const logger = new Logger((line) => logs.push(line), 'test', 'debug');
  const limits = { ...AWS_LIMITS, ...options.limits };
  stages.put(
    fakeStage({
      $disconnect: (exchange) => {
        disconnects.push(exchange);
        return {};
      },
      ...options.routes,
    }),
  );
  const limiter = new MemoryRateLimiter(clock);
  const apiKeys = options.apiKeys ?? fakeKeys();
  const router = new Router({ clock, limits, limiter, apiKeys, logger });
  const service = new ConnectionService({
    nodeId: options.nodeId ?? 'AAAA',
    router,
    store,
    stages,
    clock,
    limits,
    logger,
    deflate: options.deflate ?? false,
  });
  await service.start();
  const server = createServer();
  const match = (request: IncomingMessage): StageMatch => {
    const [, name = '', ...rest] = (request.url ?? '/').split('?')[0]?.split('/') ?? [];
    const stage = stages.get('abcdefghij', name) as WebSocketStage;
    return { stage, path: rest.length > 0 ? `/${rest.join('/')}` : '', domainName: 'api.test' };
  };
  const node: SocketNode = {
    service,
    router,
    store,
    stages,
    clock,
    limits,
    logs,
    disconnects,
    port: 0,
    url: '',
    management: undefined,
    client: (clientOptions = {}, protocols = []) =>
      new WebSocket(node.url, protocols, { perMessageDeflate: false, ...clientOptions }),
    close: () => stop(server, service),
  };
  server.on('request', (request, response) => {
    const managed = /^\/prod\/{1,2}(@|%40)connections(\/|$)/i.test(request.url ?? '');
    const front = managed ? node.management : undefined;
    (front ?? service).handle(request, response, match(request));
  });
  server.on('upgrade', (request, socket, head) => {
    service.upgrade(request, socket, head, match(request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(node, { port, url: `ws://127.0.0.1:${port}/prod` });
}

async function stop(server: Server, service: ConnectionService): Promise<void> {
  for (const socket of service.connections) socket.terminate();
  await service.stop('test over');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
