// A client that stops reading while it is pushed to: the gateway must refuse pushes, then close it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedSocket, SoakApi } from './api.ts';
import type { Ledger } from './ledger.ts';

const BODY = 'x'.repeat(100_000);
/** Far above what the kernel's buffers and the gateway's queue hold together. */
const MOST_PUSHES = 500;
const REFUSED = 429;
const GONE = 410;
/** The gateway closes what is stuck for ten seconds. */
const LONGEST_MS = 30_000;
const ASKED_MS = 500;

/** One slow client after the other, from its making until `stop`. */
export class SlowReader {
  readonly #api: SoakApi;
  readonly #ledger: Ledger;
  readonly #done: Promise<void>;
  #stopped = false;
  #open = 0;
  /** Clients that have been closed as they should. */
  closed = 0;

  constructor(api: SoakApi, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
    this.#done = this.#run();
  }

  /** Resolves when the last one is closed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  /** Slow clients that are open: one or none. */
  get open(): number {
    return this.#open;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#once();
      } catch (error) {
        this.#ledger.fault(`slow reader: ${String(error)}`);
        await sleep(ASKED_MS);
      }
    }
  }

  async #once(): Promise<void> {
    const client = await this.#api.open();
    this.#open = 1;
    const closed = new Promise<void>((resolve) => (client.socket.onClose = resolve));
    this.#ledger.ended(client.id, 'slow');
    client.socket.raw.pause();
    await this.#fill(client);
    await this.#awaitGone(client);
    client.socket.raw.resume();
    await closed;
    this.#open = 0;
    this.closed++;
  }

  /** Until a push is refused. */
  async #fill({ id }: NamedSocket): Promise<void> {
    for (let turn = 0; turn < MOST_PUSHES; turn++) {
      const { status } = await this.#api.push(id, BODY);
      if (status === REFUSED) return;
      if (status !== 200) throw new Error(`a push was answered ${status}`);
    }
    throw new Error('a client that reads nothing is pushed to without end');
  }

  /** Until the gateway has given it up. */
  async #awaitGone({ id }: NamedSocket): Promise<void> {
    const until = performance.now() + LONGEST_MS;
    while (performance.now() < until) {
      await sleep(ASKED_MS);
      const { status } = await this.#api.push(id, 'still there?');
      if (status === GONE) return;
      if (status !== REFUSED) throw new Error(`a push to a full client was answered ${status}`);
    }
    throw new Error('a client that reads nothing is never closed');
  }
}
