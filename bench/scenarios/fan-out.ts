// Pushes by POST to @connections, one for each recipient.
import { post } from '../poster.ts';
import { closeMany, connectionIdOf, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow } from './window.ts';

const FILL = 'x'.repeat(80);

/**
 * Fan-out: one POST per recipient, or with `framedOnce` one for all, by `posters` keep-alive clients; an operation is a
 * message that arrived.
 */
export async function fanOut(
  subject: Subject,
  options: { connections: number; posters: number; seconds: number; framedOnce?: boolean },
): Promise<Result> {
  const { pushRequest } = subject;
  if (pushRequest === undefined) throw new Error('this server takes no pushes');
  const sockets = await openMany(subject.target, options.connections);
  const ids = options.framedOnce === true ? ['*'] : await Promise.all(sockets.map(connectionIdOf));
  const body = Buffer.from(JSON.stringify({ action: 'push', data: FILL }));
  const requests = await Promise.all(ids.map((id) => pushRequest(id, body)));
  let arrived = 0;
  for (const socket of sockets) socket.onMessage = () => void arrived++;
  const window = openWindow(subject.pid);
  const until = performance.now() + options.seconds * 1000;
  let at = 0;
  const next = (): Buffer | undefined =>
    performance.now() < until ? requests[at++ % requests.length] : undefined;
  const answers = await Promise.all(
    Array.from({ length: options.posters }, () => post(subject.target.port, next)),
  );
  const { seconds, cpuSeconds } = window();
  for (const statuses of answers) {
    for (const [status, times] of statuses) {
      if (status !== 200) throw new Error(`${times} pushes were answered ${status}`);
    }
  }
  await closeMany(sockets);
  return { operations: arrived, seconds, cpuSeconds, latencies: [] };
}
