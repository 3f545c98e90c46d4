// Many connects at once, then as many closes.
import { closeMany, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow, sorted } from './window.ts';

/** Connect storm: opens `connections` sockets with `parallel` handshakes under way, then closes them. */
export async function storm(
  subject: Subject,
  options: { connections: number; parallel: number },
): Promise<Result> {
  const window = openWindow(subject.pid);
  const latencies: number[] = [];
  const sockets = await openMany(subject.target, options.connections, {
    parallel: options.parallel,
    onOpen: (milliseconds) => latencies.push(milliseconds),
  });
  const { seconds, cpuSeconds } = window();
  await closeMany(sockets);
  return { operations: sockets.length, seconds, cpuSeconds, latencies: sorted(latencies) };
}
