// Looks at the first bytes of a connection: TLS goes on to who serves its name, plain HTTP gets an answer that says so.
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { refuse } from './answer.ts';
import { readClientHello } from './client-hello.ts';

/** First byte of a TLS record that carries a handshake (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 22;
/** The longest ClientHello that is waited for, in bytes; real ones have two thousand. */
const LONGEST_HELLO = 16_384;

/** Where handshakes for some names go instead of the listener's own TLS layer. */
export interface NamedHandshakes {
  /** Whether there is such a name at all; without one no ClientHello is read. */
  readonly any: boolean;
  /** Takes the connection, its bytes unread, when it owns the name; `false`: the listener's own TLS layer shall. */
  take(serverName: string, socket: Socket): boolean;
}

/** Connections that have said nothing, or not yet whom they want. `url` is where clients should go instead. */
export class FirstByte {
  readonly #waitMs: number;
  readonly #url: () => string;
  readonly #named: NamedHandshakes | undefined;
  readonly #silent = new Set<Socket>();

  constructor(waitMs: number, url: () => string, named?: NamedHandshakes) {
    this.#waitMs = waitMs;
    this.#url = url;
    this.#named = named;
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

  /** Closes every connection that has not said whom it wants. */
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
    const known = (): void => {
      this.#silent.delete(socket);
      socket.setTimeout(0).off('timeout', gone).off('end', gone);
    };
    socket.once('data', (chunk: Buffer) => {
      if (chunk[0] !== TLS_HANDSHAKE) {
        known();
        return this.#explain(socket);
      }
      if (this.#named?.any === true) return this.#listen(socket, chunk, { known, proceed });
      known();
      giveBack(socket, chunk);
      proceed();
    });
  }

  /** Waits for the whole ClientHello, however many packets it comes in, and lets its name decide. */
  #listen(socket: Socket, first: Buffer, then: { known(): void; proceed(): void }): void {
    const chunks = [first];
    let length = first.length;
    let needed = 0;
    const look = (): void => {
      if (length < needed) return;
      const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
      const hello = readClientHello(bytes);
      if (hello.kind === 'short') {
        needed = hello.needed;
        if (needed > LONGEST_HELLO) socket.destroy();
        return;
      }
      // What stays on the socket would keep these bytes for as long as it is open.
      socket.off('data', more).off('close', ended);
      ended();
      then.known();
      giveBack(socket, bytes);
      const name = hello.kind === 'read' ? hello.serverName : undefined;
      if (name === undefined || this.#named?.take(name, socket) !== true) then.proceed();
    };
    const more = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      look();
    };
    // Drops that come in time would keep the socket's own timer from ever ending.
    const deadline =
      this.#waitMs > 0 ? setTimeout(() => socket.destroy(), this.#waitMs) : undefined;
    const ended = (): void => clearTimeout(deadline);
    socket.once('close', ended);
    socket.on('data', more);
    look();
  }

  #explain(socket: Socket): void {
    const message = `This port speaks HTTPS only: use ${this.#url()} instead of http.\n`;
    refuse(socket, { status: 400, message, text: true });
  }
}

/** Puts `bytes` back, so that who reads next begins at the connection's first byte. */
function giveBack(socket: Socket, bytes: Buffer): void {
  socket.pause();
  socket.unshift(bytes);
}
