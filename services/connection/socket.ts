// One open socket from its 101 to its close: messages in and out, their bounds, its idle and age limits.
import type { Connection, LiveConnection } from '#shared/model/connection.ts';
import type { Disconnect } from '#shared/model/exchange.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { StringMap } from '#shared/model/records.ts';
import type { ReplyTarget, WebSocketRouter } from '#shared/model/services.ts';
import type { StageSource, WebSocketStage } from '#shared/model/stage.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { TimingWheel, WheelEntry } from '#shared/runtime/timing-wheel.ts';
import { BINARY_REFUSED, closeReason, clientEnding, GOING_AWAY, TOO_SLOW } from './ending.ts';
import type { Transport, TransportOwner } from './transport.ts';

/** What all sockets of a node share. */
export interface SocketHost {
  readonly router: WebSocketRouter;
  readonly stages: StageSource;
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly limits: Limits;
  /** Called exactly once, when the socket has closed. */
  ended(socket: GatewaySocket, ending: Disconnect): void;
}

/** An open socket with what is remembered of its connection. */
export class GatewaySocket implements LiveConnection, ReplyTarget, TransportOwner {
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly region: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
  readonly domainName: string;
  readonly authorizer?: StringMap;
  readonly identity?: StringMap;
  lastActiveAt: number;

  readonly #host: SocketHost;
  readonly #transport: Transport;
  #stage: WebSocketStage;
  #inFlight = 0;
  #bytesInFlight = 0;
  #ending: Disconnect | undefined;
  #deadline: WheelEntry | undefined;
  /** Watches a queue that is over its limit; absent while messages are accepted. */
  #stuck: WheelEntry | undefined;

  constructor(
    host: SocketHost,
    connection: Connection,
    opened: { readonly transport: Transport; readonly stage: WebSocketStage },
  ) {
    this.id = connection.id;
    this.apiId = connection.apiId;
    this.stageName = connection.stageName;
    this.region = connection.region;
    this.connectedAt = connection.connectedAt;
    this.sourceIp = connection.sourceIp;
    if (connection.userAgent !== undefined) this.userAgent = connection.userAgent;
    this.domainName = connection.domainName;
    if (connection.authorizer !== undefined) this.authorizer = connection.authorizer;
    if (connection.identity !== undefined) this.identity = connection.identity;
    this.lastActiveAt = host.clock.now();
    this.#host = host;
    this.#transport = opened.transport;
    this.#transport.owner = this;
    this.#stage = opened.stage;
    this.#watch();
  }

  /** Whether messages can go in and out: false from the first close frame of either side. */
  get open(): boolean {
    return this.#transport.open;
  }

  /** The newest stage that this socket has used; still there when the stage has been deleted. */
  get stage(): WebSocketStage {
    return currentStage(this.#host.stages, this) ?? this.#stage;
  }

  send(data: Uint8Array): boolean {
    if (!this.open) return false;
    if (this.#overQueue()) {
      this.#watchQueue();
      return false;
    }
    this.#forgetQueue();
    // A reply to what was read just now: the time has been looked at.
    if (!this.#transport.gathers) this.lastActiveAt = this.#host.clock.now();
    this.#transport.send(data);
    return true;
  }

  close(code: number, reason: string): void {
    this.#end({ code, reason });
  }

  /** Drops the TCP connection without waiting for the client. */
  terminate(): void {
    this.#transport.terminate();
  }

  receive(data: Buffer, binary: boolean): void {
    if (binary) return this.#end(BINARY_REFUSED);
    this.lastActiveAt = this.#host.clock.now();
    this.#transport.gather();
    this.#handle(data);
  }

  /** Counts as no activity; a client that does not read gets no pongs queued. */
  receivePing(data: Buffer): void {
    if (!this.#overQueue()) this.#transport.pong(data);
  }

  violated(ending: Disconnect): void {
    this.#ending ??= ending;
  }

  closed(code: number, reason: Buffer): void {
    this.#unwatch();
    this.#host.ended(this, this.#ending ?? clientEnding(code, reason));
  }

  /** Messages that are done within the turn are in flight for nobody. */
  #handle(data: Buffer): void {
    const stage = currentStage(this.#host.stages, this);
    if (stage === undefined) return;
    this.#stage = stage;
    const running = this.#host.router.message(stage, this, data);
    if (running !== undefined) void this.#count(running, data.length);
  }

  async #count(running: Promise<void>, bytes: number): Promise<void> {
    this.#inFlight++;
    this.#bytesInFlight += bytes;
    if (this.#full()) this.#transport.pause();
    try {
      await running;
    } finally {
      this.#inFlight--;
      this.#bytesInFlight -= bytes;
      if (this.#transport.paused && !this.#full()) this.#transport.resume();
    }
  }

  #full(): boolean {
    const { messagesInFlight, messageBytesInFlight } = this.#host.limits;
    return this.#inFlight >= messagesInFlight || this.#bytesInFlight >= messageBytesInFlight;
  }

  #end(ending: Disconnect): void {
    if (!this.open) return;
    this.#ending ??= ending;
    this.#unwatch();
    this.#transport.close(ending.code, closeReason(ending.reason));
    // The client's answer has to be read even if its messages were too many.
    if (this.#transport.paused) this.#transport.resume();
  }

  #overQueue(): boolean {
    return this.#transport.queuedBytes > this.#host.limits.socketQueueBytes;
  }

  #watch(): void {
    const { limits, wheel } = this.#host;
    const due = Math.min(this.lastActiveAt + limits.idleMs, this.connectedAt + limits.connectionMs);
    if (due < Infinity) this.#deadline = wheel.schedule(due, () => this.#checkAge());
  }

  #checkAge(): void {
    const { clock, limits } = this.#host;
    const now = clock.now();
    const idle = now - this.lastActiveAt >= limits.idleMs;
    const old = now - this.connectedAt >= limits.connectionMs;
    if (idle || old) this.#end(GOING_AWAY);
    else this.#watch();
  }

  #watchQueue(): void {
    const { clock, wheel, limits } = this.#host;
    this.#stuck ??= wheel.schedule(clock.now() + limits.socketStuckMs, () => {
      this.#stuck = undefined;
      if (this.#overQueue()) this.#end(TOO_SLOW);
    });
  }

  #forgetQueue(): void {
    if (this.#stuck === undefined) return;
    this.#host.wheel.cancel(this.#stuck);
    this.#stuck = undefined;
  }

  #unwatch(): void {
    this.#forgetQueue();
    if (this.#deadline !== undefined) this.#host.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }
}

/** The stage now serving the api and stage of `connection`. */
export function currentStage(
  stages: StageSource,
  connection: Pick<Connection, 'apiId' | 'stageName'>,
): WebSocketStage | undefined {
  const stage = stages.get(connection.apiId, connection.stageName);
  return stage?.protocol === 'WEBSOCKET' ? (stage as WebSocketStage) : undefined;
}
