// Cost of an echoed message in the whole gateway above the system calls, beside a bare `ws` that echoes: `node bench/micro/echo.ts`.
import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ConnectionService } from '#services/connection/connection-service.ts';
import { Router } from '#services/router/router.ts';
import { AWS_LIMITS } from '#shared/model/limits.ts';
import type { WebSocketStage } from '#shared/model/stage.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLogger } from '#shared/runtime/logger.ts';
import { Traffic } from '#shared/runtime/traffic.ts';
import { compileStage } from '#shared/stage/compile.ts';
import { MemoryRateLimiter } from '#shared/throttle/memory.ts';
import { FakeConnectionStore } from '../../test/support/fake-connection-store.ts';
import { FakeStages } from '../../test/support/fake-stage.ts';
import {
  testIntegration,
  testLiveStage,
  testRouteRecord,
  testSnapshot,
  testStageDeps,
} from '../../test/support/snapshot.ts';
import { textFrame } from '../frames.ts';

const SOCKETS = 50;
const LONGEST_OPENING_TURNS = 100;
const ROUNDS = 8;
const MESSAGES = 400_000;
const LIMITS = { ...AWS_LIMITS, requestsPerSecond: 1e9, requestBurst: 1e9 };

/** A socket of no network: what is pushed comes from the client, what is written counts as sent. */
class Wire extends Duplex {
  written = 0;

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    return undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.length;
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.written += chunk.length;
    done();
  }
}

const HEADERS = {
  upgrade: 'websocket',
  connection: 'upgrade',
  'sec-websocket-key': 'mJx2l0c4m1Nn6Qe1r7bq0A==',
  'sec-websocket-version': '13',
};

function upgradeRequest(wire: Wire): IncomingMessage {
  const line = { method: 'GET', url: '/test', httpVersion: '1.1' };
  const parts = { ...line, headers: HEADERS, rawHeaders: [], socket: wire };
  return parts as unknown as IncomingMessage;
}

function stage(): WebSocketStage {
  const mock = { TemplateSelectionExpression: '\\$default' };
  const snapshot = testSnapshot({
    routes: [testRouteRecord('mock', { RouteResponseSelectionExpression: '$default' })],
    routeResponses: [
      { RouteId: 'route-mock', RouteResponseId: 'rr', RouteResponseKey: '$default' },
    ],
    integrations: [
      testIntegration({
        ...mock,
        IntegrationType: 'MOCK',
        RequestTemplates: { $default: '{"statusCode":200}' },
      }),
    ],
    integrationResponses: [
      {
        ...mock,
        IntegrationId: 'int1',
        IntegrationResponseId: 'r',
        IntegrationResponseKey: '$default',
        ResponseTemplates: { $default: '$input.body' },
      },
    ],
  });
  const deps = testStageDeps({ limits: LIMITS, traffic: new Traffic() });
  return compileStage(testLiveStage(), snapshot, deps) as WebSocketStage;
}

async function gatewayWires(): Promise<Wire[]> {
  const stages = new FakeStages();
  const served = stage();
  stages.put(served);
  const shared = { clock: systemClock, limits: LIMITS, logger: silentLogger };
  const apiKeys = { admit: () => Promise.reject(new Error('nobody brings a key')) };
  const limiter = new MemoryRateLimiter(systemClock);
  const router = new Router({ ...shared, apiKeys, limiter });
  const store = new FakeConnectionStore();
  const service = new ConnectionService({ ...shared, nodeId: 'AAAA', router, store, stages });
  const match = { stage: served, path: '', domainName: 'api.test' };
  const wires = Array.from({ length: SOCKETS }, () => new Wire());
  for (const wire of wires) service.upgrade(upgradeRequest(wire), wire, Buffer.alloc(0), match);
  for (let turns = 0; turns < LONGEST_OPENING_TURNS; turns++) await turn();
  if (service.hub.size < SOCKETS) throw new Error('not all handshakes were accepted');
  return wires;
}

function wsWires(): Wire[] {
  const server = new WebSocketServer({ noServer: true, clientTracking: false });
  const wires = Array.from({ length: SOCKETS }, () => new Wire());
  for (const wire of wires) {
    server.handleUpgrade(upgradeRequest(wire), wire, Buffer.alloc(0), (socket) => {
      socket.on('message', (data: Buffer) => {
        JSON.parse(data.toString());
        socket.send(data, { binary: false });
      });
    });
  }
  return wires;
}

const FRAME = textFrame(JSON.stringify({ action: 'mock', data: 'x'.repeat(80) }));

/** CPU ns a message, `inFlight` of them in each chunk that is read. */
async function round(wires: readonly Wire[], inFlight: number): Promise<number> {
  const before = wires.reduce((sum, { written }) => sum + written, 0);
  const turns = Math.ceil(MESSAGES / SOCKETS / inFlight);
  const chunk = Buffer.concat(Array<Buffer>(inFlight).fill(FRAME));
  const start = process.cpuUsage();
  for (let n = 0; n < turns; n++) {
    for (const wire of wires) wire.push(Buffer.from(chunk));
    await turn();
  }
  const { user, system } = process.cpuUsage(start);
  const answered = wires.reduce((sum, { written }) => sum + written, 0) - before;
  const messages = turns * SOCKETS * inFlight;
  if (answered !== messages * (FRAME.length - 4))
    throw new Error(`${answered} bytes were answered`);
  return ((user + system) / messages) * 1000;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const subjects = [
  ['ws', wsWires()],
  ['Postern, MOCK', await gatewayWires()],
] as const;
const best = new Map<string, number>();
for (let n = 0; n < ROUNDS; n++) {
  for (const inFlight of [1, 16]) {
    for (const [name, wires] of subjects) {
      const key = `${name} | ${inFlight}`;
      best.set(key, Math.min(best.get(key) ?? Infinity, await round(wires, inFlight)));
    }
  }
}
console.log('| subject | messages a chunk | CPU ns a message, best |\n|---|---:|---:|');
for (const [key, ns] of best) console.log(`| ${key} | ${ns.toFixed(0)} |`);
process.exit(0);
