// The connections of a listener and how many requests each has in flight: what draining waits for and cuts.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Connections of one listener that are not upgraded. */
export class InFlight {
  readonly #open = new Set<Socket>();
  /** Requests in flight by connection; several when the client pipelines. */
  readonly #busy = new Map<Duplex, number>();
  #drained: (() => void) | undefined;

  /** A connection is there. While draining it is closed at once. */
  opened(socket: Socket): void {
    if (this.#drained !== undefined) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  /** The connection belongs to somebody else now. */
  handedOver(socket: Socket): void {
    this.#open.delete(socket);
  }

  /** A request began; `response` tells when it ends. */
  began(socket: Socket, response: ServerResponse): void {
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    if (this.#drained !== undefined) response.shouldKeepAlive = false;
    response.on('close', () => this.#ended(socket));
  }

  /** Whether a request of `socket` is being answered. */
  busy(socket: Duplex): boolean {
    return this.#busy.has(socket);
  }

  /** Closes what is idle, waits up to `ms` for the rest, cuts it; resolves with the number of connections cut. */
  async drain(ms: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
    const timer = setTimeout(resolve, ms);
    if (this.#busy.size === 0) resolve();
    await promise;
    clearTimeout(timer);
    const cut = this.#busy.size;
    for (const socket of this.#busy.keys()) socket.destroy();
    return cut;
  }

  #ended(socket: Socket): void {
    const left = (this.#busy.get(socket) ?? 1) - 1;
    if (left > 0) {
      this.#busy.set(socket, left);
      return;
    }
    this.#busy.delete(socket);
    if (this.#drained === undefined) return;
    // What is written still goes out before the end.
    socket.destroySoon();
    if (this.#busy.size === 0) this.#drained();
  }
}
