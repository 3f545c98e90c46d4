// Idle sockets: what each holds, and what so many of them cost the messages of a hundred others.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMicros } from '../outcome.ts';
import { treeUsage } from '../process.ts';
import { closeMany, openMany } from '../scenarios/sockets.ts';
import type { Server } from '../servers/running.ts';
import { Figures, type Curve, type CurveOptions } from './curve.ts';
import { drive, SUBJECTS, type CurveSubject } from './subjects.ts';

/** Up to what 20,000 open files, a usual bound, leave room for. */
const NUMBERS = [1000, 2000, 4000, 8000, 16_000] as const;
const HOLD_MS = 4000;
const PARALLEL = 64;

/** Memory and CPU by the number of sockets; every point has a server of its own. */
export async function socketCurves(options: CurveOptions): Promise<readonly Curve[]> {
  const memory = new Figures();
  const cpu = new Figures();
  const numbers = options.short ? NUMBERS.slice(0, 2) : NUMBERS;
  for (let round = 0; round < options.rounds; round++) {
    for (const count of numbers) {
      for (const subject of SUBJECTS) {
        const server = await subject.start();
        try {
          const point = await measure(subject, server, { count, seconds: options.seconds });
          memory.add(subject.name, count, point.kilobytes);
          cpu.add(subject.name, count, point.cpu);
        } finally {
          await server.stop();
        }
      }
    }
  }
  const shared = { x: 'idle sockets', unit: 'count', log: false } as const;
  return [
    {
      ...{ name: 'sockets-memory', ...shared, series: memory.series },
      title: 'Memory of an idle socket',
      y: 'resident KB per socket',
    },
    {
      ...{ name: 'sockets-cpu', ...shared, series: cpu.series },
      title: 'Echo on 100 sockets beside idle ones, 1 in flight',
      y: 'CPU µs per message',
    },
  ];
}

async function measure(
  subject: CurveSubject,
  server: Server,
  { count, seconds }: { readonly count: number; readonly seconds: number },
): Promise<{ kilobytes: number; cpu: number }> {
  const before = treeUsage(server.pids).residentBytes;
  const target = { host: '127.0.0.1', port: server.port, path: subject.path, tls: false };
  const sockets = await openMany(target, count, { parallel: PARALLEL });
  await sleep(HOLD_MS);
  const added = treeUsage(server.pids).residentBytes - before;
  const echo = { action: 'mock', connections: 100, inFlight: 1, seconds };
  const result = await drive(subject, server, { scenario: 'echo', options: echo });
  await closeMany(sockets);
  return { kilobytes: added / count / 1024, cpu: cpuMicros(result) };
}
