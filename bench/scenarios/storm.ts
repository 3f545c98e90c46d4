// Many connects at once, then as many closes.
import { sessionOf, type BenchSocket } from '../socket.ts';
import { closeAll, openMany } from './sockets.ts';
import type { Result, Stretch, Subject } from './subject.ts';
import { atRest, openWindow, sorted } from './window.ts';

/** How many, and how. */
export interface StormOptions {
  readonly connections: number;
  /** Handshakes under way at once. */
  readonly parallel: number;
  /** TLS goes on with an earlier session. */
  readonly resume?: boolean;
}

/** An operation is a 101. Rejects when a record is missing while all are open, or is left when all are closed. */
export async function storm(subject: Subject, options: StormOptions): Promise<Result> {
  const { target, pids } = subject;
  const session = options.resume === true ? await sessionOf(target) : undefined;
  await atRest(pids);
  const window = openWindow(pids);
  const latencies: number[] = [];
  const sockets = await openMany(target, options.connections, {
    parallel: options.parallel,
    onOpen: (milliseconds) => latencies.push(milliseconds),
    ...(session === undefined ? {} : { session }),
  });
  const stretch = window();
  await requireRecords(subject, options.connections);
  const closing = await closeStretch(subject, sockets);
  await requireRecords(subject, 0);
  return {
    operations: sockets.length,
    ...stretch,
    latencies: sorted(latencies),
    closing,
    resumed: sockets.filter(({ resumed }) => resumed).length,
  };
}

/** Time to the last close, CPU until the server is at rest: by then it has deleted its records. */
async function closeStretch({ pids }: Subject, sockets: readonly BenchSocket[]): Promise<Stretch> {
  const window = openWindow(pids);
  await closeAll(sockets);
  const { seconds, generatorCpuSeconds } = window();
  await atRest(pids);
  const { cpuSeconds } = window();
  return { operations: sockets.length, seconds, cpuSeconds, generatorCpuSeconds };
}

async function requireRecords({ pids, records }: Subject, wanted: number): Promise<void> {
  if (records === undefined) return;
  await atRest(pids);
  const count = await records();
  if (count !== wanted) throw new Error(`the directory has ${count} records, not ${wanted}`);
}
