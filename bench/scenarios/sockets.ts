// Many sockets at once: opened with so many handshakes under way, closed cleanly.
import { textFrame } from '../frames.ts';
import { openSocket, type BenchSocket, type Target } from '../socket.ts';
import { sleep } from './window.ts';

/** How sockets are opened. */
export interface OpenOptions {
  /** Handshakes under way at once; 16 unless told. */
  readonly parallel?: number;
  /** TLS session that all go on with; absent: full handshakes. */
  readonly session?: Buffer;
  /** Gets each socket's time from the first byte to the 101. */
  readonly onOpen?: (milliseconds: number) => void;
}

/** Opens `count` sockets; rejects with the first that is refused. */
export async function openMany(
  target: Target,
  count: number,
  { parallel = 16, session, onOpen }: OpenOptions = {},
): Promise<BenchSocket[]> {
  const sockets: BenchSocket[] = [];
  let started = 0;
  const worker = async (): Promise<void> => {
    while (started < count) {
      started++;
      const from = performance.now();
      sockets.push(await openSocket(target, session));
      onOpen?.(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return sockets;
}

/** Closes cleanly; resolves when the server has closed all, or after five seconds for those it has not. */
export async function closeAll(sockets: readonly BenchSocket[]): Promise<void> {
  const closed = sockets.map((socket) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.onClose = resolve;
    socket.close();
    setTimeout(() => socket.raw.destroy(), 5000).unref();
    return promise;
  });
  await Promise.all(closed);
}

/** Closes and waits, so that the next run meets a server at rest. */
export async function closeMany(sockets: readonly BenchSocket[]): Promise<void> {
  await closeAll(sockets);
  await sleep(300);
}

/** The id that the server has for `socket`: all servers answer the action `id` with it. */
export function connectionIdOf(socket: BenchSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.onMessage = (payload) => resolve(payload.toString());
    socket.raw.write(textFrame('{"action":"id"}'));
  });
}
