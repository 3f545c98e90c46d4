// The database's own HTTP listener on loopback: for the node's store and for functions on this machine.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine } from './engine.ts';
import type { Failure } from './failure.ts';
import { answerRequest } from './request.ts';

const HOST = '127.0.0.1';
const KEEP_ALIVE_MS = 65_000;
/** Requests that are still being sent after this long are cut off when the listener closes. */
const DRAIN_MS = 1_000;

/** Names by which a loopback listener may be addressed: anything else came by a rebound name. */
const OWN_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An HTTP listener over one engine. */
export class DatabaseServer {
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  #closing = false;

  constructor(engine: Engine, report: (error: Failure) => void) {
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.#track(response);
      if (!isOwn(request)) return forbid(request, response);
      answerRequest(engine, request, response, report).catch(() => response.destroy());
    });
  }

  /** Listens on 127.0.0.1 and resolves with the port. Port 0 takes a free one. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, HOST, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connections, answers what has been asked, and closes. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const response of this.#open) response.shouldKeepAlive = false;
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS);
    await closed;
    clearTimeout(late);
  }

  #track(response: ServerResponse): void {
    if (this.#closing) response.shouldKeepAlive = false;
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }
}

/** Against DNS rebinding: a page of another origin can send here, but not without its Origin or a foreign Host. */
function isOwn(request: IncomingMessage): boolean {
  if (request.headers.origin !== undefined) return false;
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  return OWN_NAMES.has(name.toLowerCase());
}

function forbid(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(403, { 'Content-Type': 'text/plain' });
  response.end('This database answers its own machine only.\n');
}
