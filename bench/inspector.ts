// Node's inspector from outside: forced garbage collection and what the main thread's heap then holds.
import type { BenchNode } from './node.ts';

/** `execArgv` of a node that can be asked. */
export const INSPECTED = ['--inspect=127.0.0.1:0'] as const;

/** What is left after a forced garbage collection, in bytes. */
export interface HeldMemory {
  /** Live heap of the main thread. */
  readonly heap: number;
  /** Buffers of the main thread outside its heap. */
  readonly external: number;
  /** Resident memory of the process, with all its threads. */
  readonly resident: number;
}

/** Collects all garbage of the main thread, then asks; the inspector is detached again afterwards. */
export async function heldMemory(node: BenchNode): Promise<HeldMemory> {
  const url = /Debugger listening on (ws:\S+)/.exec(node.stderr())?.[1];
  if (url === undefined) throw new Error('the node was not started with --inspect');
  const session = await Session.open(url);
  try {
    // Twice: what finalizers let go goes with the second.
    await session.call('HeapProfiler.collectGarbage');
    await session.call('HeapProfiler.collectGarbage');
    const answer = await session.call('Runtime.evaluate', {
      expression: 'JSON.stringify(process.memoryUsage())',
    });
    const { result } = answer as { readonly result: { readonly value: string } };
    const usage = JSON.parse(result.value) as NodeJS.MemoryUsage;
    return { heap: usage.heapUsed, external: usage.external, resident: usage.rss };
  } finally {
    session.close();
  }
}

class Session {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #last = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (id === undefined) return;
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  static open(url: string): Promise<Session> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.addEventListener('open', () => resolve(new Session(socket)));
      socket.addEventListener('error', () => reject(new Error(`no inspector at ${url}`)));
    });
  }

  call(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve) => {
      const id = ++this.#last;
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
