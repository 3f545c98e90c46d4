// Pushes to connections of any node: this node's own through the hub, others' through the bus.
import { isUtf8 } from 'node:buffer';
import { NoResponderError, PushError } from '#shared/exchange/errors.ts';
import type { Bus, Subscription } from '#shared/model/bus.ts';
import type { ConnectionDescription, Hub, LiveConnection } from '#shared/model/connection.ts';
import type { Limits } from '#shared/model/limits.ts';
import type { Broadcaster, Service } from '#shared/model/services.ts';
import { isConnectionId, nodeOf } from '#shared/runtime/ids.ts';
import {
  decodeAnswer,
  decodeRequest,
  DONE,
  encodeDescription,
  encodeFailure,
  encodeRequest,
  nodeTopic,
  type ConnectionScope,
  type NodeRequest,
} from './node-message.ts';

/** What the broadcaster needs. */
export interface BroadcasterDeps {
  readonly nodeId: string;
  readonly hub: Hub;
  readonly bus: Bus;
  readonly limits: Limits;
}

/** Time in which another node has to answer; one that does not is taken for dead, its connections for gone. */
const NODE_ANSWER_MS = 5000;

/** How a connection ends when nothing else is asked for. Captured from AWS: DELETE @connections. */
const CLOSED_NORMALLY = { code: 1000, reason: 'Connection Closed Normally' } as const;

/**
 * Sends, describes and disconnects by connection id. The id names its node, so nothing is looked up. With a `scope`,
 * connections of other apis and stages are Gone.
 */
export class NodeBroadcaster implements Broadcaster, Service {
  readonly name = 'broadcaster';
  readonly #deps: BroadcasterDeps;
  #subscription: Subscription | undefined;

  constructor(deps: BroadcasterDeps) {
    this.#deps = deps;
  }

  /** Begins to answer other nodes. */
  async start(): Promise<void> {
    const { bus, nodeId } = this.#deps;
    this.#subscription = await bus.respond(nodeTopic(nodeId), (bytes) => this.#answer(bytes));
  }

  async stop(): Promise<void> {
    await this.#subscription?.close();
  }

  async send(connectionId: string, data: Uint8Array, scope?: ConnectionScope): Promise<void> {
    await this.push(connectionId, data, scope);
  }

  /**
   * Sends as `send` does. `undefined`: this node has the connection, and it is done; what `send` rejects with is thrown
   * then. A promise: another node has been asked.
   */
  push(connectionId: string, data: Uint8Array, scope?: ConnectionScope): Promise<void> | undefined {
    if (data.length > this.#deps.limits.messageBytes) throw new PushError('TooLarge');
    if (!isUtf8(data)) throw new PushError('BadData', 'The payload is not valid UTF-8');
    if (!this.#isOwn(connectionId)) return this.#sendThere(connectionId, data, scope);
    this.#sendHere(connectionId, data, scope);
    return undefined;
  }

  async describe(connectionId: string, scope?: ConnectionScope): Promise<ConnectionDescription> {
    if (this.#isOwn(connectionId)) return describe(this.#find(connectionId, scope));
    const description = await this.#ask({ op: 'describe', connectionId, ...scoped(scope) });
    if (description === undefined) throw new PushError('Gone');
    return description;
  }

  async disconnect(
    connectionId: string,
    code: number = CLOSED_NORMALLY.code,
    reason: string = CLOSED_NORMALLY.reason,
    scope?: ConnectionScope,
  ): Promise<void> {
    if (this.#isOwn(connectionId)) this.#find(connectionId, scope).close(code, reason);
    else await this.#ask({ op: 'disconnect', connectionId, code, reason, ...scoped(scope) });
  }

  #isOwn(connectionId: string): boolean {
    return nodeOf(connectionId) === this.#deps.nodeId;
  }

  #find(connectionId: string, scope: ConnectionScope | undefined): LiveConnection {
    const connection = this.#deps.hub.get(connectionId);
    if (connection === undefined || !inScope(connection, scope)) throw new PushError('Gone');
    return connection;
  }

  #sendHere(connectionId: string, data: Uint8Array, scope: ConnectionScope | undefined): void {
    if (this.#find(connectionId, scope).send(data)) return;
    throw new PushError(this.#deps.hub.get(connectionId) ? 'LimitExceeded' : 'Gone');
  }

  async #sendThere(
    connectionId: string,
    data: Uint8Array,
    scope: ConnectionScope | undefined,
  ): Promise<void> {
    await this.#ask({ op: 'send', connectionId, data, ...scoped(scope) });
  }

  async #ask(request: NodeRequest): Promise<ConnectionDescription | undefined> {
    const { connectionId } = request;
    if (!isConnectionId(connectionId)) throw new PushError('Gone');
    const topic = nodeTopic(nodeOf(connectionId));
    try {
      return decodeAnswer(
        await this.#deps.bus.request(topic, encodeRequest(request), NODE_ANSWER_MS),
      );
    } catch (error) {
      if (error instanceof NoResponderError) throw new PushError('Gone');
      throw error;
    }
  }

  async #answer(bytes: Uint8Array): Promise<Uint8Array> {
    const request = decodeRequest(bytes);
    const { connectionId, scope } = request;
    try {
      if (request.op === 'describe')
        return encodeDescription(describe(this.#find(connectionId, scope)));
      if (request.op === 'send') this.#sendHere(connectionId, request.data, scope);
      else this.#find(connectionId, scope).close(request.code, request.reason);
      return DONE;
    } catch (error) {
      if (error instanceof PushError) return encodeFailure(error.failure);
      throw error;
    }
  }
}

function inScope(connection: LiveConnection, scope: ConnectionScope | undefined): boolean {
  if (scope === undefined) return true;
  return connection.apiId === scope.apiId && connection.stageName === scope.stageName;
}

function scoped(scope: ConnectionScope | undefined): { readonly scope?: ConnectionScope } {
  return scope === undefined ? {} : { scope };
}

function describe(connection: LiveConnection): ConnectionDescription {
  const { connectedAt, lastActiveAt, sourceIp, userAgent } = connection;
  return {
    connectedAt,
    lastActiveAt,
    sourceIp,
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}
