// Looks at the first byte of a connection: TLS goes on, plain HTTP on a TLS port gets an answer that says so.
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { refuse } from './answer.ts';

/** First byte of a TLS record that carries a handshake (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 22;

/** Connections that have said nothing yet. `url` is where clients should go instead. */
export class FirstByte {
  readonly #waitMs: number;
  readonly #url: () => string;
  readonly #silent = new Set<Socket>();

  constructor(waitMs: number, url: () => string) {
    this.#waitMs = waitMs;
    this.#url = url;
  }

  /** Puts itself before the TLS layer of `server`. */
  guard(server: HttpsServer): void {
    const secure = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) =>
      this.#look(socket, () => {
        for (const listener of secure) listener.call(server, socket);
      }),
    );
  }

  /** Closes every connection that has said nothing. */
  close(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  #look(socket: Socket, proceed: () => void): void {
    const gone = (): void => void socket.destroy();
    this.#silent.add(socket);
    socket.once('close', () => this.#silent.delete(socket));
    // A reset before or during the handshake is the peer's business.
    socket.on('error', gone);
    socket.setTimeout(this.#waitMs, gone);
    socket.once('end', gone);
    socket.once('data', (chunk: Buffer) => {
      this.#silent.delete(socket);
      socket.setTimeout(0).off('timeout', gone).off('end', gone);
      if (chunk[0] !== TLS_HANDSHAKE) return this.#explain(socket);
      socket.pause();
      socket.unshift(chunk);
      proceed();
    });
  }

  #explain(socket: Socket): void {
    const message = `This port speaks HTTPS only: use ${this.#url()} instead of http.\n`;
    refuse(socket, { status: 400, message, text: true });
  }
}
