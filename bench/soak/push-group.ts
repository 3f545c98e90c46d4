// Sockets that are pushed to at a rate: every push that was answered 200 must arrive where it was sent to, once.
import type { Ledger } from './ledger.ts';
import type { NamedSocket, SoakApi } from './api.ts';

const TICK_MS = 20;
const MOST_IN_FLIGHT = 64;

/** Pushes while it has a rate. */
export class PushGroup {
  readonly #api: SoakApi;
  readonly #ledger: Ledger;
  readonly #members: readonly NamedSocket[];
  /** Bodies on their way: with the push not answered or the message not arrived. */
  readonly #underway = new Map<string, NamedSocket>();
  readonly #timer: NodeJS.Timeout;
  #rate = 0;
  #owed = 0;
  #count = 0;

  private constructor(api: SoakApi, ledger: Ledger, members: readonly NamedSocket[]) {
    this.#api = api;
    this.#ledger = ledger;
    this.#members = members;
    for (const member of members) {
      member.socket.onMessage = (payload) => this.#arrived(member, payload.toString());
      member.socket.onClose = () => ledger.fault('a steady socket was closed');
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Opens the sockets; nothing is pushed yet. */
  static async open(api: SoakApi, ledger: Ledger, sockets: number): Promise<PushGroup> {
    const members: NamedSocket[] = [];
    for (let at = 0; at < sockets; at++) members.push(await api.open());
    return new PushGroup(api, ledger, members);
  }

  /** Pushes a second from now on; 0 rests. */
  set rate(rate: number) {
    this.#rate = rate;
    this.#owed = 0;
  }

  /** Pushes that have not arrived. */
  get inFlight(): number {
    return this.#underway.size;
  }

  /** Closes the sockets cleanly. */
  close(): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#members) {
      socket.onClose = () => undefined;
      socket.close();
    }
  }

  #tick(): void {
    this.#owed += (this.#rate * TICK_MS) / 1000;
    while (this.#owed >= 1) {
      this.#owed--;
      if (this.#underway.size < MOST_IN_FLIGHT) void this.#push();
    }
  }

  async #push(): Promise<void> {
    const member = this.#members[this.#count % this.#members.length];
    if (member === undefined) return;
    const body = `push ${this.#count++}`;
    this.#underway.set(body, member);
    try {
      const { status } = await this.#api.push(member.id, body);
      if (status === 200) return;
      this.#ledger.fault(`a push was answered ${status}`);
    } catch (error) {
      this.#ledger.fault(`a push failed: ${String(error)}`);
    }
    this.#underway.delete(body);
  }

  #arrived(member: NamedSocket, body: string): void {
    if (this.#underway.get(body) !== member)
      this.#ledger.fault(`"${body}" came where it should not`);
    this.#underway.delete(body);
    this.#ledger.messages++;
  }
}
