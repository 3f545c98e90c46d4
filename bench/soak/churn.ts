// Connections that come and go all the time, each ended in another way, some before they are there.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SoakApi } from './api.ts';
import type { Ending, Ledger } from './ledger.ts';

/** In turn; what is given up has no id. */
const TURNS: readonly (Exclude<Ending, 'slow'> | 'given up')[] = [
  'clean',
  'reset',
  'clean',
  'vanish',
  'clean',
  'given up',
];
/** They stay for a time up to this. */
const LONGEST_MS = 3_000;

/** Opens and ends connections from its making until `stop`. */
export class Churn {
  readonly #api: SoakApi;
  readonly #ledger: Ledger;
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  #count = 0;

  /** @param perSecond connections that come each second. */
  constructor(api: SoakApi, ledger: Ledger, perSecond: number) {
    this.#api = api;
    this.#ledger = ledger;
    this.#timer = setInterval(() => this.#come(), 1000 / perSecond);
  }

  /** Resolves when the last of them is ended from this side. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  /** Connections that are open or opening. */
  get open(): number {
    return this.#running.size;
  }

  #come(): void {
    const turn = TURNS[this.#count++ % TURNS.length] ?? 'clean';
    const life = turn === 'given up' ? this.#giveUp() : this.#live(turn);
    const told = life.catch((error: unknown) => this.#ledger.fault(`churn: ${String(error)}`));
    const running = told.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #live(ending: Exclude<Ending, 'slow'>): Promise<void> {
    const { id, socket } = await this.#api.open();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    let ended = false;
    socket.onClose = () => {
      if (!ended) this.#ledger.fault('a connection that came and went was closed by the gateway');
      resolve();
    };
    await sleep(Math.random() * LONGEST_MS);
    ended = true;
    this.#ledger.ended(id, ending);
    if (ending === 'clean') socket.close();
    else if (ending === 'vanish') socket.raw.end();
    else socket.raw.resetAndDestroy();
    await closed;
  }

  /** Asks for a handshake and resets at once, or a little later. */
  async #giveUp(): Promise<void> {
    const { host, port, path } = this.#api.target;
    const raw = connect(port, host);
    // Whatever becomes of it: it is given up.
    raw.on('error', () => undefined);
    raw.resume();
    raw.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Key: mJx2l0c4m1Nn6Qe1r7bq0A==\r\n' +
        'Sec-WebSocket-Version: 13\r\n\r\n',
    );
    await sleep(Math.random() * 5);
    raw.resetAndDestroy();
  }
}
