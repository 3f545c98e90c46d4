// The DISCONNECT event of every way in which a connection ends, made by real sockets, byte for byte from test/golden/events/endings.
import { afterEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { NodeBroadcaster } from '#services/broadcaster/broadcaster.ts';
import { MemoryBus, MemoryHub } from '#shared/bus/memory.ts';
import { WEBSOCKET_EVENTS } from '#shared/integration/lambda-event/websocket.ts';
import type { Authorizer } from '#shared/model/authorizer.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { closed, opened, until } from '../../support/client.ts';
import { ok } from '../../support/fake-stage.ts';
import { goldenCases } from '../../support/golden.ts';
import { NOW, startSocketNode, type SocketNode } from '../../support/socket-node.ts';

let node: SocketNode;
let client: WebSocket;
afterEach(() => node.close());

const guard: Authorizer = {
  type: 'lambda',
  identity: () => 'known',
  admit: async () => ({ authorizer: { principalId: 'u-481', tier: 'gold' } }),
};

/** A node with one connection behind an authorizer; `events` gets the text of its DISCONNECT. */
async function start(events: string[], nodeId = 'AAAA'): Promise<void> {
  node = await startSocketNode({
    nodeId,
    routes: {
      $connect: { run: ok(), authorizationType: 'CUSTOM', authorizer: guard },
      $disconnect: (exchange) => (events.push(WEBSOCKET_EVENTS.DISCONNECT(exchange)), {}),
      $default: ok(),
    },
  });
  client = node.client({ headers: { 'user-agent': 'duel-client/2.4' } });
  await opened(client);
}

const idOf = (): string => [...node.service.connections][0]?.id ?? '';

async function deletedByBackend(): Promise<void> {
  const bus = new MemoryBus(new MemoryHub(), silentLogger);
  const { hub } = node.service;
  const broadcaster = new NodeBroadcaster({ nodeId: 'AAAA', hub, bus, limits: node.limits });
  await broadcaster.disconnect(idOf());
  await bus.close();
}

/** Busy all the time, and two hours old. */
function grownOld(): void {
  const [socket] = node.service.connections;
  for (let minutes = 0; minutes < 120; minutes += 8) {
    socket?.send(Buffer.from('still here'));
    node.clock.advance(8 * 60_000);
  }
}

/** A record that another node has left, with what it knew of its connection. */
async function takenOver(): Promise<void> {
  client.close(1000);
  await closed(client);
  await node.store.put({
    id: 'BBBB00000000000=',
    nodeId: 'BBBB',
    apiId: 'abcdefghij',
    stageName: 'prod',
    region: 'us-east-1',
    accountId: '000000000000',
    connectedAt: NOW - 60_000,
    sourceIp: '192.0.2.1',
    userAgent: 'duel-client/2.4',
    domainName: 'chat.example.com',
    authorizer: { principalId: 'u-7' },
    identity: { apiKey: 'the-key', apiKeyId: 'k1' },
    expiresAt: NOW / 1000 + 1,
  });
  await node.service.recover(['BBBB']);
}

/** What ends the connection, by the name of its golden case. */
const ENDINGS: Readonly<Record<string, () => unknown>> = {
  'the client closes without a code': () => client.close(),
  'the client closes with 1000 and no reason': () => client.close(1000),
  'a browser leaves the page': () => client.close(1001),
  'the client closes with a code and reason of its own': () => client.close(4321, 'say "bye" ✓'),
  'the client sends a binary message': () => client.send(Buffer.from([1])),
  'the client sends a frame over 32 KB': () => client.send('a'.repeat(32_769)),
  'ten minutes without a message': () => node.clock.advance(601_000),
  'two hours': grownOld,
  'the TCP connection is lost': () => client.terminate(),
  'the back end deletes the connection': deletedByBackend,
  'the stage is deleted': () => node.stages.delete('abcdefghij', 'prod'),
  'the node stops': () => node.service.stop('test'),
  'another node has died': takenOver,
};

const cases = goldenCases('events/endings');

test.each(cases)('$name', async ({ name, sections: [expected = ''] }) => {
  const events: string[] = [];
  await start(events);
  const id = idOf();
  await ENDINGS[name.replace(/^websocket: /, '')]?.();
  await until(() => events.length > 0);
  const text = events.at(-1) ?? '';
  const { requestId } = (JSON.parse(text) as { requestContext: { requestId: string } })
    .requestContext;
  expect(requestId).toMatch(/^[A-Za-z0-9_-]{15}=$/);
  const plain = text.replaceAll(requestId, '<request>').replaceAll(id, '<connection>');
  expect(plain).toBe(expected.replaceAll('\n', ''));
});

test('every ending has its case', () => {
  expect(cases.map(({ name }) => name.replace(/^websocket: /, '')).sort()).toEqual(
    Object.keys(ENDINGS).sort(),
  );
});
