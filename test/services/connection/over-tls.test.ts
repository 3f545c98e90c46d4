// The whole path through the real gateway listener over TLS: handshake, messages, pushes by the official client, bounds.
import { Agent } from 'node:https';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { NodeBroadcaster } from '#services/broadcaster/broadcaster.ts';
import { ManagementFront } from '#services/broadcaster/management-front.ts';
import { Credentials } from '#shared/aws-api/credentials.ts';
import { SigV4Verifier } from '#shared/aws-api/sigv4.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import type { StageSource } from '#shared/model/stage.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { parseAddress } from '#shared/stage/address.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { closed, nextMessage, opened, until } from '../../support/client.ts';
import { startGateway, type RunningGateway } from '../../support/edge-gateway.ts';
import { startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
let running: RunningGateway;
let sdk: ApiGatewayManagementApiClient;
let client: WebSocket;
let id: string;

const ROOT = '/_aws/execute-api/abcdefghij/prod';

beforeEach(async () => {
  node = await startSocketNode({
    routes: { $default: ({ request }) => ({ body: request.body.bytes }) },
  });
  const stages: StageSource = {
    get: (apiId, name) => node.stages.get(apiId, name),
    onDeleted: () => undefined,
    resolve: (host, path) => {
      const address = parseAddress(host, path);
      const stage = node.stages.get(address?.apiId ?? '', address?.stageName ?? '');
      if (stage === undefined || address === undefined) return undefined;
      return { stage, path: address.rest, domainName: host };
    },
  };
  const principal = { name: 'dev', accessKeyId: 'AKIAEXAMPLE' };
  const credential = { ...principal, secretAccessKey: 'secret', principal };
  running = await startGateway({
    stages,
    fronts: { WEBSOCKET: node.service },
    management: new ManagementFront({
      broadcaster: new NodeBroadcaster({
        nodeId: 'AAAA',
        hub: node.service.hub,
        bus: new MemoryBus(new MemoryHub(), silentLogger),
        limits: node.limits,
      }),
      verifier: new SigV4Verifier(new Credentials([credential], { open: false })),
      limits: node.limits,
      limiter: new MemoryRateLimiter(node.clock),
      logger: silentLogger,
    }),
  });
  const { cert: ca } = running.authority;
  client = new WebSocket(`${running.gateway.url.replace('https', 'wss')}${ROOT}?room=1`, { ca });
  await opened(client);
  id = [...node.service.connections][0]?.id ?? '';
  sdk = new ApiGatewayManagementApiClient({
    endpoint: `${running.gateway.url}${ROOT}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca }) },
  });
});

afterEach(async () => {
  sdk.destroy();
  await node.close();
  await running.stop();
});

test('messages, pushes, description and the end', async () => {
  client.send('hello');
  expect(await nextMessage(client)).toBe('hello');
  const pushed = nextMessage(client);
  await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'pushed ✓' }));
  expect(await pushed).toBe('pushed ✓');
  const described = await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
  expect(described.Identity?.SourceIp).toBe('127.0.0.1');
  const end = closed(client);
  await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
  expect(await end).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
  await until(() => node.disconnects.length === 1 && node.store.records.size === 0);
});

test('large and many messages come back whole and in order', async () => {
  const got: string[] = [];
  client.on('message', (data: Buffer) => got.push(data.toString()));
  const sent = Array.from({ length: 500 }, (_, at) => `${at}:${'x'.repeat((at * 61) % 30_000)}`);
  for (const text of sent) client.send(text);
  await until(() => got.length === sent.length);
  expect(got).toEqual(sent);
  const large = nextMessage(client);
  const data = 'é'.repeat(65_536);
  await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: data }));
  expect(await large).toBe(data);
});

test('a client that does not read gets its poster LimitExceededException', async () => {
  client.pause();
  const data = 'x'.repeat(131_072);
  let refused: unknown;
  while (refused === undefined) {
    await sdk
      .send(new PostToConnectionCommand({ ConnectionId: id, Data: data }))
      .catch((error: unknown) => (refused = error));
  }
  expect(refused).toMatchObject({ name: 'LimitExceededException' });
  node.clock.advance(12_000);
  await expect(sdk.send(new GetConnectionCommand({ ConnectionId: id }))).rejects.toMatchObject({
    name: 'GoneException',
  });
});
