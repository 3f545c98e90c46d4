// Rows of pushes: one POST for each recipient, on one node and by Redis to another.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '../generate.ts';
import type { Load } from '../generator.ts';
import type { WriteCounts } from '../servers/count-writes.ts';
import { startGateway } from '../servers/gateway.ts';
import { figure, markdown } from '../table.ts';
import { distance, ofRate } from '../target.ts';
import { comparison, MAIN_API, rateColumns, type Settings, type Suite } from './suite.ts';

const BARE = 'node:http + ws.send';
const CONNECTIONS = 200;
const POSTERS = 16;

/** All suites of pushes. */
export function pushSuites({ seconds, peers }: Settings): readonly Suite[] {
  const options = { connections: CONNECTIONS, posters: POSTERS, seconds };
  const load: Load = { scenario: 'fanOut', options };
  const framedOnce: Load = { scenario: 'fanOut', options: { ...options, framedOnce: true } };
  return [
    comparison({
      name: 'push',
      title: `Pushes: one @connections POST of 114 bytes per recipient, ${CONNECTIONS} connections, ${POSTERS} keep-alive posters`,
      columns: rateColumns('deliveries'),
      subjects: [
        { name: BARE, server: { kind: 'reference' }, load },
        {
          name: 'Postern, signatures checked',
          server: { kind: 'gateway' },
          load,
          targets: [ofRate(0.5, BARE), { measure: 'rate', bound: 'at least', value: 10_000 }],
        },
        {
          name: 'Postern, two nodes by Redis (CPU of both nodes)',
          server: { kind: 'cluster' },
          load,
        },
        ...(peers
          ? [
              {
                name: 'serverless-offline, unsigned',
                server: { kind: 'offline', inProcess: true } as const,
                load,
              },
            ]
          : []),
        {
          name: 'node:http + bare sockets, one POST for all, framed once',
          server: { kind: 'reference' },
          load: framedOnce,
        },
      ],
    }),
    WRITES,
  ];
}

const COUNTER = join(import.meta.dirname, '../servers/count-writes.ts');
const MESSAGES_EACH = 10;

/** Writes by turn of the loop, counted inside of the node; its speed says nothing meanwhile. */
const WRITES: Suite = {
  name: 'writes',
  title: `One handler pushes ${MESSAGES_EACH} messages to each of ${CONNECTIONS} connections by signed POSTs, 64 at once: writes to sockets by turn of the loop`,
  measure: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
    try {
      const file = join(folder, 'writes.json');
      const frames = await pushBy(file);
      return writesTable(frames, JSON.parse(readFileSync(file, 'utf8')) as WriteCounts);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** The frames that have arrived; the node leaves its counts in `file`. */
async function pushBy(file: string): Promise<number> {
  const server = await startGateway({ preload: [COUNTER], env: { BENCH_WRITES: file } });
  const options = { connections: CONNECTIONS, times: MESSAGES_EACH };
  try {
    const job = { kind: 'gateway', apiId: MAIN_API, scenario: 'pushed', options } as const;
    return (await generate(job, server)).operations;
  } finally {
    await server.stop();
  }
}

function writesTable(frames: number, { writes, turns, socketTurns, most }: WriteCounts): string {
  const once = { measure: 'rate', bound: 'at most', value: 1 } as const;
  const head = ['server', 'frames', 'writes', 'frames a write', 'frames a turn', 'sockets a turn'];
  return markdown(
    [...head, 'writes a socket a turn, mean', 'most', 'target'],
    [
      [
        'Postern',
        ...[frames, writes, frames / writes, frames / turns, socketTurns / turns].map(figure),
        ...[writes / socketTurns, most].map(figure),
        `≤ 1 write a socket a turn: ${figure(most)}, ${distance(once, most)}`,
      ],
    ],
  );
}
