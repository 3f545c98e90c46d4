// Many sockets at once: opened with so many handshakes under way, closed cleanly.
import { CLOSE_FRAME, openSocket, textFrame, type BenchSocket, type Target } from '../socket.ts';
import { sleep } from './window.ts';

/** Opens `count` sockets; `parallel` is 16 unless told. `onOpen` gets each one's time in milliseconds. */
export async function openMany(
  target: Target,
  count: number,
  options: { parallel?: number; onOpen?: (milliseconds: number) => void } = {},
): Promise<BenchSocket[]> {
  const sockets: BenchSocket[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++;
      const from = performance.now();
      sockets.push(await openSocket(target));
      options.onOpen?.(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 16 }, worker));
  return sockets;
}

/** Closes cleanly and waits, so that the next run meets a server at rest. */
export async function closeMany(sockets: readonly BenchSocket[]): Promise<void> {
  const closed = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.onClose = resolve;
        socket.raw.write(CLOSE_FRAME);
        setTimeout(() => socket.raw.destroy(), 5000).unref();
      }),
  );
  await Promise.all(closed);
  await sleep(300);
}

/** The id that the server has for `socket`: both servers answer the action `id` with it. */
export function connectionIdOf(socket: BenchSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onMessage = (payload) => resolve(payload.toString());
    socket.raw.write(textFrame('{"action":"id"}'));
  });
}
