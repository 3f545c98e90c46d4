// A keep-alive HTTP/1.1 client on a bare socket that sends prebuilt POSTs one after another and counts the answers.
import { connect } from 'node:net';

/** Sends requests until `next` gives none. Resolves with how often each status was answered. */
export function post(
  port: number,
  next: () => Buffer | undefined,
): Promise<ReadonlyMap<number, number>> {
  return new Promise((resolve, reject) => {
    const statuses = new Map<number, number>();
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let pending: Buffer = Buffer.alloc(0);
    const send = (): void => {
      const request = next();
      if (request === undefined) socket.end();
      else socket.write(request);
    };
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      const end = pending.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = pending.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < end + 4 + length) return;
      pending = pending.subarray(end + 4 + length);
      const status = Number(head.slice(9, 12));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      send();
    });
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => resolve(statuses));
  });
}
