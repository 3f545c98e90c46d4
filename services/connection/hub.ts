// The sockets of this node: by connection id and by stage.
import type { Hub } from '#shared/model/connection.ts';
import type { GatewaySocket } from './socket.ts';

const NONE: ReadonlySet<GatewaySocket> = new Set();

/** Holds every open socket from its 101 to its close; what is closing is not found any more. */
export class SocketHub implements Hub {
  readonly #byId = new Map<string, GatewaySocket>();
  readonly #byStage = new Map<string, Set<GatewaySocket>>();

  get size(): number {
    return this.#byId.size;
  }

  get(connectionId: string): GatewaySocket | undefined {
    const socket = this.#byId.get(connectionId);
    return socket?.open === true ? socket : undefined;
  }

  /** Also those that are closing. May be changed by closing sockets while it is walked. */
  ofStage(apiId: string, stageName: string): Iterable<GatewaySocket> {
    return this.#byStage.get(`${apiId}/${stageName}`) ?? NONE;
  }

  /** All sockets, also those that are closing. */
  all(): Iterable<GatewaySocket> {
    return this.#byId.values();
  }

  add(socket: GatewaySocket): void {
    this.#byId.set(socket.id, socket);
    const key = `${socket.apiId}/${socket.stageName}`;
    const stage = this.#byStage.get(key);
    if (stage === undefined) this.#byStage.set(key, new Set([socket]));
    else stage.add(socket);
  }

  remove(socket: GatewaySocket): void {
    this.#byId.delete(socket.id);
    const key = `${socket.apiId}/${socket.stageName}`;
    const stage = this.#byStage.get(key);
    stage?.delete(socket);
    if (stage?.size === 0) this.#byStage.delete(key);
  }
}
