// What sockets cost that do nothing.
import { treeUsage } from '../process.ts';
import { closeMany, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sleep } from './window.ts';

/** How many, for how long. */
export interface IdleOptions {
  readonly connections: number;
  readonly holdSeconds: number;
}

/** Resident bytes that the sockets add to the process tree, and what it holds with them. */
export async function idle(subject: Subject, options: IdleOptions): Promise<Result> {
  const { pids, target } = subject;
  const before = treeUsage(pids).residentBytes;
  const window = openWindow(pids);
  const sockets = await openMany(target, options.connections, { parallel: 64 });
  await sleep(options.holdSeconds * 1000);
  const residentInAllBytes = treeUsage(pids).residentBytes;
  const stretch = window();
  await closeMany(sockets);
  const memory = { residentBytes: residentInAllBytes - before, residentInAllBytes };
  return { operations: sockets.length, ...stretch, latencies: [], ...memory };
}
