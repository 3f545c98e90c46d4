// The connections of this node: handshakes, open sockets, their end, and what dead nodes have left.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { admittedConnection } from '#shared/exchange/admitted.ts';
import type { Connection, Hub } from '#shared/model/connection.ts';
import type { Disconnect } from '#shared/model/exchange.ts';
import type { Limits } from '#shared/model/limits.ts';
import type {
  ConnectionCloser,
  Front,
  HandshakeDecision,
  Service,
  WebSocketRouter,
} from '#shared/model/services.ts';
import type { Stage, StageMatch, StageSource, WebSocketStage } from '#shared/model/stage.ts';
import type { ConnectionStore } from '#shared/model/store.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { newConnectionId, newRequestId } from '#shared/runtime/ids.ts';
import type { Logger } from '#shared/runtime/logger.ts';
import { TimingWheel } from '#shared/runtime/timing-wheel.ts';
import { ABNORMAL, GOING_AWAY } from './ending.ts';
import {
  connectExchange,
  connectionRecord,
  disconnectExchange,
  type ConnectExchange,
} from './exchange.ts';
import { FrameWriter } from './frame-writer.ts';
import { DRAINING, INTERNAL, plainAnswer, upgradeFault } from './handshake.ts';
import { SocketHub } from './hub.ts';
import { recoverConnections } from './recovery.ts';
import { refuseRequest, refuseUpgrade } from './refusal.ts';
import { currentStage, GatewaySocket, type SocketHost } from './socket.ts';
import { Upgrader } from './upgrader.ts';

/** What the connections need. */
export interface ConnectionDeps {
  readonly nodeId: string;
  readonly router: WebSocketRouter;
  readonly store: ConnectionStore;
  readonly stages: StageSource;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Accept offers of permessage-deflate. Default false. */
  readonly deflate?: boolean;
}

/** Deadlines are kept to this. */
const TICK_MS = 1000;

/** Longest wait of `stop` beyond the closing handshake and the longest integration. */
const DRAIN_SLACK_MS = 1000;

/** Front of all WebSocket stages, and the owner of this node's sockets. */
export class ConnectionService implements Front, Service, ConnectionCloser {
  readonly name = 'connections';
  readonly #deps: ConnectionDeps;
  readonly #hub = new SocketHub();
  readonly #wheel: TimingWheel;
  readonly #upgrader: Upgrader;
  readonly #host: SocketHost;
  /** Handshakes that wait for `$connect`, and endings whose DISCONNECT is under way. */
  readonly #pending = new Set<Promise<void>>();
  #draining = false;
  #onIdle: (() => void) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#wheel = new TimingWheel(deps.clock, TICK_MS);
    this.#upgrader = new Upgrader({
      limits: deps.limits,
      writer: new FrameWriter(deps.limits.frameBytes),
      deflate: deps.deflate ?? false,
    });
    this.#host = {
      router: deps.router,
      stages: deps.stages,
      clock: deps.clock,
      limits: deps.limits,
      wheel: this.#wheel,
      ended: (socket, ending) => this.#ended(socket, ending),
    };
  }

  /** The sockets of this node; in it from the 101 to the first close frame. */
  get hub(): Hub {
    return this.#hub;
  }

  get connections(): Iterable<GatewaySocket> {
    return this.#hub.all();
  }

  /** Begins to close the sockets of stages that are deleted. */
  async start(): Promise<void> {
    this.#deps.stages.onDeleted((apiId, stageName) =>
      this.closeStage(apiId, stageName, GOING_AWAY.code, GOING_AWAY.reason),
    );
  }

  /** Takes no new connections, closes all with 1001, waits until every DISCONNECT has ended or its time is over. */
  stop(reason: string): Promise<void> {
    return (this.#stopped ??= this.#stop(reason));
  }

  async #stop(reason: string): Promise<void> {
    this.#draining = true;
    this.#deps.logger.info('closing connections', { reason, connections: this.#hub.size });
    for (const socket of this.#hub.all()) socket.close(GOING_AWAY.code, GOING_AWAY.reason);
    await this.#drained();
    for (const socket of this.#hub.all()) socket.terminate();
    this.#wheel.stop();
  }

  closeStage(apiId: string, stageName: string, code: number, reason: string): void {
    for (const socket of this.#hub.ofStage(apiId, stageName)) socket.close(code, reason);
  }

  /**
   * Ends what nodes that are no more have left in the store: DISCONNECT 1006 for each connection whose stage still
   * exists, then its record goes. To be called once the stages are loaded. Rejects with `StoreUnavailableError` when
   * something is left.
   */
  async recover(deadNodeIds: readonly string[]): Promise<void> {
    await recoverConnections(deadNodeIds, {
      store: this.#deps.store,
      stages: this.#deps.stages,
      logger: this.#deps.logger,
      end: (stage, connection) => this.#runDisconnect(stage, connection, ABNORMAL),
    });
  }

  /** A request without an upgrade: 426 at the stage itself, 404 below it. */
  handle(request: IncomingMessage, response: ServerResponse, match: StageMatch): void {
    const answer = plainAnswer(request.method ?? 'GET', match.path);
    refuseRequest(response, answer, newRequestId());
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, match: StageMatch): void {
    socket.on('error', destroyOnError);
    const fault = this.#draining ? DRAINING : upgradeFault(request, match.path);
    if (fault !== undefined) return refuseUpgrade(socket, fault, newRequestId());
    const exchange = connectExchange(request, match, {
      connectionId: newConnectionId(this.#deps.nodeId),
      now: this.#deps.clock.now(),
    });
    this.#track(this.#handshake(exchange, { request, socket, head }));
  }

  async #handshake(exchange: ConnectExchange, client: Client): Promise<void> {
    const decision = await this.#deps.router.connect(exchange);
    if (!decision.accept) return refuseUpgrade(client.socket, decision, exchange.id);
    const connection = admittedConnection(exchange.connection, decision);
    const stage = exchange.stage as WebSocketStage;
    const stored = await this.#remember(connection, stage);
    if (stored && this.#open(connection, stage, { ...client, decision })) return;
    // The back end believes in this connection: whatever became of it, it hears of its end.
    if (!stored) refuseUpgrade(client.socket, INTERNAL, exchange.id);
    else if (this.#draining) refuseUpgrade(client.socket, DRAINING, exchange.id);
    await this.#finish(stage, connection, ABNORMAL);
  }

  async #remember(connection: Connection, stage: Stage): Promise<boolean> {
    const { nodeId, store, limits, logger } = this.#deps;
    const record = connectionRecord(connection, {
      nodeId,
      accountId: stage.accountId,
      connectionMs: limits.connectionMs,
    });
    try {
      await store.put(record);
      return true;
    } catch (error) {
      logger.error('connection could not be stored', { ...logFields(connection), error });
      return false;
    }
  }

  #open(
    connection: Connection,
    stage: WebSocketStage,
    client: Client & { readonly decision: Accepted },
  ): boolean {
    const { request, socket, head, decision } = client;
    if (this.#draining) return false;
    const { subprotocol } = decision;
    const transport = this.#upgrader.open(request, socket, {
      head,
      ...(subprotocol === undefined ? {} : { subprotocol }),
    });
    if (transport === undefined) return false;
    socket.removeListener('error', destroyOnError);
    const open = new GatewaySocket(this.#host, connection, { transport, stage });
    this.#hub.add(open);
    this.#deps.logger.debug('connected', logFields(open));
    // Deleted while `$connect` ran: `closeStage` has not seen this socket.
    const served = currentStage(this.#deps.stages, open) !== undefined;
    if (!served) open.close(GOING_AWAY.code, GOING_AWAY.reason);
    return true;
  }

  #ended(socket: GatewaySocket, ending: Disconnect): void {
    this.#hub.remove(socket);
    this.#deps.logger.debug('disconnected', { ...logFields(socket), ...ending });
    this.#track(this.#finish(socket.stage, socket, ending));
  }

  /** Deletes the record and tells the back end, beside each other. Never rejects. */
  async #finish(stage: Stage, connection: Connection, ending: Disconnect): Promise<void> {
    const { store, logger } = this.#deps;
    const deleted = store.delete(connection.id).catch((error: unknown) => {
      logger.error('connection record could not be deleted', { ...logFields(connection), error });
    });
    await this.#runDisconnect(stage, connection, ending);
    await deleted;
  }

  #runDisconnect(stage: Stage, connection: Connection, ending: Disconnect): Promise<void> {
    const { clock, router } = this.#deps;
    return router.disconnect(disconnectExchange(stage, connection, { ending, now: clock.now() }));
  }

  #track(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#deps.logger.error('connection work failed', { error }))
      .finally(() => {
        this.#pending.delete(done);
        this.#checkIdle();
      });
    this.#pending.add(done);
  }

  /** Resolves when no socket and no pending work is left, or when the bound of waiting is reached. */
  #drained(): Promise<void> {
    const { clock, limits } = this.#deps;
    return new Promise((resolve) => {
      clock.after(limits.closeMs + limits.integrationTimeoutMs + DRAIN_SLACK_MS, resolve);
      this.#onIdle = resolve;
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (this.#hub.size + this.#pending.size === 0) this.#onIdle?.();
  }
}

type Accepted = HandshakeDecision & { readonly accept: true };

/** What a handshake has of its client. */
interface Client {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}

function logFields({ id, apiId, stageName }: Connection): Record<string, string> {
  return { connectionId: id, apiId, stage: stageName };
}
