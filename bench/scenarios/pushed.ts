// One handler that pushes to many sockets.
import { textFrame } from '../frames.ts';
import { openSocket } from '../socket.ts';
import { closeMany, connectionIdOf, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sleep } from './window.ts';

/** Who gets how many. */
export interface PushedOptions {
  readonly connections: number;
  /** Messages for each connection. */
  readonly times: number;
}

const LONGEST_MS = 30_000;

/** An operation is a message that has arrived. Tells the server by SIGUSR2 when counting is to begin and to end. */
export async function pushed(subject: Subject, options: PushedOptions): Promise<Result> {
  const { target, pids, pushPort } = subject;
  const sockets = await openMany(target, options.connections);
  const ids = await Promise.all(sockets.map(connectionIdOf));
  const asker = await openSocket(target);
  const url = `http://127.0.0.1:${pushPort}${target.path}`;
  const round = async (times: number): Promise<void> => {
    const all = arrivals(sockets, ids.length * times);
    asker.raw.write(textFrame(JSON.stringify({ action: 'push', url, ids, times })));
    await all;
  };
  await round(1);
  await signal(pids);
  const window = openWindow(pids);
  await round(options.times);
  const stretch = window();
  await signal(pids);
  await closeMany([...sockets, asker]);
  return { operations: ids.length * options.times, ...stretch, latencies: [] };
}

/** Signals, and lets the server hear it. */
async function signal(pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  await sleep(100);
}

/** Resolves when `wanted` messages have arrived on all sockets together. */
function arrivals(
  sockets: readonly { onMessage: (payload: Buffer) => void }[],
  wanted: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let arrived = 0;
  const timer = setTimeout(() => reject(new Error(`${arrived} of ${wanted} arrived`)), LONGEST_MS);
  for (const socket of sockets) {
    socket.onMessage = () => {
      if (++arrived === wanted) resolve();
    };
  }
  return promise.finally(() => clearTimeout(timer));
}
