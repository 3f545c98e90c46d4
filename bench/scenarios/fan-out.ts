// Pushes by POST to @connections, one for each recipient.
import { post } from '../poster.ts';
import { closeMany, connectionIdOf, openMany } from './sockets.ts';
import type { Result, Subject } from './subject.ts';
import { openWindow } from './window.ts';

/** Who gets how much by whom. */
export interface FanOutOptions {
  readonly connections: number;
  /** Keep-alive clients, each with one POST on its way. */
  readonly posters: number;
  readonly seconds: number;
  /** One POST for all: the reference has that as the connection `*`. */
  readonly framedOnce?: boolean;
}

const BODY = Buffer.from(JSON.stringify({ action: 'push', data: 'x'.repeat(88) }));

/** An operation is a message that has arrived. Rejects when a POST is not answered 2xx. */
export async function fanOut(subject: Subject, options: FanOutOptions): Promise<Result> {
  const { pushRequest } = subject;
  if (pushRequest === undefined) throw new Error('this server takes no pushes');
  const sockets = await openMany(subject.target, options.connections);
  const ids = options.framedOnce === true ? ['*'] : await Promise.all(sockets.map(connectionIdOf));
  const requests = await Promise.all(ids.map((id) => pushRequest(id, BODY)));
  let arrived = 0;
  for (const socket of sockets) socket.onMessage = () => void arrived++;
  const window = openWindow(subject.pids);
  const until = performance.now() + options.seconds * 1000;
  let at = 0;
  const next = (): Buffer | undefined =>
    performance.now() < until ? requests[at++ % requests.length] : undefined;
  const answers = await Promise.all(
    Array.from({ length: options.posters }, () => post(subject.pushPort, next)),
  );
  const stretch = window();
  answers.forEach(requireOk);
  await closeMany(sockets);
  return { operations: arrived, ...stretch, latencies: [] };
}

function requireOk(statuses: ReadonlyMap<number, number>): void {
  for (const [status, times] of statuses) {
    if (status < 200 || status > 299) throw new Error(`${times} pushes were answered ${status}`);
  }
}
