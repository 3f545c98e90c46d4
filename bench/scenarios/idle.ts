// What sockets cost that do nothing.
import { treeUsage } from '../process.ts';
import { closeMany, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sleep } from './window.ts';

/** Memory: resident bytes that `connections` idle sockets add. */
export async function idle(
  subject: Subject,
  options: { connections: number; holdSeconds: number },
): Promise<Result> {
  const before = treeUsage(subject.pid).residentBytes;
  const window = openWindow(subject.pid);
  const sockets = await openMany(subject.target, options.connections, { parallel: 64 });
  await sleep(options.holdSeconds * 1000);
  const residentBytes = treeUsage(subject.pid).residentBytes - before;
  const { seconds, cpuSeconds } = window();
  await closeMany(sockets);
  return { operations: sockets.length, seconds, cpuSeconds, latencies: [], residentBytes };
}
