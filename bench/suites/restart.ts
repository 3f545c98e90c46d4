// The row of a node that is killed with open sockets: how soon its successor is ready, and has settled what was left.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { treeUsage } from '../process.ts';
import { countRecords } from '../records.ts';
import { openMany } from '../scenarios/sockets.ts';
import { atRest, sleep } from '../scenarios/window.ts';
import { startGateway } from '../servers/gateway.ts';
import type { Server } from '../servers/running.ts';
import { gatewaySubject } from '../subjects.ts';
import { figure, markdown, median } from '../table.ts';
import { MAIN_API, type Settings, type Suite } from './suite.ts';

const CONNECTIONS = 1000;
const LOOK_MS = 50;
const LONGEST_MS = 30_000;

/** What one kill has cost. */
interface Restart {
  /** From spawn to ready, with nothing left by anybody. */
  readonly cleanMs: number;
  /** From spawn to ready, with the records of the killed node there. */
  readonly readyMs: number;
  /** From ready until those are gone. */
  readonly settledMs: number;
  /** Of the successor, from its spawn until it was at rest. */
  readonly cpuSeconds: number;
}

/** `kill -9` with open sockets, then a start on the same folder. */
export const RESTART: Suite = {
  name: 'restart',
  title: `Killed by SIGKILL with ${CONNECTIONS} open sockets, started again on the same data`,
  measure: async (_servers, settings) => restartTable(await rounds(settings)),
};

async function rounds(settings: Settings): Promise<readonly Restart[]> {
  const restarts: Restart[] = [];
  for (let round = 0; round < settings.rounds; round++) restarts.push(await restart());
  return restarts;
}

async function restart(): Promise<Restart> {
  const data = mkdtempSync(join(tmpdir(), 'postern-bench-'));
  try {
    await (await startGateway({ data })).stop();
    const first = await startGateway({ data });
    await killWithSockets(first);
    const second = await startGateway({ data });
    const settledMs = await settled(second);
    await atRest(second.pids);
    const { cpuSeconds } = treeUsage(second.pids);
    await second.stop();
    return { cleanMs: first.readyMs, readyMs: second.readyMs, settledMs, cpuSeconds };
  } finally {
    rmSync(data, { recursive: true });
  }
}

async function killWithSockets(server: Server): Promise<void> {
  const { target } = gatewaySubject(server, false, MAIN_API);
  const sockets = await openMany(target, CONNECTIONS);
  // The node's end is theirs.
  for (const { raw } of sockets) raw.on('error', () => raw.destroy());
  const count = await recordsOf(server);
  await server.kill();
  if (count !== CONNECTIONS) throw new Error(`the directory has ${count} records`);
}

/** Looks again and again: each look costs the node a little. */
async function settled(server: Server): Promise<number> {
  const since = performance.now();
  while (performance.now() - since < LONGEST_MS) {
    if ((await recordsOf(server)) === 0) return performance.now() - since;
    await sleep(LOOK_MS);
  }
  throw new Error(`there are records left ${LONGEST_MS / 1000} s after the start`);
}

function recordsOf({ admin = '', ca = '' }: Server): Promise<number> {
  return countRecords(admin, ca);
}

function restartTable(restarts: readonly Restart[]): string {
  const cell = (measure: keyof Restart): string =>
    figure(median(restarts.map((one) => one[measure])));
  return markdown(
    [
      'server',
      'ready ms, clean',
      'ready ms, after the kill',
      'records gone, ms after ready',
      'CPU s in all',
      'rounds',
    ],
    [
      [
        'Postern',
        ...(['cleanMs', 'readyMs', 'settledMs', 'cpuSeconds'] as const).map(cell),
        String(restarts.length),
      ],
    ],
  );
}
